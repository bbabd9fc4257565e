"""rollback: back to a restore point, or leave everything as it was.

An activation of the request the point keeps. Where its release cannot run with the data as they are, the data of
the point come back in the place of a migration; those of now become a point first, so that this can be undone too.
"""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import urlsplit

from . import checks, managed_files, restore_points, rights
from .activation import Activation
from .durable import Corrupt
from .errors import Refused
from .host import App
from .request import Request
from .restore_points import Point
from .transaction import Step


class Rollback(Activation):
    """The runbook of one rollback; its journal names the point."""

    data_step = "data-back"

    def steps(self) -> tuple[Step, ...]:
        return (
            Step("check", self.check),
            Step("prepare", self.prepare, undo=self.discard),
            Step("maintenance", self.pause, undo=self.resume_previous),
            Step("restore-point", self.keep_point),
            Step("files", self.place_files, undo=self.put_files_back),
            Step("data-back", self.bring_data, undo=self.put_data_back),
            Step("trial", self.try_out),
            Step("switch", self.switch, undo=self.switch_back),
            Step("restart", self.restart, undo=self.withdraw),
            Step("health", self.gate),
            Step("receipt", self.write_receipt, undo=self.put_receipt_back),
            Step("maintenance-off", self.app.end_maintenance),
            Step("prune", self.prune),
        )

    @property
    def changes_data(self) -> bool:
        return self.request.leader and self.request.change == "migrate"

    @property
    def purpose(self) -> str:
        return f"go back to {self.request.version}"

    @property
    def point(self) -> str:
        came_from = self.before.serving.version if self.before.serving else "nothing"
        return f"{self.journal.record.stamp}-before-rollback-to-{self.request.version}-from-{came_from}"

    @property
    def target(self) -> Point:
        return restore_points.read(self.app.places.restore_points / self.journal.record.point)

    @property
    def source(self) -> Point | None:
        """The point whose data come back; None when the data stay."""
        if not self.changes_data:
            return None
        return restore_points.data_for(self.target, self.former_form, restore_points.every(self.app.places))

    @property
    def form(self) -> str:
        return self.target.form if self.changes_data else self.former_form

    def check(self) -> None:
        app, source = self.app, self.source
        app.host.check()
        if self.request.leader:  # a follower is closed beforehand, while its leader goes back
            checks.not_in_maintenance(app)
        require_possible(app, self.request, self.target)
        checks.port(app, self.request)
        if source:
            database = app.data(self.before.serving, self.request)
            checks.room_to_go_back(app, database, source)
            if database:
                database.verify(source.path)

    def lay_files(self) -> None:
        now = self.before.serving.files if self.before.serving else ()
        managed_files.put_back(self.app.places, self.request.files, now, self.target.copy_of)

    @property
    def unwritten(self) -> tuple[str, ...]:
        return ()  # the point's configuration comes back whole

    def bring_data(self) -> None:
        """Bring the point's data back; load its configuration into data that are not that very moment's."""
        app, source = self.app, self.source
        if source:
            restore_points.restore(app.places, source.name, app.data(self.before.serving, self.request))
            if app.account:
                rights.give_data(app.places, app.account)
        exact = source is not None and source.name == self.journal.record.point
        if self.request.commands.migrate and self.request.leader and not exact:
            app.run(self.request, self.request.commands.migrate, "loading the former configuration")


def chosen(app: App, name: str | None) -> Point:
    """Return the point of that name, or the newest that is one to go back to."""
    points = restore_points.every(app.places)
    if name is not None:
        found = next((point for point in points if point.name == name), None)
        if found is None:
            raise Refused("no-such-point", f"{app.name} has no restore point {name} on this host", hint=_LIST)
        return found
    usable = [point for point in points if point.request and point.reason != restore_points.RESCUED]
    if not usable:
        raise Refused("no-point", f"{app.name} has no restore point on this host to go back to")
    return usable[-1]


def request_of(app: App, serving: Request, form: str, point: Point) -> Request:
    """Return what going back asks for: the point's request, reached where the app is reached now.

    Its `change` is migrate when data come back. Raises Refused when that cannot be done.
    """
    former = point.request
    if former is None:
        raise Refused("point-without-release", f"{point.name} keeps data only: no release ran then")
    if (former.database and former.database.driver) != (serving.database and serving.database.driver) or (
        former.database and serving.database and former.database.name != serving.database.name
    ):
        raise Refused("database-changed", f"{app.name} kept its data in another database at {point.moment}")
    try:
        source = restore_points.data_for(point, form, restore_points.every(app.places)) if serving.leader else None
    except Corrupt as error:
        raise Refused(error.code, error.message, hint=_LIST) from error
    return replace(
        former,
        bind=serving.bind,
        health=replace(former.health, url=_moved(former.health.url, serving.health.url)),
        database=serving.database,
        leader=serving.leader,
        change="migrate" if source else "code",
    )


def require_possible(app: App, request: Request, point: Point) -> None:
    """Refuse a point that lacks its release, and this host the artifacts of it; or a file of its configuration."""
    if not app.releases.is_prepared(request):
        app.releases.suitable(request)
    for file in point.request.files if point.request else ():
        if point.copy_of(file) is None:
            raise Refused("file-missing", f"{point.name} has no copy of {file.path} as its configuration has it")


def _moved(former: str, now: str) -> str:
    """Return the former health address at the place of the present one."""
    there = urlsplit(now).netloc
    return urlsplit(former)._replace(netloc=there).geturl() if former and there else former


_LIST = "semai-host points APP lists them"
