"""A second search over the resolver's candidates, for the questions resolvelib gives up on too early. Pure.

resolvelib's backjumping passes over a candidate that led into a dead end through others (its 1.0 to 1.2 do so when
that candidate's app takes part in the conflict itself), so its "impossible" is not a proof. This search returns to
the latest pin that had a part in the conflict, and keeps for every level all that had one. It learns nothing for
good, and long chains of equal releases would keep it for ever: after STEPS resolvelib's word stands.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from semai.core.candidates import Candidate, Identifier, Need, Space

STEPS = 5_000  # candidates tried; a question of a hundred apps that has an answer takes some hundreds


class _Open(NamedTuple):
    """What is still allowed for an identifier, and whose candidates restricted it."""

    mask: int
    by: frozenset[Identifier]


@dataclass
class _Level:
    """One identifier under choice: what is left to try and who had a part in what was tried."""

    identifier: Identifier
    before: Mapping[Identifier, _Open]
    left: list[Candidate]
    culprits: set[Identifier]


class Exhaustive:
    """One search; `answer` gives a candidate per identifier, or None when there is none or STEPS are used up."""

    def __init__(self, space: Space, expired: Callable[[], None]) -> None:
        self._space, self._expired = space, expired
        self._levels: list[_Level] = []
        self._pins: dict[Identifier, Candidate] = {}
        self._open: Mapping[Identifier, _Open] = {}
        self._left = STEPS

    def answer(self, needs: Sequence[Need]) -> dict[Identifier, Candidate] | None:
        """Search; `expired` is called at every step and raises when time is up."""
        wanted: dict[Identifier, _Open] = {}
        for need in needs:
            before = wanted.get(need.identifier)
            wanted[need.identifier] = _Open((before.mask if before else need.mask) & need.mask, frozenset())
        self._open = wanted
        while waiting := [identifier for identifier in self._open if identifier not in self._pins]:
            self._expired()
            self._descend(min(waiting, key=lambda identifier: self._open[identifier].mask.bit_count()))
            if not self._advance():
                return None
        return self._pins

    def _descend(self, identifier: Identifier) -> None:
        allowed = self._open[identifier]
        left = self._space.allowed(identifier, allowed.mask)
        self._levels.append(_Level(identifier, self._open, left, set(allowed.by)))

    def _advance(self) -> bool:
        """Pin the next candidate that fits, going back as far as the conflict asks; False when nothing is left."""
        while self._levels:
            level = self._levels[-1]
            self._pins.pop(level.identifier, None)
            while level.left and self._left:
                self._expired()
                self._left -= 1
                candidate = level.left.pop(0)
                found = self._with(candidate, level.before)
                if isinstance(found, dict):
                    self._pins[level.identifier], self._open = candidate, found
                    return True
                level.culprits |= found - {level.identifier}
            if not self._left:
                return False
            self._go_back(self._levels.pop().culprits)
        return False

    def _go_back(self, culprits: set[Identifier]) -> None:
        while self._levels and self._levels[-1].identifier not in culprits:
            self._pins.pop(self._levels.pop().identifier, None)
        if self._levels:
            self._levels[-1].culprits |= culprits - {self._levels[-1].identifier}

    def _with(
        self, candidate: Candidate, before: Mapping[Identifier, _Open]
    ) -> dict[Identifier, _Open] | frozenset[Identifier]:
        """Return what is allowed once `candidate` is pinned, or whose pins forbid it."""
        after = dict(before)
        pins = {**self._pins, candidate.identifier: candidate}
        for need in self._space.needs_of(candidate):
            target, pinned = need.identifier, pins.get(need.identifier)
            if pinned is not None and not need.mask >> pinned.position & 1:
                return frozenset((target,))
            former = after.get(target) or _Open((1 << self._space.size(target)) - 1, frozenset())
            after[target] = _Open(former.mask & need.mask, former.by | {candidate.identifier})
            if not after[target].mask:
                return former.by
        return after
