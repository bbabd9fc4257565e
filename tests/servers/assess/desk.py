"""The administrator's desk: a region with two selected apps, a trusted catalog, and hosts.yml of lab machines."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import yaml

from tests.lab import inventory
from tests.lab.machine import Machine
from tests.operations.region_world import World, app, manifest, release

NEEDS = {"ram_mb": 140, "disk_mb": 120}
APPS = ("batang/e-budgeting", "batang/e-planning")


class Desk:
    """Writes hosts.yml and runs `semai assess`."""

    def __init__(self, folder: Path) -> None:
        self.world = World(folder)
        planning = manifest("e-planning", "2026.11.0", needs=NEEDS)
        budgeting = manifest("e-budgeting", "2026.11.0", needs={**NEEDS, "python": ">=3.10,<3.13"})
        self.world.trust("batang", app("e-planning", release(planning)), app("e-budgeting", release(budgeting)))
        self.world.select({APPS[0]: {"port": 8102}, APPS[1]: {"port": 8101}})

    def hosts(self, groups: Mapping[str, Iterable[Machine]], *, user: str = "root", **variables: Any) -> None:
        """Write hosts.yml for the server profile."""
        path = inventory.write(
            self.world.files.folder,
            groups,
            {"semai_profile": "server", "semai_root": "/srv/semai", "ansible_become": True, **variables},
            user=user,
        )
        assert yaml.safe_load(path.read_text())["all"]["children"]

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run the command as a person without a terminal would."""
        places = ["--state", str(self.world.state), "--inventories", str(self.world.inventories)]
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("ANSIBLE_", "SEMAI_"))}
        return subprocess.run(
            [sys.executable, "-m", "semai.cli.main", *places, "assess", *words],
            env={**kept, "LC_ALL": "C.UTF-8", "LANG": "C.UTF-8"},
            capture_output=True,
            text=True,
            check=False,
        )

    def assess(
        self, *machines: Machine, user: str = "root", expected: int = 0, words: Iterable[str] = ()
    ) -> Answer:
        """Judge machines that are all app hosts, the first also proxy and database; return the JSON."""
        first = machines[:1]
        groups = {"app": machines} if len(machines) == 1 else {"app": machines, "proxy": first, "database": first}
        self.hosts(groups, user=user)
        run = self.run("--json", *words)
        assert run.returncode == expected, run.stderr + run.stdout[-3000:]
        return Answer(json.loads(run.stdout))


class Answer:
    """What `--json` says."""

    def __init__(self, said: Mapping[str, Any]) -> None:
        self.said = said
        self.hosts = {host["host"]: host for host in said["hosts"]}
        self.apps = {entry["app"]: entry for entry in said["apps"]}

    def codes(self, machine: Machine) -> set[str]:
        """Return the codes found on a machine."""
        return {finding["code"] for finding in self.hosts[machine.name]["findings"]}

    def finding(self, machine: Machine, code: str) -> dict[str, Any]:
        """Return one finding of a machine."""
        return next(f for f in self.hosts[machine.name]["findings"] if f["code"] == code)

    def measured(self, machine: Machine) -> dict[str, Any]:
        """Return what was measured on a machine."""
        return dict(self.hosts[machine.name]["measured"])
