"""How a host is asked without Ansible, by plain ssh or on this machine; None where only Ansible would know. Pure.

semai asks hosts far more often than it changes them, and Ansible takes two seconds before it asks anything.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

# What is understood here of Ansible's own variables; with any other one the question is left to Ansible.
_KNOWN = {
    "ansible_host",
    "ansible_user",
    "ansible_port",
    "ansible_ssh_private_key_file",
    "ansible_ssh_common_args",
    "ansible_control_path_dir",
    "ansible_become",
    "ansible_python_interpreter",
}
_KNOWN_HERE = {"ansible_connection", "ansible_python_interpreter"}
_OWN_PYTHON = "{{ ansible_playbook_python }}"  # what hosts.yml says of the machine semai itself runs on
_CONTROL_FOLDER = "~/.ansible/cp"
_PYTHON = "/usr/bin/python3"


def direct_lines(value: Any, ssh_args: str, own_python: str, verb: Sequence[str]) -> dict[str, list[str]] | None:
    """Return host -> the command that runs a verb of the host tool there, from the content of hosts.yml.

    `own_python` is the Python that semai and its Ansible run with.
    """
    of_groups: dict[str, dict[str, Any]] = {}
    own: dict[str, dict[str, Any]] = {}
    for name, inherited, variables in _hosts(value.get("all") if isinstance(value, dict) else None, {}):
        of_groups.setdefault(name, {}).update(inherited)
        own.setdefault(name, {}).update(variables)
    lines: dict[str, list[str]] = {}
    for name in own:
        variables = {**of_groups[name], **own[name]}
        line = _here(variables, own_python, verb) or _line(name, variables, ssh_args, verb)
        if line is None:
            return None
        lines[name] = line
    return lines


def _hosts(group: Any, inherited: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any], Mapping[str, Any]]]:
    """Yield every host of a group and those below it, the variables of its groups, and its own."""
    if not isinstance(group, dict):
        return
    shared = {**inherited, **(group.get("vars") or {})}
    for name, own in (group.get("hosts") or {}).items():
        yield name, shared, own or {}
    for child in (group.get("children") or {}).values():
        yield from _hosts(child, shared)


def _here(variables: Mapping[str, Any], own_python: str, verb: Sequence[str]) -> list[str] | None:
    """Return the command for this machine itself, without another account; None for all other hosts."""
    theirs = {key: value for key, value in variables.items() if str(key).startswith("ansible_")}
    root, python = variables.get("semai_root"), str(theirs.get("ansible_python_interpreter") or "")
    python = own_python if python == _OWN_PYTHON else python
    if theirs.get("ansible_connection") != "local" or not theirs.keys() <= _KNOWN_HERE:
        return None
    if not isinstance(root, str) or "{{" in root or "{{" in python or not python:
        return None
    return [python, f"{root}/bin/semai-host", "--root", root, *verb]


def _line(name: str, variables: Mapping[str, Any], ssh_args: str, verb: Sequence[str]) -> list[str] | None:
    theirs = {key: value for key, value in variables.items() if str(key).startswith("ansible_")}
    plain = all(isinstance(value, (str, int)) and "{{" not in str(value) for value in theirs.values())
    root = variables.get("semai_root")
    if not theirs.keys() <= _KNOWN or not plain or not isinstance(root, str) or "{{" in root:
        return None
    user = theirs.get("ansible_user")
    become = user != "root"
    if become and theirs.get("ansible_become") is not True:
        return None
    python = str(theirs.get("ansible_python_interpreter") or _PYTHON)
    command = shlex.join([python, f"{root}/bin/semai-host", "--root", root, *verb])
    return [*_connection(name, theirs, ssh_args), f"sudo -n {command}" if become else command]


def _connection(name: str, theirs: Mapping[str, Any], ssh_args: str) -> list[str]:
    words = ["ssh", "-o", "BatchMode=yes", "-o", "ConnectTimeout=10", *shlex.split(ssh_args)]
    folder = theirs.get("ansible_control_path_dir", _CONTROL_FOLDER)
    words += ["-o", f"ControlPath={folder}/semai-%C"]
    words += shlex.split(str(theirs.get("ansible_ssh_common_args", "")))
    for key, option in (("ansible_user", "-l"), ("ansible_port", "-p"), ("ansible_ssh_private_key_file", "-i")):
        if key in theirs:
            words += [option, str(theirs[key])]
    return [*words, "--", str(theirs.get("ansible_host", name))]
