"""The matrix of faults as data: where, which verb is hit at which step by which fault, what may stand afterwards.

A fault comes when the run says that the step begins: its journal knows, and nothing of the step is done yet.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from tests.faults import steps
from tests.faults.releases import BAD, DONE, FILLS

BEFORE, AFTER = "before", "after"
KILLED, POWER, FULL = "tool killed", "power cut", "disk full"
STOPPED, CONTROLLER, LINE = "database stopped", "controller killed", "line cut"
RELEASE = "the release itself"
FAULTS = {
    KILLED: "SIGKILL of the host tool; then `semai-host recover`",
    POWER: "on a machine: all its processes end and what had not reached its disk is lost, then it boots; "
    "embedded: SIGKILL of the host tool, supervisord and every program of the apps, then they start",
    FULL: "not a byte left on the file system of the root (on a machine that of the database too); "
    "room is made once the tool has ended, then `semai-host recover`",
    STOPPED: "the database server is stopped; it is started once the tool has ended, then `semai-host recover`",
    CONTROLLER: "SIGKILL of `semai` and of all it started; the host goes on by itself",
    LINE: "every packet between controller and host is lost until the controller has noticed; "
    "the host goes on by itself, the controller finds its end",
}


@dataclass(frozen=True)
class Profile:
    """Where cells are tried, and why some faults are not."""

    title: str
    left_out: Mapping[str, str] = field(default_factory=dict)

    releases: tuple[str, ...] = ()  # the bad ones that are tried

    @property
    def faults(self) -> tuple[str, ...]:
        return tuple(fault for fault in FAULTS if fault not in self.left_out)


EMBEDDED, POSTGRESQL, MARIADB = "embedded", "postgresql", "mariadb"
_ELSEWHERE = "what a host does when its controller is gone does not depend on the app: tried with PostgreSQL"
PROFILES = {
    EMBEDDED: Profile(
        "embedded: Python, SQLite, supervisord; backups as plain archives",
        {
            STOPPED: "SQLite is a file, there is no server",
            CONTROLLER: "the host goes on by itself as a machine does, where it is tried",
            LINE: "controller and host are one machine",
        },
        tuple(BAD),
    ),
    POSTGRESQL: Profile(
        "a Debian 12 machine: Python, PostgreSQL, systemd; backups with restic",
        releases=tuple(kind for kind in BAD if kind != FILLS),
    ),
    MARIADB: Profile(
        "a Debian 12 machine: PHP, MariaDB, systemd; backups with restic",
        {CONTROLLER: _ELSEWHERE, LINE: _ELSEWHERE},
        ("unhealthy", "migration-fails"),
    ),
}


@dataclass(frozen=True)
class Verb:
    """A verb's steps in their order, and the one after which a run is finished rather than undone."""

    steps: tuple[str, ...]
    commit: str
    meaning: str
    left_out: Mapping[str, str] = field(default_factory=dict)  # faults, or profiles, with the reason


def _of(book: steps.Runbook, meaning: str) -> Verb:
    return Verb(steps.names(book), book.commit, meaning)


RUNBOOKS = {
    "install": steps.runbook("activate", installed=False),
    "upgrade": steps.runbook("activate"),
    "upgrade-code": steps.runbook("activate", "code"),
    "configure": steps.runbook("configure"),
    "rollback": steps.runbook("rollback"),
    "restore": steps.runbook("restore"),
    "remove": steps.runbook("remove"),
}
_MEANINGS = {
    "install": "a first release",
    "upgrade": "the next release, of class migrate",
    "upgrade-code": "the next release, of class code: nobody meets a maintenance page",
    "configure": "the same release with another configuration",
    "rollback": "back to the newest restore point; what was written after it is kept in a new one",
    "restore": "the data of a backup in the place of those there are; these are kept in a restore point",
    "remove": "off the host; the data stay as a restore point",
}
UNDO = "undo"  # hit when the run says that it takes the step back
_TAKEN_BACK = tuple(step.name for step in RUNBOOKS["upgrade"].steps() if step.undo and step.name != "receipt")
_ALONE = "a host that undoes asks nobody"
VERBS = {
    **{name: _of(book, _MEANINGS[name]) for name, book in RUNBOOKS.items()},
    UNDO: Verb(
        _TAKEN_BACK[::-1],
        "",
        "an upgrade that takes itself back, because its release is well in its trial and not in public",
        {CONTROLLER: _ALONE, LINE: _ALONE, MARIADB: "the PHP app has no such release"},
    ),
    "backup": Verb(steps.of_backup(), steps.of_backup()[-1], "a set of the app, listed once it was read back"),
}


BAD_RELEASE = "bad-release"  # a verb of its own: an upgrade whose steps are the kinds of bad releases


@dataclass(frozen=True)
class Cell:
    """One fault at one step of one verb in one profile."""

    profile: str
    verb: str
    step: str
    fault: str

    def __str__(self) -> str:
        return "-".join((self.profile, self.verb, self.step, self.fault.replace(" ", "-")))

    @property
    def status(self) -> str:
        """What the run says of the step when the fault comes."""
        return "undoing" if self.verb == UNDO else "begun"

    @property
    def rescues(self) -> bool:
        """Tell whether people may have written to a release that then failed; the run says where that is kept."""
        if self.fault == RELEASE:
            return BAD[self.step].rescued
        steps = VERBS[self.verb].steps
        failed = self.fault in (FULL, STOPPED) and self.verb in ("install", "upgrade", "rollback", "restore")
        return self.verb == UNDO or (failed and steps.index(self.step) >= steps.index("restart"))

    @property
    def allowed(self) -> tuple[str, ...]:
        """What may stand after recovery: what stood before the verb, or what it was asked for."""
        if self.verb == UNDO:
            return (BEFORE,)
        if self.fault == RELEASE:
            return (AFTER,) if BAD[self.step].code == DONE else (BEFORE,)
        if self.fault in (FULL, STOPPED):
            return (BEFORE, AFTER)
        if self.fault in (CONTROLLER, LINE):
            return (AFTER,)
        verb = VERBS[self.verb]
        return (AFTER if verb.steps.index(self.step) > verb.steps.index(verb.commit) else BEFORE,)


def _cells() -> Iterator[Cell]:
    for profile, about in PROFILES.items():
        for name, verb in VERBS.items():
            faults = [fault for fault in about.faults if fault not in verb.left_out]
            for step in verb.steps if profile not in verb.left_out else ():
                yield from (Cell(profile, name, step, fault) for fault in faults)
        yield from (Cell(profile, BAD_RELEASE, kind, RELEASE) for kind in about.releases)


CELLS = tuple(_cells())


def _embedded() -> Iterator[Cell]:
    """Every second step of every verb, faults in turn; of upgrade-code those that promise something else."""
    faults = PROFILES[EMBEDDED].faults
    for shift, (name, verb) in enumerate(VERBS.items()):
        for number, step in list(enumerate(verb.steps))[shift % 2 :: 2]:
            cell = Cell(EMBEDDED, name, step, faults[(number // 2 + shift) % len(faults)])
            if name != "upgrade-code" or _promise(name, step) != _promise("upgrade", step):
                yield cell


def _promise(verb: str, step: str) -> tuple[str, ...]:
    return Cell(EMBEDDED, verb, step, KILLED).allowed


_ON_MACHINES = (  # on top of the embedded cells: what only a machine and a database server can meet
    Cell(POSTGRESQL, "install", "migrate", KILLED),
    Cell(POSTGRESQL, "install", "trial", POWER),
    Cell(POSTGRESQL, "upgrade", "restore-point", STOPPED),
)
SELECTED = (
    *_embedded(),
    *(Cell(EMBEDDED, BAD_RELEASE, kind, RELEASE) for kind in BAD),
    *_ON_MACHINES,
)
