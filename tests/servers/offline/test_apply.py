"""The way of an IT officer without internet: a stick, then apply on a machine with no route to anywhere."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest

from tests.lab.fixtures import Machines
from tests.operations.offline_world import need_apt
from tests.servers.test_install import APP, Office, ask, office

__all__ = ["office"]

pytestmark = pytest.mark.lab


def handed_over(office: Office, folder: Path) -> Office:
    """Return the controller in the closed network: the inventory, and the vault's password, which go by hand."""
    away = Office(folder)
    shutil.copytree(office.folder / "inventories", folder / "inventories")
    shutil.copytree(office.folder / "state" / "vault", folder / "state" / "vault")
    return away


def test_an_air_gapped_machine_is_served_from_a_stick(office: Office, machines: Machines, tmp_path: Path) -> None:
    need_apt()
    (machine,) = machines(1)
    machine.add_user("admin", sudo=True)
    machine.run("rm /etc/apt/apt.conf.d/01lab")
    machine.air_gap()
    office.lead_to(machine, "admin")
    stick = tmp_path / "stick"
    office.semai("mentor", "add", "batang", office.folder / "catalog", "--fingerprint", office.publish())
    office.semai("catalog", "update")
    office.semai("add", APP, "--yes")
    office.semai("lock")
    platform = f"debian-12/{os.uname().machine}"
    key = json.loads(office.semai("export", "--to", stick, "--platform", platform, "--yes", "--json"))["key"]
    shutil.rmtree(office.folder / "catalog")

    away = handed_over(office, tmp_path / "away")
    shutil.rmtree(office.folder / "state")
    away.semai("import", stick, "--fingerprint", key, "--yes")
    shutil.rmtree(stick)

    away.semai("apply", "--yes")

    names = away.read("region", "show", "--dns")
    status, body = ask(machine, names["authority"]["certificate"], "/healthz")
    assert (status, json.loads(body)["database"]) == (200, "ok")
    assert "file:/var/lib/semai/repository" in machine.run("apt-cache policy nginx").out
    assert away.read("apply", "--yes") == {"changed": False, "outcomes": []}
    away.semai("plan", "--check")
