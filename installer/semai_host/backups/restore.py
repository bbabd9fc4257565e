"""restore: the data of a set in the place of those there are, under the present releases and configurations.

All apps of the run go through each step together, in one journal: none is opened before all hold their data and
have proven themselves, and a failure of one, or a power cut before that, brings the data of all back.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .. import checks, durable, restore_points, rights, runtimes, space, versions
from ..activation import Activation
from ..errors import Refused
from ..host import App, Host
from ..journal import Journal, Kept
from ..request import Request
from ..transaction import Step
from . import extracting
from .engine import Engine

_NO_DATA = {"media", "files"}  # of an app in a set: all else is the copy of its database


class Restoration(Activation):
    """What one app of the run goes through; `laid` is where its part of the set lies."""

    data_step = "data"

    def __init__(self, app: App, journal: Kept, request: Request, laid: Path) -> None:
        super().__init__(app, journal, request)
        self.laid = laid

    @property
    def changes_data(self) -> bool:
        return True

    @property
    def purpose(self) -> str:
        return f"restore {self.journal.record.from_set}"

    @property
    def point(self) -> str:
        return f"{self.journal.record.stamp}-before-restore-of-{self.journal.record.from_set[:16]}"

    def needs(self, size: int, media: int) -> tuple[space.Need, ...]:
        """Return what the present data, kept, and the set's take beside one another.

        `size` are the bytes of the app in the set, `media` those of them that become hard links where they can.
        """
        places, database = self.app.places, self.app.data(self.before.serving, self.request)
        here, there = (space.existing(path).stat().st_dev for path in (places.media, self.laid))
        restored = space.Need(places.shared, size - media if here == there else size, "the restored data")
        return (*checks.room_for_point(self.app, database), restored)

    def bring_data(self) -> None:
        """Put the set's data in place, and what the release adds to data that are older than itself.

        Managed files of the set stay out: the region's are in force.
        """
        places, media = self.app.places, self.laid / "media"
        has_copy = any(entry.name not in _NO_DATA for entry in self.laid.iterdir())
        database = self.app.data(self.before.serving, self.request)
        restore_points.bring_back(
            places, database, self.laid if has_copy else None, media if media.is_dir() else None
        )
        if self.app.account:
            rights.give_data(places, self.app.account)
        runtimes.of(self.request).place(places, self.request, self.app.account)


@dataclass(frozen=True)
class Source:
    """A set in its repository, and its manifest."""

    engine: Engine
    manifest: dict[str, Any]

    def size(self, apps: Sequence[str]) -> int:
        return extracting.size_of(self.engine, self.manifest, apps)

    def media(self, app: str) -> int:
        return int(self.manifest["apps"][app]["media"]["bytes"])


class Restore:
    """The runbook of one restore, of one app or of several that agree with each other."""

    proven = "health"  # the public works with the restored data of all

    def __init__(self, host: Host, journal: Journal, source: Source | None = None) -> None:
        """A killed run is finished or undone without `source`."""
        self.host = host
        self._source = source
        self.set = journal.record.from_set
        self.folder = host.layout.backup_restoring
        self.parts = [
            Restoration(host.app(member.app), journal.of(member.app), member.request, self.folder / member.app)
            for member in journal.record.members
            if member.request
        ]

    def steps(self) -> tuple[Step, ...]:
        every = self._every
        return (
            Step("check", self.check),
            Step("prepare", self.fetch, undo=self.drop),
            Step("maintenance", every(Restoration.pause), undo=self._back(Restoration.resume_previous)),
            Step("restore-point", every(Restoration.keep_point)),
            Step("data", every(Restoration.bring_data), undo=self._back(Restoration.put_data_back)),
            Step("migrate", every(Restoration.migrate)),
            Step("trial", every(Restoration.try_out)),
            Step("restart", every(Restoration.restart), undo=self._back(Restoration.withdraw)),
            Step("health", every(Restoration.gate)),
            Step("receipt", every(Restoration.write_receipt), undo=self._back(Restoration.put_receipt_back)),
            Step("maintenance-off", every(lambda part: part.app.end_maintenance())),
            Step("prune", self.prune),
        )

    @property
    def commit(self) -> str:
        return "trial"

    @property
    def notes(self) -> list[str]:
        return [note for part in self.parts for note in part.notes]

    def take_over(self) -> None:
        for part in self.parts:
            part.take_over()

    def check(self) -> None:
        """Refuse what cannot be restored here, before any app is touched."""
        source = self.source
        self.host.check()
        needs: list[space.Need] = []
        for part in self.parts:
            checks.not_in_maintenance(part.app)
            checks.port(part.app, part.request)
            needs += part.needs(source.size([part.app.name]), source.media(part.app.name))
        taken = source.size([part.app.name for part in self.parts])
        space.check([*needs, space.Need(self.folder, taken, "the set")])

    def fetch(self) -> None:
        """Read the apps' parts of the set to the end; only when all of it is whole an app stops."""
        durable.remove_tree(self.folder)
        extracting.extract(self.source.engine, self.set, [part.app.name for part in self.parts], self.folder)

    def drop(self) -> None:
        durable.remove_tree(self.folder)
        for part in self.parts:
            part.drop_point()

    def prune(self) -> None:
        for part in self.parts:
            part.prune()
        durable.remove_tree(self.folder)

    @property
    def source(self) -> Source:
        if self._source is None:
            raise Refused("set-unknown", f"the repository has no set {self.set}", "semai-host backup list")
        return self._source

    def _every(self, act: Callable[[Restoration], None]) -> Callable[[], None]:
        return lambda: _do(self.parts, act)

    def _back(self, undo: Callable[[Restoration], None]) -> Callable[[], None]:
        return lambda: _do(self.parts[::-1], undo)


def _do(parts: list[Restoration], act: Callable[[Restoration], None]) -> None:
    for part in parts:
        act(part)


def require_possible(app: App, serving: Request, manifest: dict[str, Any]) -> None:
    """Refuse data that this app, as it is installed here, could not work with."""
    content = manifest["apps"].get(app.name)
    if content is None:
        raise Refused("app-not-in-set", f"the set {manifest['set']} does not hold {app.name}", "semai backup list")
    if not serving.leader:
        raise Refused(
            "follower",
            f"{app.name} on this host works with data that another host looks after; restore on that one",
            "semai backup restore",
        )
    then, now = _product(content["request"].get("database")), _product(serving.as_dict()["database"])
    if then != now:
        raise Refused(
            "database-product",
            f"the set holds data of {app.name} from {then}, here they lie in {now}",
            "semai region show",
        )
    _require_version(app, serving, content["version"])


def _require_version(app: App, serving: Request, then: str) -> None:
    now = serving.version
    if versions.key(then) > versions.key(now):
        raise Refused(
            "set-newer",
            f"the set holds data of {app.name} {then}, this host runs the older {now}",
            f"semai upgrade {app.name}",
        )
    if then != now and not versions.allows(serving.upgrade_from, then):
        raise Refused(
            "set-too-old",
            f"the set holds data of {app.name} {then}; {now}, which runs here, takes over those of "
            f"{' or '.join(serving.upgrade_from)}",
            f"semai catalog show {app.name}",
        )


def _product(database: dict[str, Any] | None) -> str:
    return database["driver"] if database else "no database"
