"""Two servers that cannot be worked on as they are: without Python, without sudo, with a key nobody knows yet.

Python is the one thing semai brings by itself; the rest it names, with what to do. About a minute in all.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from tests.lab.lab import Lab
from tests.lab.machine import Machine
from tests.servers.several import USER, Region

pytestmark = [pytest.mark.lab, pytest.mark.thorough]


@dataclass(frozen=True)
class Bare:
    """A region without apps on two machines."""

    region: Region
    minimal: Machine
    empty: Machine


@pytest.fixture(scope="module")
def bare(lab: Lab, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bare]:
    machines = lab.machines(2)
    for machine in machines:
        machine.add_user(USER, sudo=True)
    made = Bare(Region(tmp_path_factory.mktemp("several")), *machines)
    groups = {"proxy": [made.minimal], "app": machines, "database": [made.minimal]}
    made.region.place(groups)
    made.region.lock()
    yield made
    lab.discard(machines)


def unready(region: Region) -> dict[str, str]:
    """Return why each host cannot be worked on."""
    return {entry["host"]: entry["code"] for entry in region.read("plan", code=7)["unready"]}


def test_python_is_brought_to_hosts_that_have_a_part_of_it_or_nothing(bare: Bare) -> None:
    region, minimal, empty = bare.region, bare.minimal, bare.empty
    minimal.run("apt-get -q -y purge 'libpython3.*-stdlib'")
    empty.run("apt-get -q -y purge 'libpython3.*' 'python3*' && apt-get -q -y autoremove --purge")
    assert minimal.line.run("python3 -c 'import sys'").code == 0
    assert empty.line.run("command -v python3").code != 0

    assert unready(region) == {minimal.name: "python-missing", empty.name: "python-missing"}
    assert "semai apply, which installs it first" in region.said

    region.semai("apply", "--yes")
    for machine in (minimal, empty):
        machine.run("python3 -c 'import json, sqlite3, zipfile'")
        assert machine.run("ls /srv/semai/bin/semai-host").code == 0
    region.settled()


def test_a_host_whose_key_is_not_known_is_named_and_its_key_not_learned(bare: Bare, lab: Lab) -> None:
    known = lab.known_hosts.read_text()
    others = [line for line in known.splitlines(keepends=True) if not line.startswith(f"{bare.empty.address} ")]
    lab.known_hosts.write_text("".join(others))
    try:
        bare.empty.line.drop()
        assert unready(bare.region) == {bare.empty.name: "host-key-unknown"}
        bare.region.semai("apply", "--yes", code=7)
        assert bare.region.error == "host-key-unknown"
        assert lab.known_hosts.read_text() == "".join(others)
        assert bare.region.read("apply", "--yes", "--limit", bare.minimal.name)["changed"] is False
    finally:
        lab.known_hosts.write_text(known)


def test_a_host_without_sudo_is_named_and_the_other_goes_on(bare: Bare) -> None:
    bare.empty.run("SUDO_FORCE_REMOVE=yes apt-get -q -y purge sudo")
    assert unready(bare.region) == {bare.empty.name: "sudo-missing"}
    bare.region.semai("apply", "--yes", code=7)
    assert bare.region.error == "sudo-missing"
    assert bare.region.read("apply", "--yes", "--limit", bare.minimal.name)["changed"] is False
