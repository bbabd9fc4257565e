"""A carrier written on this controller lets a machine without any route install what the roles need."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from semai.adapters.apt_repository_vars import read_vars

from tests.lab import APT_PORT
from tests.lab.image import DEBIAN_13
from tests.lab.lab import CHECKOUT, Lab
from tests.operations.offline_world import Offline, need_apt
from tests.servers.conftest import Servers

pytestmark = [pytest.mark.lab, pytest.mark.thorough]

WANTED = ["ca-certificates", "nginx", "openssl", "postgresql", "python3"]


def semai(lab: Lab, inventories: Path, state: Path, *words: str) -> dict[str, Any]:
    """Run the command line with --json, its apt behind the lab's cache."""
    proxy = f"http://{lab.network.gateway}:{APT_PORT}"
    began = time.monotonic()
    ran = subprocess.run(
        [sys.executable, "-m", "semai.cli.main", "--inventories", inventories, "--state", state, *words, "--json"],
        cwd=CHECKOUT,
        env={**os.environ, "PYTHONPATH": str(CHECKOUT / "installer"), "http_proxy": proxy},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    print(f"semai {words[0]}: {time.monotonic() - began:.1f} s")
    found: dict[str, Any] = json.loads(ran.stdout)
    return found


def size_of(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def test_a_machine_without_a_route_installs_from_the_carrier(lab: Lab, servers: Servers, tmp_path: Path) -> None:
    need_apt()
    machine = os.uname().machine
    world = Offline(tmp_path / "region")
    export = ["export", "--to", str(world.stick), "--platform", f"debian-13/{machine}", "--yes"]
    written = semai(lab, world.online.inventories, world.online.state, *export)
    assert written["written"] == pytest.approx(size_of(world.stick), rel=0.01)
    assert semai(lab, world.online.inventories, world.online.state, *export)["written"] == 0
    print({load["name"]: (load["files"], load["size"]) for load in written["loads"]})
    taken = ("import", str(world.stick), "--fingerprint", written["key"], "--yes")
    semai(lab, world.away.folder.parent, world.away_state.folder, *taken)
    [repository] = read_vars(world.away).repositories.values()

    server = servers(DEBIAN_13)
    server.run("rm /etc/apt/apt.conf.d/01lab")
    server.machine.air_gap()
    assert server.machine.line.run("timeout 20 apt-get -q -o APT::Update::Error-Mode=any update").code != 0
    variables = {"common_root": "/srv/semai", "common_packages": WANTED, "common_repository": repository}
    began = time.monotonic()
    server.settled("common", variables)
    print(f"role common, three runs: {time.monotonic() - began:.1f} s")
    assert server.run("systemctl is-active nginx postgresql") == "active\nactive\n"
    assert "file:/var/lib/semai/repository" in server.run("apt-cache policy nginx")

    here = "/var/lib/semai/repository"
    server.run(f"cp -a {here} /root/whole")
    for tampering in (
        f"sed -i 's/^Version: /Version: 9/' {here}/Packages && gzip -kf {here}/Packages",
        f"sed -i 's/^Label: semai/Label: other/' {here}/InRelease",
    ):
        server.run(f"{tampering}; rm -rf /var/lib/apt/lists/*")
        assert server.machine.line.run("apt-get -q -o APT::Update::Error-Mode=any update").code != 0, tampering
        server.run(f"rm -r {here}; cp -a /root/whole {here}; apt-get -q -o APT::Update::Error-Mode=any update")
