"""What `semai upgrade` would do: which releases, by which hops, at what cost. Nothing is written here.

What hosts run now decides where a way begins, not the lock: after an interruption the two differ.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from packaging.version import Version

from semai.adapters.trusted_catalogs import TrustedCatalog
from semai.core.catalog import AppKey, Release, Status
from semai.core.lockfile import Lock
from semai.core.plan import in_contract_order
from semai.core.region import Selection
from semai.core.upgrade_estimate import Room, minutes, room
from semai.core.upgrade_limit import require_whole
from semai.core.upgrade_path import upgrade_path
from semai.core.upgrade_steps import Moves, Versions, steps
from semai.errors import CannotResolve, ChangesPending, InvalidInput
from semai.messages import N_
from semai.operations.deployment import check_answers
from semai.operations.lock import LockRequest, check_pins, choose, requests_of
from semai.operations.plan import Outlook, too_little
from semai.operations.probe import Site

_UNSEEN = (Status.draft, Status.withdrawn)


@dataclass(frozen=True)
class UpgradeRequest:
    """`app` (with or without its mentor) or all, to the newest that fits or to version `to`."""

    app: str = ""
    to: str = ""


@dataclass(frozen=True)
class Leg:
    """One app's part of a hop; `minutes` is how long its maintenance page is expected to stay."""

    key: AppKey
    old: str
    release: Release
    minutes: int

    @property
    def new(self) -> str:
        """Return the version it becomes."""
        return self.release.manifest.version


@dataclass(frozen=True)
class Hop:
    """Apps that move together, and the lock that says so."""

    legs: tuple[Leg, ...]
    lock: Lock

    @property
    def moves(self) -> Moves:
        """Return app -> release."""
        return {leg.key: leg.release for leg in self.legs}

    @property
    def names(self) -> tuple[str, ...]:
        """Return the ids of the apps that move."""
        return tuple(leg.key.id for leg in self.legs)


@dataclass(frozen=True)
class Notice:
    """What a release on the way tells operators."""

    app: str
    version: str
    text: str


@dataclass(frozen=True)
class Journey:
    """All hops, from the versions `running` before the first."""

    hops: tuple[Hop, ...]
    running: Versions
    notices: tuple[Notice, ...] = ()
    rooms: tuple[Room, ...] = ()

    @property
    def routine(self) -> tuple[str, ...]:
        """Return the ids of apps whose last release is no security release: a freeze period holds them."""
        last = {leg.key: leg.release for hop in self.hops for leg in hop.legs}
        return tuple(key.id for key, release in last.items() if not release.manifest.lifecycle.security)

    def require_none(self) -> None:
        """Raise ChangesPending `upgrades-pending` when there is a hop to take."""
        if self.hops:
            raise ChangesPending(
                "upgrades-pending", "{count} hops are pending", hint="semai upgrade", count=len(self.hops)
            )

    def require_room(self) -> None:
        """Raise HostRefused `disk-too-small` when a file system cannot take it; nothing was changed yet."""
        lacking = [shortage for found in self.rooms if (shortage := found.shortage)]
        if not lacking:
            return
        raise too_little(lacking, N_("free space there, or upgrade fewer apps at a time: semai upgrade APP"))


def plan_upgrade(
    site: Site,
    outlook: Outlook,
    catalogs: Mapping[str, TrustedCatalog],
    request: UpgradeRequest,
    *,
    knows: Callable[[str, str], bool],
) -> Journey:
    """Return the way from what the hosts run to what the trusted catalogs offer.

    A limited site moves the apps of its hosts alone. Raises InvalidInput (a new question without an answer among
    others, and as `require_whole`), TrustRefused and CannotResolve.
    """
    selection, lock = site.files.load_selection(), site.files.load_lock()
    assert lock is not None  # the outlook was made from it
    check_pins(selection, catalogs, knows)
    running = running_versions(outlook, lock)
    present = {**lock.versions, **running}
    if site.limit and request.app:
        require_whole({selection.the_app(request.app).id}, outlook.expected, outlook.states)
    target = _target(selection, catalogs, present, running, request)
    paths = {
        key: upgrade_path(str(key), _releases(catalogs, key), version, target[key])
        for key, version in running.items()
        if target[key] != version
    }
    if site.limit:
        require_whole({key.id for key in paths}, outlook.expected, outlook.states)
    ids = {key.id: key for key in running}
    order = [ids[app.name] for app in in_contract_order(outlook.expected) if app.name in ids]
    fitting = Fitting(selection, catalogs)
    hops = steps(paths, present, order, lambda versions: fitting.lock(versions) is not None)
    journey = _journey(outlook, hops, present, fitting, catalogs)
    secrets = {name: app.answers for name, app in site.vault.read().apps.items()}
    for hop in journey.hops:
        check_answers(site.files, hop.lock, selection, secrets)
    return journey


class Fitting:
    """Finds, once each, the lock in which exact versions stand side by side."""

    def __init__(self, selection: Selection, catalogs: Mapping[str, TrustedCatalog]) -> None:
        self._selection, self._catalogs = selection, catalogs
        self._known: dict[frozenset[tuple[AppKey, str]], Lock | None] = {}

    def lock(self, versions: Versions) -> Lock | None:
        """Return the lock of `versions`, or None when they do not fit together."""
        asked = frozenset(versions.items())
        if asked not in self._known:
            try:
                found = choose(self._selection, self._catalogs, versions, LockRequest(exact=versions))
            except CannotResolve as error:
                if error.code == "resolve-timeout":
                    raise
                self._known[asked] = None
            else:
                self._known[asked] = found
        return self._known[asked]


def running_versions(outlook: Outlook, lock: Lock) -> dict[AppKey, str]:
    """Return what hosts run of each locked app; where they differ, the oldest, so that none is left behind."""
    found = {}
    for key in lock.versions:
        receipts = [state.app(key.id).receipt for state in outlook.states.values()]
        versions = [receipt.version for receipt in receipts if receipt]
        if versions:
            found[key] = min(versions, key=Version)
    return found


def _target(
    selection: Selection,
    catalogs: Mapping[str, TrustedCatalog],
    present: Versions,
    running: Versions,
    request: UpgradeRequest,
) -> Versions:
    if not request.app:
        return choose(selection, catalogs, present, LockRequest(upgrade=True)).versions
    key = selection.the_app(request.app)
    if key not in running:
        raise InvalidInput(
            "app-not-running", "no host runs {app} yet, so there is nothing to upgrade", hint="semai apply", app=key
        )
    if request.to and not requests_of(selection)[key].contains(request.to, prereleases=True):
        raise InvalidInput(
            "version-not-allowed",
            "apps.yml allows {app} only in versions {range}, not {version}",
            hint="semai add '{app}=={version}'",
            app=key,
            range=selection.apps[str(key)].version,
            version=request.to,
        )
    exact = {key: request.to} if request.to else {}
    asked = LockRequest(upgrade=True, upgrade_only=(str(key),), exact=exact)
    return choose(selection, catalogs, present, asked).versions


def _releases(catalogs: Mapping[str, TrustedCatalog], key: AppKey) -> tuple[Release, ...]:
    app = catalogs[key.mentor].index.app(key.id)
    return app.releases if app else ()


def _journey(
    outlook: Outlook,
    hops: tuple[Moves, ...],
    present: Versions,
    fitting: Fitting,
    catalogs: Mapping[str, TrustedCatalog],
) -> Journey:
    now, made = dict(present), []
    for moves in hops:
        legs = tuple(
            Leg(key, now[key], release, minutes(release, _database_mb(outlook, key)))
            for key, release in moves.items()
        )
        now |= {leg.key: leg.new for leg in legs}
        lock = fitting.lock(now)
        assert lock is not None  # steps() asked for it
        made.append(Hop(legs, lock))
    rooms = tuple(
        found
        for host, state in sorted(outlook.states.items())
        if (there := tuple(_on(state.apps, moves) for moves in hops))
        for found in room(host, state, there)
    )
    notices = tuple(
        n for key in dict.fromkeys(k for m in hops for k in m) for n in _notices(catalogs, key, present, now)
    )
    return Journey(tuple(made), present, notices, rooms)


def _on(apps: Mapping[str, object], moves: Moves) -> Moves:
    return {key: release for key, release in moves.items() if key.id in apps}


def _database_mb(outlook: Outlook, key: AppKey) -> float:
    return max((state.app(key.id).database_mb or 0.0 for state in outlook.states.values()), default=0.0)


def _notices(
    catalogs: Mapping[str, TrustedCatalog], key: AppKey, before: Versions, after: Versions
) -> Iterator[Notice]:
    """Yield the notices of all releases passed, also of those jumped over, the oldest first."""
    for release in sorted(_releases(catalogs, key), key=lambda found: found.version):
        passed = Version(before[key]) < release.version <= Version(after[key])
        if passed and release.standing.status not in _UNSEEN:
            version = release.manifest.version
            yield from (Notice(key.id, version, text) for text in release.manifest.lifecycle.notices)
