"""The matrix of faults as data: which verb is hit at which step by which fault, and what must stand afterwards.

A fault comes when the journal says that the step began and nothing of it is done yet.
"""

from __future__ import annotations

from dataclasses import dataclass

from tests.host.test_activate import STEPS
from tests.host.test_kill import CONFIGURE, REMOVE

BEFORE, AFTER = "before", "after"
FAULTS = {
    "tool killed": "SIGKILL of the host tool; then `semai-host recover`",
    "power cut": "SIGKILL of the host tool, supervisord and every program of the apps; then the boot",
    "disk full": "not a byte left on the file system of the root; room is made once the tool has ended",
}


@dataclass(frozen=True)
class Verb:
    """A verb's steps in their order, and the one after which a run is finished rather than undone."""

    steps: tuple[str, ...]
    commit: str


VERBS = {
    "install": Verb(tuple(STEPS), "trial"),
    "upgrade": Verb(tuple(STEPS), "trial"),
    "configure": Verb(tuple(CONFIGURE), "health"),
    "remove": Verb(tuple(REMOVE), "receipt-out"),
}


@dataclass(frozen=True)
class Cell:
    """One fault at one step of one verb."""

    verb: str
    step: str
    fault: str

    def __str__(self) -> str:
        return f"{self.verb}-{self.step}-{self.fault.replace(' ', '-')}"

    @property
    def allowed(self) -> tuple[str, ...]:
        """What may stand after recovery: what stood before the verb, or what it was asked for."""
        if self.fault == "disk full":
            return (BEFORE, AFTER)
        verb = VERBS[self.verb]
        return (AFTER if verb.steps.index(self.step) > verb.steps.index(verb.commit) else BEFORE,)


CELLS = tuple(Cell(name, step, fault) for name, verb in VERBS.items() for step in verb.steps for fault in FAULTS)
