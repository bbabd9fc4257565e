"""In which order apps go through their hops so that every contract holds after each of them.

An app goes its whole way before the next begins, providers first. Where a hop alone would break a contract, two
apps take their next hops together, and where that does not help all that are left do. Pure.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import combinations

from semai.core.catalog import AppKey, Release
from semai.errors import CannotResolve

Versions = Mapping[AppKey, str]
Moves = Mapping[AppKey, Release]  # apps that move together -> what each becomes


def steps(
    paths: Mapping[AppKey, Sequence[Release]],
    running: Versions,
    order: Sequence[AppKey],
    fits: Callable[[Versions], bool],
) -> tuple[Moves, ...]:
    """Return the hops of all apps one after the other.

    `paths` has each app's way (core/upgrade_path.py), `running` the versions at the start, `order` providers before
    consumers; `fits` tells whether versions may stand side by side. Raises CannotResolve `no-common-path`.
    """
    left = {key: list(paths[key]) for key in order if paths.get(key)}
    now, found = dict(running), []
    while left:
        moves = next((m for m in _candidates(left) if fits({**now, **_versions(m)})), None)
        if moves is None:
            raise _no_common_path(left, now)
        found.append(moves)
        now |= _versions(moves)
        for key in moves:
            left[key].pop(0)
        left = {key: rest for key, rest in left.items() if rest}
    return tuple(found)


def _candidates(left: Mapping[AppKey, Sequence[Release]]) -> Iterator[Moves]:
    ahead = {key: rest[0] for key, rest in left.items()}
    for count in (1, 2):
        for keys in combinations(ahead, count):
            yield {key: ahead[key] for key in keys}
    if len(ahead) > 2:
        yield ahead


def _versions(moves: Moves) -> dict[AppKey, str]:
    return {key: release.manifest.version for key, release in moves.items()}


def _no_common_path(left: Mapping[AppKey, Sequence[Release]], now: Versions) -> CannotResolve:
    return CannotResolve(
        "no-common-path",
        "the apps cannot be upgraded one after the other: each next step breaks a contract of another app",
        hint="ask the mentor which releases fit together on the way",
        details=[f"{key}: {now[key]} -> {rest[0].manifest.version}" for key, rest in left.items()],
    )
