"""The probe and the host tool on bare Debian machines: over ssh, host keys checked, only Debian's Python there."""

from __future__ import annotations

import ast
import json
import sys
import time
from collections.abc import Iterable
from pathlib import Path

import pytest
from semai.adapters import resources
from semai.adapters.ansible import Run, ssh_args
from semai.adapters.direct import Asking
from semai.adapters.region_files import RegionFiles
from semai.adapters.state import State
from semai.adapters.yaml_files import read_document
from semai.core.direct import direct_lines
from semai.errors import HostRefused
from semai.operations.probe import Probe, Probed, Site
from semai_host.packing import pack

from tests.lab import inventory
from tests.lab.fixtures import Machines
from tests.lab.image import DEBIAN_13
from tests.lab.lab import CHECKOUT, Lab
from tests.lab.machine import Machine

pytestmark = pytest.mark.lab

TOOL = CHECKOUT / "installer" / "semai_host"


def ask(
    folder: Path,
    machines: Iterable[Machine],
    *,
    user: str = "root",
    root: str = "/srv/semai",
    directly: bool = False,
    ansible: bool = True,
) -> Probed:
    """Probe machines as `semai plan` does, with hosts.yml alone: by Ansible, or by ssh first."""
    files = RegionFiles(folder / "manggarai")
    inventory.write(files.folder, {"app": machines}, {"semai_profile": "embedded", "semai_root": root}, user=user)
    site = Site(files, State(folder / "state"), resources.find(), folder / "vault-password")
    lines = direct_lines(read_document(files.hosts).value, ssh_args(), "", ["probe"]) if directly else None

    def start() -> Run:
        assert ansible, "Ansible was asked after all"
        return site.ansible("probe").start("probe")

    return Probe(site, start, Asking(lines) if lines else None).finish()


def leave_minimal_python(machine: Machine) -> None:
    """Remove everything of Python but the package python3-minimal, as a small Debian has it."""
    machine.run("apt-get -y purge 'libpython3.*-stdlib'")


def test_bare_hosts_are_asked_in_one_run_and_one_without_full_python_does_not_stop_the_others(
    machines: Machines, tmp_path: Path
) -> None:
    bare, plain = machines(2)
    leave_minimal_python(bare)
    probed = ask(tmp_path, [bare, plain])
    assert [(entry.host, entry.code) for entry in probed.unready] == [(bare.name, "python-missing")]
    state = probed.states[plain.name]
    assert (state.host.os.id, state.host.os.version_id, state.host.python) == ("debian", "12", "3.11")
    assert (state.tool, dict(state.apps), state.access.writable) == (None, {}, True)

    bare.run(
        "apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends python3"
    )
    assert set(ask(tmp_path, [bare, plain]).states) == {bare.name, plain.name}


def imported_by_the_tool() -> set[str]:
    """Return the standard modules that the host tool imports anywhere."""
    found: set[str] = set()
    for path in TOOL.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                found |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and not node.level and node.module:
                found.add(node.module)
    return {name for name in found if name.partition(".")[0] in sys.stdlib_module_names}


def test_python3_minimal_lacks_modules_of_the_host_tool_and_python3_has_them_all(machine: Machine) -> None:
    ask_for = "import importlib, sys\nfor name in sys.argv[1:]:\n try: importlib.import_module(name)\n"
    ask_for += " except ImportError: print(name)\n"
    words = f"python3 - {' '.join(sorted(imported_by_the_tool()))}"
    assert machine.run(words, given=ask_for.encode()).out == ""
    leave_minimal_python(machine)
    lacking = set(machine.run(words, given=ask_for.encode()).out.split())
    assert lacking >= {"dataclasses", "http.client", "json", "shutil", "sqlite3", "tarfile", "zipfile"}


@pytest.mark.parametrize("release", ["12", "13"])
def test_the_host_tool_is_one_file_that_runs_on_a_bare_machine(
    machines: Machines, tmp_path: Path, release: str
) -> None:
    (machine,) = machines(1, DEBIAN_13) if release == "13" else machines(1)
    machine.put("/srv/semai/bin/semai-host", pack(), "0755")
    said = json.loads(machine.run("/srv/semai/bin/semai-host --root /srv/semai state").out)
    assert (said["host"]["os"]["version_id"], said["host"]["hostname"]) == (release, machine.name)
    assert said["tool"] is not None
    by_ansible, by_ssh = ask(tmp_path, [machine]), ask(tmp_path, [machine], directly=True, ansible=False)
    assert by_ansible.states[machine.name].tool == said["tool"]
    assert by_ssh.states[machine.name].access == by_ansible.states[machine.name].access
    assert by_ssh.states[machine.name].tool_sha256 == by_ansible.states[machine.name].tool_sha256


def test_a_user_without_sudo_can_be_asked_and_is_told_where_he_may_not_write(
    machine: Machine, tmp_path: Path
) -> None:
    machine.add_user("petugas", sudo=False)
    denied = ask(tmp_path, [machine], user="petugas")
    assert machine.name in denied.states
    assert [entry.code for entry in denied.unready] == ["root-not-writable"]
    own = ask(tmp_path, [machine], user="petugas", root="/home/petugas/semai")
    assert own.unready == ()
    assert own.states[machine.name].access.path == "/home/petugas"


def test_a_changed_host_key_is_refused_and_named(machine: Machine, tmp_path: Path) -> None:
    machine.put("/srv/semai/bin/semai-host", pack(), "0755")
    machine.change_host_key()
    probed = ask(tmp_path, [machine], directly=True)
    assert not probed.states
    with pytest.raises(HostRefused, match=f"{machine.name} shows another host key") as refused:
        probed.require_ready()
    assert (refused.value.code, "ssh-keygen -R" in refused.value.hint) == ("host-key-changed", True)


def test_an_unknown_host_key_is_refused_and_not_learned(lab: Lab, machine: Machine, tmp_path: Path) -> None:
    known = lab.known_hosts.read_bytes()
    lab.known_hosts.write_bytes(b"")
    try:
        machine.line.drop()
        with pytest.raises(HostRefused, match=f"host key of {machine.name} is not known") as refused:
            ask(tmp_path, [machine]).require_ready()
        assert refused.value.code == "host-key-unknown"
        assert lab.known_hosts.read_bytes() == b""
    finally:
        lab.known_hosts.write_bytes(known)


def test_a_host_that_is_down_is_named_soon_and_the_others_answer(machines: Machines, tmp_path: Path) -> None:
    down, well = machines(2)
    down.power_cut()
    begun = time.monotonic()
    probed = ask(tmp_path, [down, well])
    assert time.monotonic() - begun < 30
    assert set(probed.states) == {well.name}
    with pytest.raises(HostRefused, match=f"{down.name} cannot be reached.*{down.address}"):
        probed.require_ready()
