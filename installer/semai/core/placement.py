"""Which app fits on which host: pack loads into rooms, never over a host's capacity. Pure.

Each app goes to the allowed host that stays the emptiest, the largest app first; when that leaves an app without a
place, other orders and hosts are tried within a bounded number of steps, and the arrangement that places most wins.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

MAX_STEPS = 4_000


@dataclass(frozen=True)
class Load:
    """What one app takes; `allowed` are the hosts it may go to, None for any."""

    name: str
    memory_mb: int
    disk_mb: int
    allowed: frozenset[str] | None = None


@dataclass(frozen=True)
class Room:
    """What one host has to give."""

    host: str
    memory_mb: int
    disk_mb: int


@dataclass(frozen=True)
class Placement:
    """app -> host, and the apps that found no room."""

    hosts: Mapping[str, str]
    left_over: tuple[str, ...]


def place(loads: Sequence[Load], rooms: Sequence[Room]) -> Placement:
    """Arrange; the same input gives the same arrangement whatever its order."""
    ordered = sorted(loads, key=lambda load: (-_share(load, rooms), load.name))
    search = _Search(ordered, sorted(rooms, key=lambda room: room.host))
    search.descend(0)
    best = search.best
    return Placement(dict(sorted(best.items())), tuple(sorted({load.name for load in loads} - best.keys())))


def _share(load: Load, rooms: Sequence[Room]) -> float:
    """Return how much of all memory or disk a load takes, whichever is more."""
    memory = sum(max(room.memory_mb, 0) for room in rooms) or 1
    disk = sum(max(room.disk_mb, 0) for room in rooms) or 1
    return max(load.memory_mb / memory, load.disk_mb / disk)


class _Search:
    """Depth first; the first descent is the greedy arrangement, further ones only while an app is left over."""

    def __init__(self, loads: Sequence[Load], rooms: Sequence[Room]) -> None:
        self.loads, self.rooms = loads, rooms
        self.free = {room.host: (room.memory_mb, room.disk_mb) for room in rooms}
        self.taken: dict[str, str] = {}
        self.best: dict[str, str] = {}
        self.steps = 0

    def descend(self, depth: int) -> bool:
        """Place the loads from `depth` on; tell whether the search is over."""
        self.steps += 1
        if len(self.taken) > len(self.best):
            self.best = dict(self.taken)
        hopeless = len(self.taken) + len(self.loads) - depth <= len(self.best)
        if len(self.best) == len(self.loads) or self.steps > MAX_STEPS:
            return True
        if depth == len(self.loads) or hopeless:
            return False
        load = self.loads[depth]
        for host in self._candidates(load):
            memory, disk = self.free[host]
            self.free[host] = (memory - load.memory_mb, disk - load.disk_mb)
            self.taken[load.name] = host
            over = self.descend(depth + 1)
            del self.taken[load.name]
            self.free[host] = (memory, disk)
            if over:
                return True
        return self.descend(depth + 1)

    def _candidates(self, load: Load) -> list[str]:
        """Return hosts with room, first the one that would stay the emptiest for its size."""
        fit = []
        for room in self.rooms:
            memory, disk = self.free[room.host]
            allowed = load.allowed is None or room.host in load.allowed
            if allowed and memory >= load.memory_mb and disk >= load.disk_mb:
                after = min(
                    _part(memory - load.memory_mb, room.memory_mb), _part(disk - load.disk_mb, room.disk_mb)
                )
                fit.append((-after, room.host))
        return [host for _, host in sorted(fit)]


def _part(left: int, whole: int) -> float:
    return left / whole if whole > 0 else 0.0
