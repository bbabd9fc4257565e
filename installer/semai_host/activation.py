"""activate: put a release in the place of another (or of none), or leave everything as it was.

When the data will change (class migrate, or a first install) nobody can write to the new release before it has
proven itself on a port nobody knows (`trial`): bringing the data back never loses what a person was told is saved.
"""

from __future__ import annotations

import os

from . import checks, durable, maintenance, managed_files, receipts, restore_points, rights, runtimes
from .errors import HostError
from .events import utc
from .host import App
from .journal import Kept
from .parts import IMPORT
from .receipts import Receipt
from .request import Request
from .transaction import Step


class Activation:
    """The runbook of one activation."""

    data_step = "migrate"  # the one that may change data, or load the configuration into them
    proven = "health"  # the public works with the new release

    def __init__(self, app: App, journal: Kept, request: Request) -> None:
        self.app = app
        self.journal = journal
        self.run = journal.record.run
        self.before = journal.record.before
        self.request = request
        self.notes: list[str] = []
        self.taken_over = False
        self.restore_point: str | None = None

    def steps(self) -> tuple[Step, ...]:
        return (
            Step("check", self.check),
            Step("prepare", self.prepare, undo=self.discard),
            Step("maintenance", self.pause, undo=self.resume_previous),
            Step("restore-point", self.keep_point),
            Step("files", self.place_files, undo=self.put_files_back),
            Step("migrate", self.migrate, undo=self.put_data_back),
            Step("after-install", self.after_install),
            Step("trial", self.try_out),
            Step("switch", self.switch, undo=self.switch_back),
            Step("restart", self.restart, undo=self.withdraw),
            Step("health", self.gate),
            Step("receipt", self.write_receipt, undo=self.put_receipt_back),
            Step("maintenance-off", self.app.end_maintenance),
            Step("prune", self.prune),
        )

    @property
    def commit(self) -> str:
        return "trial" if self.changes_data else "health"

    @property
    def purpose(self) -> str:
        """What the run is for, as the maintenance flag says it."""
        return f"activate {self.request.version}"

    @property
    def changes_data(self) -> bool:
        """Tell whether this run may change data; what several hosts share is changed by the leader's run alone."""
        return self.request.leader and (self.before.serving is None or self.request.change == "migrate")

    @property
    def has_data(self) -> bool:
        return self.before.database_there or self.before.media_there

    @property
    def former_form(self) -> str:
        """The form of the data before this run."""
        return self.before.receipt.form if self.before.receipt else ""

    @property
    def form(self) -> str:
        """The form of the data after this run."""
        return self.journal.record.stamp if self.changes_data else self.former_form

    @property
    def point(self) -> str:
        """The name of this run's restore point; it begins with the time, so names sort by age."""
        came_from = self.before.serving.version if self.before.serving else "nothing"
        return f"{self.journal.record.stamp}-before-{self.request.version}-from-{came_from}"

    def take_over(self) -> None:
        self.taken_over = True
        self.app.tether.cut()

    def check(self) -> None:
        app, request = self.app, self.request
        app.host.check()
        if request.leader:  # a follower is closed beforehand, while its leader's run changes the data
            checks.not_in_maintenance(app)
        checks.upgrade_path(request, self.before.serving)
        artifacts = app.releases.suitable(request)
        managed_files.check(app.places, request.files)
        checks.port(app, request)
        checks.room(app, request, artifacts, first=self.before.serving is None)

    def prepare(self) -> None:
        self.app.make_account()
        if not self.app.releases.is_prepared(self.request):
            artifacts = self.app.releases.suitable(self.request)
            self.app.releases.prepare(self.request, artifacts, self.app.account)

    def discard(self) -> None:
        """Delete what only this run needed."""
        if not self.before.release_there:
            self.app.releases.discard(self.request.version)
        self.app.releases.discard_partial(self.request.version)
        self.drop_point()
        if not self.taken_over:  # later on they are the next run's files
            durable.remove_tree(self.app.places.staged)
        if self.before.serving is None:
            folders = () if self.has_data else runtimes.of(self.request).folders
            self.app.leave_nothing(folders, self.before.account_there)

    def pause(self) -> None:
        """Show the maintenance page in the app's place while its data changes."""
        if self.before.serving and self.changes_data:
            self.app.show(maintenance.PAGE, self.run, self.purpose)
            if self.before.wanted:
                self.app.start_anew(self.before.serving)

    def resume_previous(self) -> None:
        """Have the release of before answer again, as it did."""
        serving, app = self.before.serving, self.app
        if serving is None:
            app.host.services.forget(app.name)
            maintenance.clear(app.flag)
            return
        closed = maintenance.read(app.flag) is not None
        if closed:
            app.show(maintenance.APP, self.run, "undo")
        self._bring_region_back(serving)
        if self.changes_data or closed or self.journal.began("restart") or self._was_read(serving):
            app.start_anew(serving, self.before.wanted)
        if self.before.wanted:
            self._wake(serving)
            self._hear(serving)
        app.end_maintenance()

    def _was_read(self, serving: Request) -> bool:
        """Tell whether the running app may still hold files of this run that were put back since."""
        return runtimes.of(serving).reads_live and self.journal.began("files")

    def _bring_region_back(self, serving: Request) -> None:
        """Without a data restore, let the old release load the old configuration again."""
        untouched = self.changes_data or not self.request.leader or not self.journal.began(self.data_step)
        if untouched or not serving.commands.migrate:
            return
        try:
            self.app.run(serving, serving.commands.migrate, "loading the former configuration")
        except HostError as error:
            self.notes.append(error.message)

    def _hear(self, serving: Request) -> None:
        if not self.before.healthy:
            self.notes.append(f"{serving.version} runs again; it was not healthy before this run")
            return
        try:
            self.app.await_health(serving)
        except HostError as error:
            self.notes.append(f"{serving.version} is back but does not answer well: {error.message}")

    def keep_point(self) -> None:
        """Leave what it takes to come back: with the data when they will change."""
        places, serving = self.app.places, self.before.serving
        with_data = self.changes_data and self.has_data
        if with_data or (serving and self._differs(serving)):
            database, verb = self.app.data(serving, self.request) if with_data else None, self.journal.record.verb
            made = restore_points.make(places, self.point, database, serving, verb, self.former_form, with_data)
            self.restore_point = str(made)

    def _differs(self, serving: Request) -> bool:
        return (serving.release, serving.config) != (self.request.release, self.request.config)

    def drop_point(self) -> None:
        restore_points.discard(self.app.places, self.point)

    def place_files(self) -> None:
        places = self.app.places
        for folder in (places.shared / "data", places.media):
            durable.make_folder(folder)
        self.lay_files()
        self.app.give(self.request.files)
        runtimes.of(self.request).place(places, self.request, self.app.account)

    def lay_files(self) -> None:
        managed_files.place(self.app.places, self.request.files)

    @property
    def unwritten(self) -> tuple[str, ...]:
        """Files this run never writes, because an administrator edited them."""
        return tuple(file.path for file in self.request.files if file.shipped)

    def put_files_back(self) -> None:
        places, before = self.app.places, self.before.serving.files if self.before.serving else ()
        asked, kept = self.request.files, places.kept
        managed_files.put_back(places, before, asked, lambda file: kept / file.sha256, self.unwritten)
        self.app.give(before)
        if self.before.serving:
            runtimes.of(self.before.serving).place(self.app.places, self.before.serving, self.app.account)

    def migrate(self) -> None:
        if self.before.serving is None and self.request.leader:
            for words in self.request.commands.after_install:
                if words[0] == IMPORT:  # a schema that was delivered is there before anything changes it
                    self.app.load(self.request, words[1])
        if self.request.commands.migrate and self.request.leader:
            self.app.run(self.request, self.request.commands.migrate, "migrating the data")

    def put_data_back(self) -> None:
        """Return database and media to the restore point, or to nothing when there was nothing."""
        if not self.changes_data:
            return
        self._rescue()
        places, database = self.app.places, self.app.data(self.before.serving, self.request)
        if self.has_data:
            restore_points.restore(places, self.point, database, spent=True)
            if self.app.account:
                rights.give_data(places, self.app.account)
            return
        if database:
            database.discard()
        durable.empty(places.media) if os.path.ismount(places.media) else durable.remove_tree(places.media)

    def _rescue(self) -> None:
        """Once the public could write to the new release, keep its data beside before the old comes back."""
        if self.journal.began("restart"):
            reason = restore_points.RESCUED
            name = self.point.replace("-before-", f"-{reason}-")
            database = self.app.data(self.before.serving, self.request)
            point = restore_points.make(self.app.places, name, database, self.request, reason, self.form)
            self.notes.append(f"data written to {self.request.version} before it failed is kept in {point}")

    def after_install(self) -> None:
        commands, before = self.request.commands, self.before.serving
        if not self.request.leader:
            return
        if before is None:
            for words in commands.after_install:
                if words[0] != IMPORT:
                    self.app.run(self.request, words, f"{words[-1]} after the installation")
        if self.request.sample_data and commands.sample_data and not (before and before.sample_data):
            self.app.run(self.request, commands.sample_data, "loading the sample data")

    def try_out(self) -> None:
        if self.changes_data:
            self.app.try_out(self.request)

    def switch(self) -> None:
        self._serve(self.request)

    def switch_back(self) -> None:
        if self.before.serving:
            self._serve(self.before.serving)
        else:
            durable.remove(self.app.places.serving)
            durable.remove(self.app.places.current)

    def _serve(self, request: Request) -> None:
        receipts.write_serving(self.app.places, request)
        rights.give_record(self.app.places.serving, self.app.account)
        durable.link(self.app.places.current, f"releases/{request.version}")

    def restart(self) -> None:
        if maintenance.read(self.app.flag):
            self.app.show(maintenance.APP, self.run, self.purpose)
        self.app.start_anew(self.request)

    def withdraw(self) -> None:
        """Take the new release from the public; where the keeper holds the socket, people see the page."""
        serving = receipts.serving(self.app.places)
        if self.app.host.services.system and self.before.serving and self.before.wanted and serving:
            self.app.show(maintenance.PAGE, self.run, f"undo of {self.request.version}")
            self.app.start_anew(serving)
        else:
            self.app.stop()

    def gate(self) -> None:
        self._wake(self.request)
        self.app.await_health(self.request)

    def _wake(self, request: Request) -> None:
        """Start what a recovery is about to hear: at boot, services wait for the recovery to end."""
        if self.taken_over and self.app.status.state == "stopped":
            self.app.start_anew(request)

    def write_receipt(self) -> None:
        managed_files.keep(self.app.places, self.request.files)
        receipt = Receipt.of(self.request, utc(), self.request.by, self._previous(), self.form)
        receipts.write(self.app.host.layout.receipt(self.app.name), receipt)

    def _previous(self) -> str | None:
        """Return the version before this one; a new configuration of the same version does not count."""
        serving, receipt = self.before.serving, self.before.receipt
        if serving and serving.version == self.request.version:
            return receipt.previous if receipt else None
        return serving.version if serving else None

    def put_receipt_back(self) -> None:
        path = self.app.host.layout.receipt(self.app.name)
        if self.before.receipt:
            receipts.write(path, self.before.receipt)
        else:
            durable.remove(path)

    def prune(self) -> None:
        managed_files.forget_others(self.app.places, self.request.files)
        restore_points.prune(self.app.places, self.app.form)
        needed = (point.request for point in restore_points.every(self.app.places))
        requests = (self.request, self.before.serving, *needed)
        self.app.releases.prune({request.version for request in requests if request})
