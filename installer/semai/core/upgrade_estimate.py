"""What an upgrade will take on a host before it is begun: minutes of maintenance page, and room by file system.

A host keeps two releases and three restore points of an app, so only that many count at once. Media in a restore
point are hard links and take nothing. Pure.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from semai.core.capacity import SPARE_DISK_MB, Shortage
from semai.core.catalog import AppKey, Release
from semai.core.receipt import Filesystem, HostState
from semai.core.upgrade_steps import Moves
from semai.messages import N_

KEPT_RELEASES, KEPT_POINTS = 2, 3
UNPACKED = 4  # wheels and static files, measured at the reference apps: 3.3 times what they are packed
_MB, _MB_PER_GB = 1 << 20, 1024


@dataclass(frozen=True)
class Room:
    """What arrives on one file system of a host, in MB."""

    host: str
    path: str
    needed_mb: int
    free_mb: int

    @property
    def shortage(self) -> Shortage | None:
        """Return why it is not enough, or None."""
        if self.free_mb >= self.needed_mb:
            return None
        text = N_("{host}: {needed} MB of disk needed on {path}, {found} MB free")
        return Shortage("disk-too-small", text, self.host, str(self.needed_mb), str(self.free_mb), self.path)


def minutes(release: Release, database_mb: float) -> int:
    """Return how long the maintenance page is expected to stay, in whole minutes; 0 when none is shown."""
    lifecycle = release.manifest.lifecycle
    if lifecycle.change != "migrate":
        return 0
    return max(1, math.ceil(lifecycle.migrations.minutes_per_gb * database_mb / _MB_PER_GB))


def room(host: str, state: HostState, hops: Sequence[Moves]) -> tuple[Room, ...]:
    """Return what all `hops` take on each file system of `host`: releases and restore points, and packed files."""
    if not state.filesystems:
        return ()
    wanted: dict[str, float] = {}
    for key in dict.fromkeys(key for moves in hops for key in moves):
        releases = [moves[key] for moves in hops if key in moves]
        packed = [_packed_mb(release, state) for release in releases]
        for folder, size in (("store", sum(packed)), ("apps", _kept_mb(key, releases, packed, state))):
            place = _holding(state, folder).path
            wanted[place] = wanted.get(place, 0.0) + size
    free = {filesystem.path: filesystem.free_mb for filesystem in state.filesystems}
    return tuple(Room(host, path, math.ceil(size) + SPARE_DISK_MB, free[path]) for path, size in wanted.items())


def _kept_mb(key: AppKey, releases: Sequence[Release], packed: Sequence[float], state: HostState) -> float:
    """Return what releases and restore points of one app take; a dump is written beside the copy it replaces."""
    unpacked = sorted((UNPACKED * size for size in packed), reverse=True)[:KEPT_RELEASES]
    points = sum(release.manifest.lifecycle.change == "migrate" for release in releases)
    copies = min(points, KEPT_POINTS) + 1 if points else 0
    return sum(unpacked) + copies * (state.app(key.id).database_mb or 0.0)


def _packed_mb(release: Release, state: HostState) -> float:
    fit = (a for a in release.artifacts if a.suits(state.host.python, state.host.machine))
    return sum(artifact.size for artifact in fit) / _MB


def _holding(state: HostState, folder: str) -> Filesystem:
    """Return the file system of a folder below the root; the probe names one of its own by that folder."""
    own = (f for f in state.filesystems if f.path.rpartition("/")[2] == folder)
    return next(own, state.filesystems[0])
