"""Ground on a lab machine: the host tool in the way a controller calls it, faults ordered from outside.

The machine is seen through one probe a time; what differs between apps and databases is in `Database` and in the
classes that derive from `OnMachine`.
"""

from __future__ import annotations

import http.client
import importlib
import json
from abc import ABC, abstractmethod
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import ansible.module_utils

from tests.faults.cells import FULL, KILLED, POWER, STOPPED, Cell
from tests.faults.judging import Seen, Standing
from tests.host.killing import FILLER
from tests.host.rig import wait_until
from tests.lab.lab import CHECKOUT
from tests.lab.machine import Machine
from tests.lab.ssh import Ran

HERE = Path(__file__).parent
ROOT = "/srv/semai"
TOOL = f"{ROOT}/bin/semai-host"
PACKAGES = "/usr/lib/python3/dist-packages"
ENDED = (0, 1, 7)  # done, failed, refused
SHELL_KILLED = 137
SECONDS = 180
_ORDERS = {KILLED: "kill", FULL: "fill", POWER: "hold", STOPPED: "hold"}


@dataclass(frozen=True)
class Database:
    """How the database server of a machine is stopped, and what it tells of the app's data."""

    unit: str
    answers: str  # a command that succeeds once the server takes questions
    copies: str  # a shell command that prints the rows in the copy of the restore point "$1"
    scratch: str  # a shell command that prints what is left besides the app's own database


class OnMachine(ABC):
    """One machine with one app."""

    def __init__(self, machine: Machine, fault: Path, app: str, database: Database) -> None:
        self.machine, self.app, self.database = machine, app, database
        self.folder = f"{ROOT}/apps/{app}"
        self._fault = fault
        self._beside = ThreadPoolExecutor(1)

    def prepare(self) -> None:
        """Bring what strikes, and what a role would have brought: recovery at boot, and where backups go."""
        for path in (HERE / "striking.py", HERE.parent / "host" / "killing.py"):
            self.machine.put(f"{PACKAGES}/{path.name}", path.read_bytes())
        self.machine.put(f"{PACKAGES}/striking.pth", b"import striking\n")
        self.call("recover")

    @abstractmethod
    def words(self, verb: str, wanted: Standing) -> list[str]:
        """Return the verb as it is typed, all it needs brought."""

    @abstractmethod
    def standing(self) -> tuple[Standing, frozenset[str], frozenset[str]]:
        """Return what the app says of itself: its standing, its rows and its letters."""

    @abstractmethod
    def write(self, word: str) -> bool:
        """Write a word as a visitor."""

    @abstractmethod
    def status(self) -> int | None:
        """Return the HTTP status at the app's address, None when nobody answers."""

    # -- what a stage asks

    def run(self, verb: str, wanted: Standing) -> bool:
        return bool(self.call(*self.words(verb, wanted)).get("changed", True))

    def hit(self, cell: Cell, wanted: Standing) -> None:
        words = self.words(cell.verb, wanted)
        self.order(cell, words[0], _ORDERS[cell.fault])
        run = self._beside.submit(self.tool, words)
        if cell.fault == POWER:
            self._lose_power(run)
            return
        if cell.fault == STOPPED:
            self.await_reached(run)
            self.machine.run(f"systemctl stop {self.database.unit}", timeout=60)
            self.go()
        self._await_end(run, cell)
        self.call("recover")

    def look(self) -> Seen:
        told = self._probe()
        there = bool(told["there"])
        if there:
            wait_until(lambda: self.status() == 200, "the app answers", 40)
        standing, rows, letters = self.standing() if there else (None, frozenset(), frozenset())
        return Seen(
            standing=standing,
            receipt=told["receipt"],
            rows=rows,
            letters=letters,
            kept=frozenset(told["kept"]),
            answers=there or self.status() is not None,  # of one that is there an answer was awaited above
            maintenance=bool(told["maintenance"]),
            left=tuple(told["left"]),
            running=tuple(told["running"]),
        )

    def sets(self) -> tuple[str, ...]:
        return tuple(found["set"] for found in self.call("backup", "list")["sets"])

    def purge(self) -> None:
        if self.machine.line.run(f"test -e {self.folder}").code == 0:
            self.call("remove", self.app, "--purge")

    def mend(self) -> None:
        for name in ("order", "reached", "go"):
            (self._fault / name).unlink(missing_ok=True)
        self.machine.power_cut()
        self.machine.start()
        self.machine.run(f"rm -f {ROOT}/{FILLER}; systemctl start {self.database.unit}")
        self._await_database()
        self.call("recover")
        self.purge()

    # -- orders

    def order(self, cell: Cell, verb: str, fault: str) -> None:
        """Have the next run of the host tool's verb meet the fault when it is at the step."""
        order = {"step": cell.step, "status": cell.status, "verb": verb, "fault": fault, "root": ROOT}
        waiting = self._fault / "order.new"
        waiting.write_text(json.dumps(order))
        waiting.rename(self._fault / "order")

    def await_reached(self, run: Future[Ran]) -> None:
        """Return once the run is at the step; fail when it ended without."""
        reached = self._fault / "reached"
        wait_until(lambda: reached.exists() or run.done(), "the run is at the step", SECONDS)
        assert reached.exists(), f"no fault: {run.result()}"

    def go(self) -> None:
        """Let a run that is held go on."""
        (self._fault / "go").touch()

    def settle(self) -> None:
        """Take the order back when its run is over; fail when no fault came."""
        assert (self._fault / "reached").exists(), "no fault came"
        for name in ("reached", "go"):
            (self._fault / name).unlink(missing_ok=True)

    # -- parts

    def call(self, *words: str) -> dict[str, Any]:
        """Run a verb to its good end; return its answer."""
        ran = self.tool(words)
        assert ran.code == 0, f"{words} ended with {ran.code}\n{ran.out}\n{ran.err[-3000:]}"
        found: dict[str, Any] = json.loads(ran.out)
        return found

    def tool(self, words: list[str] | tuple[str, ...]) -> Ran:
        """Run a verb; its exit code, or that of the signal that ended it, is the code."""
        # The last command keeps the shell there, which tells a signal as a code of its own.
        return self.machine.line.run(f"{TOOL} --root {ROOT} {' '.join(words)}; exit $?", timeout=SECONDS)

    def _lose_power(self, run: Future[Ran]) -> None:
        self.await_reached(run)
        self.machine.power_cut()
        run.exception()  # its line is gone with it
        self.settle()
        self.machine.start()
        result = self.machine.run("systemctl show -P Result semai-recover.service").out.strip()
        assert result == "success", f"recovery at boot: {result}"

    def _await_end(self, run: Future[Ran], cell: Cell) -> None:
        ran = run.result()
        self.settle()
        assert ran.code in ((SHELL_KILLED,) if cell.fault == KILLED else ENDED), ran
        self.machine.run(f"rm -f {ROOT}/{FILLER}; systemctl start {self.database.unit}")
        self._await_database()

    def _await_database(self) -> None:
        wait_until(lambda: self.machine.line.run(self.database.answers).code == 0, "the database answers", 60)

    def _probe(self) -> dict[str, Any]:
        names = {"app": self.app, "root": ROOT, "copies": self.database.copies, "scratch": self.database.scratch}
        code = f"NAMES = {names!r}\n{(HERE / 'probe.py').read_text()}"
        found: dict[str, Any] = json.loads(self.machine.run("python3 -", given=code.encode()).out)
        return found


def ask(address: str, port: int, path: str, method: str = "GET") -> tuple[int, Any]:
    """Return status and body (JSON where it is some) of a page."""
    connection = http.client.HTTPConnection(address, port, timeout=10)
    try:
        connection.request(method, path)
        answer = connection.getresponse()
        body = answer.read()
        return answer.status, json.loads(body) if body[:1] == b"{" else body.decode(errors="replace")
    finally:
        connection.close()


def asked(address: str, port: int, path: str, method: str = "GET") -> int | None:
    """Return the status of a page, None when nobody answers."""
    try:
        return ask(address, port, path, method)[0]
    except (OSError, http.client.HTTPException, ValueError):
        return None


def recovery_unit() -> tuple[str, bytes]:
    """Return name and text of the unit that recovers at boot, as the role hostctl writes it."""
    places = ansible.module_utils.__path__
    ours = str(CHECKOUT / "installer" / "semai" / "playbooks" / "module_utils")
    if ours not in places:
        places.append(ours)
    units = importlib.import_module("ansible.module_utils.semai_hostctl_units")
    return units.RECOVERY, units.units(ROOT, True, ())[units.RECOVERY].encode()


def install(machine: Machine, packages: str) -> None:
    """Install Debian packages."""
    words = "DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends"
    machine.run(f"apt-get update -q && {words} {packages}", timeout=400)


def bring_backups(machine: Machine) -> None:
    """Do what the role backup does."""
    known = {"schema": 1, "repository": {"kind": "local", "location": f"{ROOT}/backups"}}
    machine.put(f"{ROOT}/backup/backup.json", json.dumps(known).encode(), "0600")
    machine.put(f"{ROOT}/backup/env", b'RESTIC_PASSWORD="a password of the tests"\n', "0600")
