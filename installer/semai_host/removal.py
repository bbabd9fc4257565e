"""remove: take an app off the host; its data stays as a verified restore point unless it shall be purged."""

from __future__ import annotations

import os

from . import accounts, durable, maintenance, receipts, restore_points
from .errors import HostError, Refused
from .host import App
from .journal import Journal
from .transaction import Step


class Removal:
    """The runbook of one removal."""

    def __init__(self, app: App, journal: Journal) -> None:
        self.app = app
        self.stamp = journal.record.stamp
        self.before = journal.record.before
        self.purge = journal.record.purge
        self.notes: list[str] = []
        self.restore_point: str | None = None

    def steps(self) -> tuple[Step, ...]:
        return (
            Step("check", self.check),
            Step("stop", self.app.stop, undo=self.resume),
            Step("restore-point", self.keep_data),
            Step("unit-out", self.unit_out),
            Step("receipt-out", self.receipt_out, undo=self.put_receipt_back),
            Step("delete", self.delete),
        )

    proven = "receipt-out"  # from there on the data are deleted, but for the restore point

    @property
    def commit(self) -> str:
        return "receipt-out"

    @property
    def point(self) -> str:
        version = self.before.serving.version if self.before.serving else "nothing"
        return f"{self.stamp}-removed-{version}"

    def take_over(self) -> None:
        self.app.tether.cut()

    def check(self) -> None:
        known = self.before.receipt or self.app.places.folder.is_dir() or self.app.status.state != "absent"
        if not known:
            raise Refused("unknown-app", f"{self.app.name} is not installed on this host")
        self.app.host.services.check()

    def resume(self) -> None:
        """Run the app again as before."""
        serving = self.before.serving
        restore_points.discard(self.app.places, self.point)
        if serving is None:
            return
        self.app.start_anew(serving, self.before.wanted)
        if self.before.wanted:
            self._hear()

    def _hear(self) -> None:
        if self.before.serving and self.before.healthy:
            try:
                self.app.await_health(self.before.serving)
            except HostError as error:
                self.notes.append(f"{self.app.name} is back but does not answer well: {error.message}")

    def keep_data(self) -> None:
        has_data = self.before.database_there or self.before.media_there
        if has_data and not self.purge:
            database = self.app.database(self.before.serving)
            form = self.before.receipt.form if self.before.receipt else ""
            made = restore_points.make(self.app.places, self.point, database, self.before.serving, "remove", form)
            self.restore_point = str(made)

    def unit_out(self) -> None:
        self.app.host.services.forget(self.app.name)

    def receipt_out(self) -> None:
        durable.remove(self.app.host.layout.receipt(self.app.name))

    def put_receipt_back(self) -> None:
        if self.before.receipt:
            receipts.write(self.app.host.layout.receipt(self.app.name), self.before.receipt)

    def delete(self) -> None:
        """Delete the app's folder but for restore points; those and the logs go only with a purge."""
        places, layout = self.app.places, self.app.host.layout
        maintenance.clear(self.app.flag)
        database = self.app.database(self.before.serving)
        if database:
            database.discard()
        if self.purge:
            self._remove_media()
            durable.remove_around(places.folder, places.media)
            if self.app.host.services.system:
                accounts.remove(self.app.name)
            for log in layout.log(self.app.name).parent.glob(f"{self.app.name}.*log*"):
                durable.remove(log)
            return
        for path in (places.serving, places.current):
            durable.remove(path)
        self._remove_media()
        for folder in (places.releases, places.kept, places.staged):
            durable.remove_tree(folder)
        durable.remove_around(places.shared, places.media)
        restore_points.forget_without_data(places)
        durable.remove_if_empty(places.restore_points)
        durable.remove_if_empty(places.folder)

    def _remove_media(self) -> None:
        """Empty a network folder of media when this host leads; other hosts of the app use it until then."""
        media, serving = self.app.places.media, self.before.serving
        if os.path.ismount(media):
            if serving is None or serving.leader:
                durable.empty(media)
            self.notes.append(f"{media} is a file system of its own and stays; unmount it, then delete the folder")
