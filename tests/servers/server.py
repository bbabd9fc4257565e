"""One lab machine, and single roles brought to it by ansible-playbook with our ansible.cfg."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tests.lab import inventory
from tests.lab.lab import CHECKOUT
from tests.lab.machine import Machine

PLAYBOOK = str(Path(sys.executable).with_name("ansible-playbook"))


@dataclass(frozen=True)
class Played:
    """What one run of a role came to."""

    code: int
    output: str
    tasks: tuple[Mapping[str, Any], ...]

    @property
    def changed(self) -> list[str]:
        """Return the names of the tasks that changed something, or would have."""
        return [task["task"] for task in self.tasks if task["event"] == "changed"]

    @property
    def refusal(self) -> dict[str, Any]:
        """Return the code, message and hint of the task that refused, empty when none did."""
        failed = [task["result"] for task in self.tasks if task["event"] == "failed"]
        return dict(failed[0].get("semai_error") or {"message": failed[0].get("msg", "")}) if failed else {}


class Server:
    """A machine with roles; `folder` holds the inventory and what a run writes."""

    def __init__(self, machine: Machine, folder: Path) -> None:
        self.machine, self.folder = machine, folder
        self._runs = 0

    def run(self, command: str, **options: Any) -> str:
        """Run a command there; return what it printed."""
        return self.machine.run(command, **options).out

    def play(
        self,
        role: str,
        variables: Mapping[str, Any] | None = None,
        *,
        check: bool = False,
        user: str = "root",
        fails: bool = False,
    ) -> Played:
        """Bring one role to the machine; with `fails` the run must end with a failure, else it must not."""
        return self._run_play({"roles": [{"role": role}]}, variables, check=check, user=user, fails=fails)

    def task(self, module: str, arguments: Mapping[str, Any], *, fails: bool = False) -> Played:
        """Run one module on the machine."""
        return self._run_play({"tasks": [{"name": f"Only {module}", module: dict(arguments)}]}, fails=fails)

    def _run_play(
        self,
        what: Mapping[str, Any],
        variables: Mapping[str, Any] | None = None,
        *,
        check: bool = False,
        user: str = "root",
        fails: bool = False,
    ) -> Played:
        self._runs += 1
        hosts = inventory.write(self.folder / "inventory", {"server": [self.machine]}, user=user)
        play = {"name": "Only this", "hosts": "server", "gather_facts": False, "become": user != "root", **what}
        book, given, events = (self.folder / f"{self._runs}.{kind}" for kind in ("yml", "json", "events"))
        book.write_text(yaml.safe_dump([play], sort_keys=False))
        given.write_text(json.dumps(dict(variables or {})))
        given.chmod(0o600)
        events.touch()
        more = ("--check", "--diff") if check else ()
        ended = subprocess.run(
            [PLAYBOOK, "-i", str(hosts), "-e", f"@{given}", *more, str(book)],
            cwd=CHECKOUT,
            env={**os.environ, "SEMAI_EVENTS": str(events), "ANSIBLE_CALLBACKS_ENABLED": "semai_events",
                 "ANSIBLE_ROLES_PATH": str(CHECKOUT / "roles"), "ANSIBLE_NOCOLOR": "1"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )  # fmt: skip
        output = ended.stdout + ended.stderr
        assert bool(ended.returncode) == fails, output
        tasks = [json.loads(line) for line in events.read_text().splitlines()]
        return Played(ended.returncode, output, tuple(task for task in tasks if task.get("host")))

    def settled(self, role: str, variables: Mapping[str, Any] | None = None) -> Played:
        """Bring a role twice and see that the second run, and one in check mode, find nothing to change."""
        first = self.play(role, variables)
        assert self.play(role, variables).changed == []
        assert self.play(role, variables, check=True).changed == []
        return first

    def reaches(self, port: int, seconds: float = 2) -> bool:
        """Tell whether this machine gets a connection to a port of the server."""
        try:
            socket.create_connection((self.machine.address, port), timeout=seconds).close()
        except OSError:
            return False
        return True

    def serve(self, unit: str, program: str, *words: str) -> None:
        """Keep a Python program running there as a unit of this name until the machine goes."""
        self.machine.put(f"/opt/{unit}.py", program.encode())
        self.run(f"systemd-run --quiet --unit {unit} python3 /opt/{unit}.py {' '.join(words)}")

    def fingerprint(self, *folders: str) -> str:
        """Return the digest of all paths, modes, owners and contents below folders: did anything change?"""
        places = " ".join(folders or ("/etc", "/srv", "/var/lib/dpkg", "/var/lib/semai", "/usr/sbin"))
        found = self.run(
            f"find {places} -xdev -printf '%p %m %u %g %l\\n' -type f -exec sha256sum {{}} + 2>/dev/null"
            " | grep -vE '/(lock|lock-frontend|ssh_host|\\.pwd\\.lock)' | sort | sha256sum || true"
        )
        assert re.fullmatch(r"[0-9a-f]{64}  -\n", found), found
        return found
