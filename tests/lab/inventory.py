"""An Ansible inventory of lab machines, as a region's administrator would write it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import yaml

from tests.lab.machine import Machine


def connection(machine: Machine, user: str = "root") -> dict[str, str]:
    """Return the variables that lead Ansible to a machine, checking its host key against the lab's known_hosts."""
    return {
        "ansible_host": machine.address,
        "ansible_user": user,
        "ansible_ssh_private_key_file": str(machine.line.key),
        "ansible_ssh_common_args": " ".join(("-F none", *machine.line.options)),
        "ansible_control_path_dir": str(machine.line.sockets),
    }


def write(
    folder: Path,
    groups: Mapping[str, Iterable[Machine]],
    variables: Mapping[str, Any] | None = None,
    *,
    user: str = "root",
) -> Path:
    """Write `folder`/hosts.yml with machines by group and variables for all; return its path."""
    children = {
        group: {"hosts": {machine.name: connection(machine, user) for machine in machines}}
        for group, machines in groups.items()
    }
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "hosts.yml"
    path.write_text(yaml.safe_dump({"all": {"vars": dict(variables or {}), "children": children}}, sort_keys=False))
    return path
