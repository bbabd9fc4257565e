"""Backups of linked apps on several hosts: which sets of which hosts are one consistent whole (ADR 0013). Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from semai.core.backups import StoredSet, led_by
from semai.core.catalog import Wire
from semai.core.purging import moment_of
from semai.core.turns import Settings, groups_of

CLOCKS_APART = timedelta(minutes=5)  # nights are ordered by the clocks of hosts: closer than this says nothing
ONE_NIGHT = timedelta(days=1)  # sets that lie further apart than this are not called one whole

Found = Mapping[str, Sequence[StoredSet]]


class Part(Wire):
    """What one host keeps of a whole."""

    host: str
    set: str
    apps: tuple[str, ...]


class Whole(Wire):
    """Sets of several hosts that agree, those that read first; it is complete when no app is missing.

    `nightly`: each host made its own by its timer, and their clocks say that the order held. `moment` is the first
    set's, UTC.
    """

    set: str
    apps: tuple[str, ...]
    moment: str
    parts: tuple[Part, ...]
    missing: tuple[str, ...] = ()
    complete: bool = False
    nightly: bool = False


def wholes(found: Found, settings: Settings) -> tuple[Whole, ...]:
    """Return the wholes whose parts hosts have, complete or not, newest first; `found` are hosts' verified sets.

    Nothing is said of a whole with parts that only a host would have that was not asked.
    """
    unasked = {app for host, told in settings.items() if host not in found for app in told["leads"]}
    made = [whole for whole in _made_together(found, settings) if not unasked & {*whole.missing}]
    made += _by_night(found, settings)
    return tuple(sorted(made, key=lambda whole: (whole.moment, whole.set), reverse=True))


def _made_together(found: Found, settings: Settings) -> Iterator[Whole]:
    """Yield what `backup create` made: it began each host only when those before had ended."""
    named: dict[str, dict[str, tuple[StoredSet, list[str]]]] = {}
    for host, sets in found.items():
        for stored in sets:
            if stored.whole:
                named.setdefault(stored.whole, {}).setdefault(stored.set, (stored, []))[1].append(host)
    for name, sets_of in named.items():
        parts = [(_host(settings, stored, hosts), stored) for _, (stored, hosts) in sorted(sets_of.items())]
        parts.sort(key=lambda part: settings.get(part[0], {}).get("wait", 0))
        yield _whole(name, parts, parts[0][1].whole_apps, nightly=False)


def _host(settings: Settings, stored: StoredSet, hosts: Sequence[str]) -> str:
    """Return the host of a set that `hosts` see: they may share a repository."""
    return next(iter(led_by(settings, stored.apps, hosts)), hosts[0])


def _by_night(found: Found, settings: Settings) -> Iterator[Whole]:
    """Yield for each set of the last host of a group the newest ones of the others that were whole before it."""
    asked = [(apps, hosts) for apps, hosts in groups_of(settings) if {*hosts} <= {*found}]
    for apps, hosts in asked:
        for last in _candidates(found, settings, hosts[-1], apps):
            parts, until = [(hosts[-1], last)], _time(last.moment)
            for host in hosts[-2::-1]:
                before = _newest_before(_candidates(found, settings, host, apps), until, _time(last.moment))
                if before:
                    parts.insert(0, (host, before))
                    until = _time(before.moment)
            yield _whole(f"{last.set[:16]}-together-{last.set[-6:]}", parts, apps, nightly=True)


def _candidates(found: Found, settings: Settings, host: str, apps: Sequence[str]) -> list[StoredSet]:
    """Return the host's sets that hold its part of `apps` and tell when they were whole, and have no name yet."""
    part = {*apps} & {*settings[host]["keeps"]}
    unnamed = [stored for stored in found.get(host, ()) if not stored.whole and moment_of(stored.laid)]
    return [stored for stored in unnamed if part <= {*stored.apps}]


def _newest_before(sets: Iterable[StoredSet], until: datetime, last: datetime) -> StoredSet | None:
    fitting = [
        stored
        for stored in sets
        if _time(stored.laid) + CLOCKS_APART <= until and _time(stored.moment) + ONE_NIGHT >= last
    ]
    return max(fitting, key=lambda stored: stored.moment, default=None)


def _whole(name: str, parts: Sequence[tuple[str, StoredSet]], apps: Sequence[str], *, nightly: bool) -> Whole:
    there = {app for _, stored in parts for app in stored.apps}
    missing = tuple(app for app in apps if app not in there)
    return Whole(
        set=name,
        apps=tuple(apps),
        moment=min(stored.moment for _, stored in parts),
        parts=tuple(Part(host=host, set=stored.set, apps=stored.apps) for host, stored in parts),
        missing=missing,
        complete=not missing,
        nightly=nightly,
    )


def _time(moment: str) -> datetime:
    found = moment_of(moment)
    assert found is not None  # the host tool writes both
    return found
