"""Go back to a restore point: the host that looks after the data, its followers, and the wishes of the region.

The wishes (apps.yml and semai.lock) change before the hosts, so that an apply after a cut run asks for the old
release and never silently goes forward again; a host that refuses or fails gets the wishes put back.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from typing import Any

from pydantic import ValidationError

from semai.adapters.ansible import OnEvent
from semai.adapters.files import write_atomic
from semai.adapters.trusted_catalogs import TrustedCatalog
from semai.core.catalog import AppKey
from semai.core.host_words import spoken
from semai.core.plan import DeployedApp
from semai.core.points import RESCUED, Point, Points
from semai.errors import CannotResolve, HostRefused, InvalidInput, SemaiError, TrustRefused
from semai.messages import N_, translate
from semai.operations.followers import closed
from semai.operations.lock import LockRequest, Prepared, prepare, write
from semai.operations.probe import Site
from semai.operations.service import selected
from semai.operations.verb import run_verb

Knows = Callable[[str, str], bool]


@dataclass(frozen=True)
class Found:
    """What the hosts that carry an app say of its restore points."""

    app: DeployedApp
    hosts: Mapping[str, Points]

    @property
    def leader(self) -> str:
        """Return the host that looks after the data; raises InvalidInput when several hosts each have their own."""
        owners = [host for host, told in self.hosts.items() if told.leader]
        if self.app.leader in owners:
            return self.app.leader
        if len(owners) != 1:
            raise InvalidInput(
                "host-ambiguous",
                "{app} has data of its own on {hosts}",
                hint="choose one: --limit {first}",
                app=self.app.name,
                hosts=", ".join(owners) or "-",
                first=owners[0] if owners else "HOST",
            )
        return owners[0]


@dataclass(frozen=True)
class Return:
    """One way back: the leader's point, and each follower's of the same release (None: it serves that already)."""

    app: DeployedApp
    host: str
    present: str  # the version that serves now
    point: Point
    followers: Mapping[str, Point | None]


@dataclass(frozen=True)
class Wishes:
    """The region's files as they would ask for the old release; `because` says why they cannot."""

    prepared: Prepared | None = None
    because: str = ""


@dataclass(frozen=True)
class Returned:
    """What came of it: the hosts' answers, and whether the region's files ask for the old release now."""

    reports: Mapping[str, Mapping[str, Any]]
    written: tuple[str, ...]


def ask(site: Site, app: str) -> Found:
    """Ask the hosts that carry `app` for its points; raises InvalidInput, HostRefused."""
    chosen = selected(site, app)
    reports = run_verb(site, ["points", chosen.name], chosen.name, log="points", hosts=chosen.hosts)
    try:
        return Found(chosen, {host: Points.model_validate(report) for host, report in reports.items()})
    except ValidationError as error:
        raise HostRefused(
            "points-unreadable",
            "the restore points of {app} cannot be read: {said}",
            hint="semai apply, which brings the present host tool",
            app=chosen.name,
            said=str(error.errors(include_url=False)[0]["msg"]),
        ) from error


def choose(found: Found, to: str) -> Return:
    """Return the way back to the point named `to`, or to the newest one (`to` empty).

    Raises InvalidInput (`no-such-point`) and HostRefused (`no-point`, `point-unusable`, `follower-without-point`).
    """
    host, name = found.leader, found.app.name
    told = found.hosts[host]
    point = _named(told, to, name, host) if to else _newest(told, name, host)
    if not point.possible:
        raise HostRefused(
            "point-unusable",
            "{app} cannot go back to {point}: {said}",
            hint="semai rollback {app} --list",
            app=name,
            point=point.name,
            said=spoken(point.why.message) if point.why else "?",
        )
    followers: dict[str, Point | None] = {}
    for other, theirs in found.hosts.items():
        if other != host and theirs.release != point.release:
            followers[other] = _follower_point(theirs, other, name, point)
        elif other != host:
            followers[other] = None
    return Return(found.app, host, told.version or "", point, followers)


def _named(told: Points, to: str, app: str, host: str) -> Point:
    for point in told.points:
        if point.name == to:
            return point
    raise InvalidInput(
        "no-such-point",
        "{app} has no restore point {point} on {host}",
        hint="semai rollback {app} --list",
        app=app,
        point=to,
        host=host,
    )


def _newest(told: Points, app: str, host: str) -> Point:
    for point in told.points:
        if point.version is not None and point.reason != RESCUED:
            return point
    raise HostRefused(
        "no-point",
        "{app} has no restore point on {host} to go back to",
        hint="semai rollback {app} --list",
        app=app,
        host=host,
    )


def _follower_point(theirs: Points, host: str, app: str, point: Point) -> Point:
    if found := theirs.of_release(point.release):
        return found
    raise HostRefused(
        "follower-without-point",
        "{host} serves {app} too and has no restore point of {version}",
        hint="semai rollback {app} --list",
        host=host,
        app=app,
        version=point.version,
    )


def wishes(site: Site, back: Return, catalogs: Mapping[str, TrustedCatalog], *, knows: Knows) -> Wishes:
    """Return the files that would ask for exactly the point's release; nothing is written yet."""
    lock, selection = site.files.load_lock(), site.files.load_selection()
    key = AppKey(back.app.mentor, back.app.name)
    locked = lock.apps.get(str(key)) if lock else None
    version = back.point.version or ""
    if locked is not None and locked.release_digest == back.point.release:
        return Wishes()
    pinned = selection.apps[str(key)].model_copy(update={"version": f"=={version}"})
    asked = selection.model_copy(update={"apps": {**selection.apps, str(key): pinned}})
    request = LockRequest(allow_downgrade=True, exact={key: version})
    try:
        prepared = prepare(site.files, catalogs, site.vault, request, knows=knows, selection=asked)
    except (CannotResolve, InvalidInput, TrustRefused) as error:
        return Wishes(None, translate(error.message, **error.fields))
    if others := [change.app for change in prepared.changes if change.app != str(key)]:
        return Wishes(None, translate(N_("other apps would change with it: {apps}"), apps=", ".join(others)))
    if prepared.lock.apps[str(key)].release_digest != back.point.release:
        return Wishes(None, translate(N_("its mentor published {version} anew with other files"), version=version))
    return Wishes(prepared)


def perform(site: Site, back: Return, wished: Wishes, on_event: OnEvent) -> Returned:
    """Change the wishes, then the leader, then its followers; raises HostRefused or Locked with a host's reason."""
    everywhere = replace(site, limit="")
    reports: dict[str, Mapping[str, Any]] = {}
    with _wished(site, back, wished) as written, _closed_followers(everywhere, back):
        words = ["rollback", back.app.name, "--to", back.point.name]
        reports |= run_verb(everywhere, words, back.app.name, on_event, log="rollback", hosts=(back.host,))
    for host, point in back.followers.items():
        if point is not None:
            words = ["rollback", back.app.name, "--to", point.name, "--led"]
            reports |= run_verb(everywhere, words, back.app.name, on_event, log="rollback", hosts=(host,))
    return Returned(reports, written)


@contextmanager
def _wished(site: Site, back: Return, wished: Wishes) -> Iterator[tuple[str, ...]]:
    """Write the wishes for the block; when the host still serves what it served, put the files back."""
    if wished.prepared is None:
        yield ()
        return
    files = site.files
    before = {
        path: path.read_bytes() for path in (files.apps, files.lock, files.deployment, files.vault) if path.exists()
    }
    key = str(AppKey(back.app.mentor, back.app.name))
    try:
        files.change_selection([(("apps", key, "version"), f"=={back.point.version}")], [])
        written = write(files, site.vault, wished.prepared).written
        yield ("apps.yml", *written)
    except SemaiError:
        if _still_serves(site, back):
            for path, content in before.items():
                write_atomic(path, content, path.stat().st_mode & 0o777)
        raise


def _still_serves(site: Site, back: Return) -> bool:
    """Tell whether the leader surely runs what it ran; a host that cannot say may be going back by itself."""
    with suppress(SemaiError):
        return ask(site, back.app.name).hosts[back.host].release != back.point.release
    return False


@contextmanager
def _closed_followers(site: Site, back: Return) -> Iterator[None]:
    """Show the page on followers while the data change; open them again when the leader did not go back."""
    hosts = tuple(host for host, point in back.followers.items() if point is not None)
    with closed(site, back.app.name, hosts if back.point.undoes_data else (), "rollback"):
        yield
