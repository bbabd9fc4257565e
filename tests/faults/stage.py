"""One app, brought to where a verb starts, hit by a fault, recovered, looked at, and made what was asked for."""

from __future__ import annotations

import itertools
from typing import Protocol

from tests.faults.cells import AFTER, BAD_RELEASE, BEFORE, RELEASE, UNDO, Cell
from tests.faults.judging import Expected, Seen, Standing, judge
from tests.faults.ledger import Ledger
from tests.faults.releases import BAD


class Ground(Protocol):
    """A host with one app; the same moves whatever the app and whoever keeps it."""

    def run(self, verb: str, wanted: Standing) -> bool:
        """Run a verb to its end, which must be good; tell whether it changed anything."""

    def hit(self, cell: Cell, wanted: Standing) -> None:
        """Run the cell's verb, have the fault come at the step, and recover as a host does."""

    def look(self) -> Seen:
        """Return what stands; waits a while for an app that starts."""

    def write(self, word: str) -> bool:
        """Write a word as a visitor; tell whether it was acknowledged."""

    def try_release(self, kind: str, wanted: Standing) -> int:
        """Upgrade to a release that is bad in this way; return how that ended, as an exit code of the host tool.

        Asked only where the profile has such releases.
        """

    def sets(self) -> tuple[str, ...]:
        """Return the backups that are listed."""

    def purge(self) -> None:
        """Take the app away with all its data."""

    def mend(self) -> None:
        """After a cell that failed: make the host one that works again."""


class Stage:
    """Goes from cell to cell; each starts from what the one before left."""

    def __init__(self, ground: Ground) -> None:
        self.ground = ground
        self._numbers = itertools.count(1)
        self._before: Standing | None = None
        self._wanted = Standing("", "", 0)
        self._first = frozenset[str]()  # a word written before the moment a rollback or a restore goes back to
        self._later = frozenset[str]()  # one written after the backup that is restored
        self._sets: tuple[str, ...] = ()

    def prove(self, cell: Cell) -> str:
        """Return what stood after the fault, all else proven."""
        self._set_for(cell.verb)
        with Ledger(self.ground.write, f"w{next(self._numbers)}") as ledger:
            if cell.verb != "install":
                ledger.await_one_more()
            if cell.fault == RELEASE:
                assert self.ground.try_release(cell.step, self._wanted) == BAD[cell.step].code
            else:
                self.ground.hit(cell, self._wanted)
            outcome = self._judged(cell, ledger)
            assert outcome in cell.allowed, f"{outcome} stands"
            self._converge(cell.verb, outcome)
            if cell.verb != "remove":
                ledger.await_one_more()
        assert self._judged(cell, ledger) == AFTER
        return outcome

    def _set_for(self, verb: str) -> None:
        """Bring the app to where the verb starts, and say what it asks for."""
        standing = self.ground.look().standing
        if verb == "install" or standing is None:
            self.ground.purge()
            standing = None
        if verb != "install" and standing is None:
            standing = self._fresh()
            self.ground.run("install", standing)
        self._first = self._later = frozenset()
        self._before, self._wanted = standing, self._next(verb, standing)
        self._sets = self.ground.sets() if verb == "backup" else ()
        if verb == "rollback" and standing:
            self._first = self._written("first")
            self._before, self._wanted = self._fresh(), standing
            self.ground.run("upgrade", self._before)
        if verb == "restore":
            self._first = self._written("first")
            self.ground.run("backup", self._wanted)
            self._later = self._written("later")

    def _written(self, name: str) -> frozenset[str]:
        """Write one word that is acknowledged, and return it."""
        word = f"{name}-{next(self._numbers)}"
        assert self.ground.write(word)
        return frozenset({word})

    def _fresh(self) -> Standing:
        number = next(self._numbers)
        return Standing(f"2026.{number}.0", f"hello {number}", number)

    def _next(self, verb: str, standing: Standing | None) -> Standing:
        fresh = self._fresh()
        if standing is None or verb in ("upgrade", UNDO, BAD_RELEASE):
            return fresh
        if verb == "upgrade-code":
            return Standing(fresh.version, fresh.greeting, standing.schema)
        return Standing(standing.version, fresh.greeting, standing.schema) if verb == "configure" else standing

    def _judged(self, cell: Cell, ledger: Ledger) -> str:
        """Return which of the two states stands; fail when it is neither, or not wholly the one."""
        acknowledged = ledger.acknowledged  # first: what is written while we look need not be there yet
        seen = self.ground.look()
        outcome = self._outcome(cell.verb, seen)
        stands = self._before if outcome == BEFORE or cell.verb == "backup" else self._wanted
        gone = cell.verb == "remove" and outcome == AFTER
        back = cell.verb in ("rollback", "restore") and outcome == AFTER
        undone = gone or back or cell.rescues
        told = acknowledged | self._later if undone else frozenset[str]()
        expected = Expected(None if gone else stands, acknowledged | self._first | self._later, told)
        complaints = judge(seen, expected)
        assert not complaints, "; ".join(complaints)
        return outcome

    def _outcome(self, verb: str, seen: Seen) -> str:
        if verb == "backup":
            return AFTER if set(self.ground.sets()) > set(self._sets) else BEFORE
        if verb == "restore":
            return BEFORE if self._later <= seen.words else AFTER
        if verb == "remove":
            return BEFORE if seen.standing else AFTER
        return BEFORE if seen.standing == self._before else AFTER

    def _converge(self, verb: str, outcome: str) -> None:
        """Run the verb again where it did not succeed; after that, asking for the same changes nothing."""
        if verb in (UNDO, BAD_RELEASE):  # the next one is good
            self._wanted = self._fresh()
            self.ground.run("upgrade", self._wanted)
        elif outcome == BEFORE:
            self.ground.run(verb, self._wanted)
        if verb not in ("remove", "backup"):
            assert not self.ground.run("upgrade", self._wanted), "a second run changes something"
