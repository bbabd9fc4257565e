"""The canary with PostgreSQL behind nginx, brought by `semai` over ssh; the controller dies or loses its line."""

from __future__ import annotations

import http.client
import os
import signal
import subprocess
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from semai.core.catalog import Manifest
from semai_host import locks

from tests.faults.cells import CONTROLLER, Cell
from tests.faults.judging import Standing
from tests.faults.machine import OnMachine
from tests.faults.python_machine import postgresql
from tests.host.rig import canary_wheel, sha256, uv_wheel, wait_until
from tests.lab.lab import Lab
from tests.lab.machine import Machine
from tests.servers.several import USER, Notebook, Region

APP = "kolam"
GONE_SECONDS = 5  # longer than ssh waits for an answer, as the inventory below has it
IMPATIENT = "-o ControlMaster=auto -o ControlPersist=60s -o ServerAliveInterval=1 -o ServerAliveCountMax=2"
ANSWERED = (0, 7)  # done; or the line broke before the controller knew the run, which it says as 7


@dataclass(frozen=True)
class Release(Notebook):
    """A release of the canary under one configuration, as a catalog would have it."""

    name: str = APP
    greeting: str = "hello"
    schema: int = 1

    @property
    def answers(self) -> dict[str, str]:
        """Return the region's answers to what the app asks."""
        return {"greeting": self.greeting}

    def manifest(self) -> Manifest:
        return Manifest.model_validate(
            {
                "version": self.version,
                "needs": {"ram_mb": 20, "disk_mb": 20},
                "resources": {"database": "postgresql", "media": True},
                "questions": {"greeting": {"title": "How visitors are greeted", "default": "hello"}},
                "environment": {
                    "SECRET_KEY": "{{ secrets.secret_key }}",
                    "DATABASE_URL": "postgres://{{ database.name }}@/{{ database.name }}",
                    "DATABASE_HOST": "{{ database.host }}",
                    "SEMAI_APP": "{{ app.id }}",
                    "SEMAI_MEDIA": "{{ paths.media }}",
                    "CANARY_PUBLIC": "fd://3",
                    "GREETING": "{{ answers.greeting }}",
                },
                "commands": {
                    "serve": ["canary", "serve"],
                    "migrate": ["canary", "migrate"],
                    "after_install": [["canary", "after-install"]],
                },
                "lifecycle": {"upgrade_from": [">=2026"], "change": self.change},
                "health": {"timeout_seconds": 20},
            }
        )

    def files(self) -> Iterable[tuple[str, str, bytes]]:
        content = canary_wheel(self.version, self.behaviour, self.schema)
        yield ("tool", *uv_wheel())
        yield "wheel", f"canary-{self.version}-py3-none-any.whl", content
        lock = f"canary=={self.version} --hash=sha256:{sha256(content)}\n"
        yield "requirements", "requirements.txt", lock.encode()


class Controller(OnMachine):
    """A region with one machine."""

    def __init__(self, region: Region, machine: Machine, fault: Path) -> None:
        super().__init__(machine, fault, APP, postgresql(f"semai_{APP}"))
        self.region = region
        self._locked = Release(version="2026.0.0")  # older than any that cells ask for
        self._changes: dict[str, str] = {}  # the class of each version, which is part of a release

    def prepare(self) -> None:
        self.region.backup_key = "a password of the tests"
        self.machine.add_user(USER, sudo=True)
        groups = {"proxy": [self.machine], "app": [self.machine], "database": [self.machine]}
        self.region.place(groups, ansible_ssh_args=IMPATIENT)
        self.region.lock(self._locked)
        self.region.semai("apply", "--yes")
        super().prepare()

    def words(self, verb: str, wanted: Standing) -> list[str]:
        """Return what is typed to the controller, the wishes of the region written."""
        if verb == "rollback":
            return ["rollback", APP, "--yes"]
        if verb == "backup":
            return ["backup", "create", APP, "--yes"]
        if verb == "restore":
            return ["backup", "restore", self.sets()[0], "--app", APP, "--yes"]
        if verb == "remove":
            self.region.lock()
            return ["apply", "--yes"]
        change = self._changes.setdefault(wanted.version, "code" if verb == "upgrade-code" else "migrate")
        self._locked = Release(
            version=wanted.version, change=change, greeting=wanted.greeting, schema=wanted.schema
        )
        self.region.lock(self._locked)
        return ["apply", "--yes"]

    def run(self, verb: str, wanted: Standing) -> bool:
        said = self.region.read(*self.words(verb, wanted))
        return bool(said.get("changed", True)) if isinstance(said, dict) else True

    def hit(self, cell: Cell, wanted: Standing) -> None:
        words = self.words(cell.verb, wanted)
        self.order(cell, _tool_verb(cell.verb), "hold")
        begun = self.region.begin(*words)
        self._await_reached(begun)
        if cell.fault == CONTROLLER:
            self._kill(begun)
            self.go()
            self._await_rest()
        else:
            self.machine.cut_line()
            self.go()
            self._await_rest()
            time.sleep(GONE_SECONDS)
            self.machine.restore_line()
            self._end(begun)
        self.settle()

    def mend(self) -> None:
        self.machine.restore_line()
        super().mend()

    def standing(self) -> tuple[Standing, frozenset[str], frozenset[str]]:
        health, settings, content = (self._ask(path)[1] for path in ("/healthz", "/settings", "/content"))
        standing = Standing(health["release"], settings["GREETING"], content["schema"])
        return standing, frozenset(content["words"]), frozenset(content["letters"])

    def write(self, word: str) -> bool:
        try:
            return self._ask(f"/visit?word={word}", "")[0] == http.client.OK
        except (OSError, http.client.HTTPException, ValueError):
            return False

    def status(self) -> int | None:
        try:
            status = self._ask("/healthz")[0]
        except (OSError, http.client.HTTPException, ValueError):
            return None
        return None if status in (http.client.BAD_GATEWAY, http.client.NOT_FOUND) else status

    def _ask(self, path: str, given: str | None = None) -> tuple[int, Any]:
        return self.region.open(self.machine, self._locked, path, given)

    def _await_reached(self, begun: subprocess.Popen[str]) -> None:
        reached = self._fault / "reached"
        wait_until(lambda: reached.exists() or begun.poll() is not None, "the run is at the step", 180)
        assert reached.exists(), f"no fault came: {begun.communicate()}"

    def _kill(self, begun: subprocess.Popen[str]) -> None:
        """Kill the command and all it started in one go, as when the controller loses power."""
        for pid in (begun.pid, *_below(self.region.folder)):
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:  # it ended with its parent
                continue
        begun.communicate(timeout=30)

    def _await_rest(self) -> None:
        """Wait until no host tool is at work; the machine's disk is seen from here, whatever its line does."""
        journal = self.machine.folder / "root" / "srv" / "semai" / "journal"
        lock = journal.parent / "lock"
        wait_until(lambda: locks.holder(lock) is None, "the host comes to rest", 120)
        assert not list(journal.glob("*.json"))

    def _end(self, begun: subprocess.Popen[str]) -> None:
        out, said = begun.communicate(timeout=300)
        assert begun.returncode in ANSWERED, f"ended with {begun.returncode}\n{said}\n{out}"


def _tool_verb(verb: str) -> str:
    """Return the host tool's verb, as an order names it."""
    return verb if verb in ("rollback", "restore", "remove", "backup") else "activate"


def _below(folder: Path) -> Iterator[int]:
    """Yield the processes with the folder in their words."""
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            words = (entry / "cmdline").read_bytes()
        except OSError:  # it ended meanwhile
            continue
        if str(folder).encode() in words and int(entry.name) != os.getpid():
            yield int(entry.name)


@contextmanager
def ground(lab: Lab, folder: Path, fault: Path) -> Iterator[Controller]:
    """Yield a fresh machine with its region; `fault` is the folder both sides see."""
    machines = lab.machines(1, shared={"/fault": fault})
    try:
        made = Controller(Region(folder), machines[0], fault)
        made.prepare()
        yield made
    finally:
        lab.discard(machines)
