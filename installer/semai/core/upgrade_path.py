"""Which releases to pass through on the way to a newer one.

A release says in `lifecycle.upgrade_from` which versions it can follow (empty: any older one). The path with the
fewest hops is found breadth first; among equals the newer intermediate release wins. Pure.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

from packaging.specifiers import SpecifierSet
from packaging.version import Version

from semai.core.catalog import Release, Status
from semai.errors import CannotResolve

_NO_STOP = (Status.draft, Status.withdrawn)


def upgrade_path(app: str, releases: Sequence[Release], current: str, target: str) -> tuple[Release, ...]:
    """Return the releases to activate one after the other, the last being `target`; empty when already there.

    Every hop is a full deployment. Draft and withdrawn releases are never passed through. Raises CannotResolve
    (`downgrade`, `no-such-release`, `no-upgrade-path`); `app` is only shown.
    """
    if current == target:
        return ()
    if Version(target) < Version(current):
        raise CannotResolve(
            "downgrade",
            "{app} runs {current}; {target} is older",
            hint="choose {current} or a newer release: semai catalog show {app}",
            app=app,
            current=current,
            target=target,
        )
    stops = sorted(
        (r for r in releases if r.manifest.version == target or r.standing.status not in _NO_STOP),
        key=lambda release: release.version,
        reverse=True,
    )
    if not any(release.manifest.version == target for release in stops):
        raise CannotResolve(
            "no-such-release",
            "{app} has no release {target}",
            hint="semai catalog show {app}",
            app=app,
            target=target,
        )
    return _shortest(app, stops, Version(current), Version(target))


def can_follow(release: Release, current: Version) -> bool:
    """Tell whether `release` may be activated directly over version `current`."""
    return release.version > current and may_follow(release.manifest.lifecycle.upgrade_from, current)


def may_follow(upgrade_from: Sequence[str], current: Version) -> bool:
    """Tell whether one of the version ranges holds `current`; none at all allows every version."""
    return not upgrade_from or any(SpecifierSet(text).contains(current, prereleases=True) for text in upgrade_from)


def _shortest(app: str, stops: Sequence[Release], current: Version, target: Version) -> tuple[Release, ...]:
    paths: dict[Version, tuple[Release, ...]] = {current: ()}
    waiting = deque([current])
    while waiting:
        here = waiting.popleft()
        for release in stops:
            if release.version in paths or release.version > target or not can_follow(release, here):
                continue
            paths[release.version] = (*paths[here], release)
            if release.version == target:
                return paths[target]
            waiting.append(release.version)
    raise CannotResolve(
        "no-upgrade-path",
        "no chain of upgrades leads {app} from {current} to {target}; it ends at {furthest}",
        hint="ask the mentor which release to install in between",
        app=app,
        current=str(current),
        target=str(target),
        furthest=str(max(paths)),
    )
