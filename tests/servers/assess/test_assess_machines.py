"""What semai assess finds on real machines: good ones, and each trouble an administrator meets."""

from __future__ import annotations

import re
import time
from pathlib import Path

import pytest

from tests.lab.fixtures import Machines
from tests.lab.image import DEBIAN_13
from tests.lab.machine import Machine
from tests.servers.assess.desk import APPS, Desk

pytestmark = pytest.mark.lab

QUIET = "export DEBIAN_FRONTEND=noninteractive;"
# A container keeps no clock of its own and its resolver knows no name of ours; the image's age decides the updates.
USUAL = {"clock-unkept", "security-updates", "os-in-lts"}
NEW_FILES = (
    "find / -xdev -newer /root/before -type f ! -path '/proc/*' ! -path '/sys/*' ! -path '/run/*'"
    " ! -path '/var/log/*' ! -path '/var/lib/systemd/*' ! -path '/var/lib/sudo/*'"
)


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


@pytest.fixture
def machine(machines: Machines) -> Machine:
    return machines(1)[0]


def test_a_good_host_is_measured_by_an_ordinary_user_with_sudo_and_nothing_is_changed(
    machine: Machine, desk: Desk
) -> None:
    machine.add_user("petugas", sudo=True)
    machine.run(f"{QUIET} apt-get update -q")
    machine.run("sleep 1.1; touch /root/before; sleep 1.1")
    answer = desk.assess(machine, user="petugas")
    assert machine.run(NEW_FILES).out == ""
    assert answer.codes(machine) <= USUAL
    found = answer.measured(machine)
    assert (found["os"]["id"], found["os"]["version_id"], found["python"]) == ("debian", "12", "3.11")
    assert found["cpus"] == int(machine.run("nproc").out)
    assert found["sudo"]["state"] == "works"
    assert {(p["port"], p["program"]) for p in found["ports"]} == {(22, "sshd")}  # seen through sudo
    assert all(mirror["ok"] for mirror in found["mirrors"])
    assert found["mirrors"]
    assert found["updates"]["security"] is not None
    assert abs(found["line"]["clock_offset"]) < 1
    assert found["line"]["upload_mb_s"] > 0.3
    root = next(f for f in found["filesystems"] if f["path"] == "/")
    assert root["total_mb"] == pytest.approx(int(machine.run("df -Pm / | tail -1").out.split()[1]), rel=0.02)
    assert {answer.apps[key]["host"] for key in APPS} == {machine.name}
    assert answer.said["verdict"] == "conditions"
    assert answer.hosts[machine.name]["parts"] == ["proxy", "app", "database"]


def test_a_full_var_is_found_while_the_root_disk_has_room(machines: Machines, desk: Desk) -> None:
    (machine,) = machines(1, disks={"/var": 300})
    answer = desk.assess(machine, expected=7)
    assert "/var" in answer.finding(machine, "disk-full")["text"]
    places = {f["path"]: f["free_mb"] for f in answer.measured(machine)["filesystems"]}
    assert places["/var"] < 300 < 10_000 < places["/"]
    assert {entry["verdict"] for entry in answer.apps.values()} == {"not-ready"}


def test_apache_on_port_80_and_a_half_configured_package_are_named_with_their_remedy(
    machine: Machine, desk: Desk
) -> None:
    machine.run(f"{QUIET} apt-get update -q && apt-get install -y -q --no-install-recommends apache2", timeout=300)
    answer = desk.assess(machine, expected=7)
    assert answer.finding(machine, "port-held")["fix"] == "sudo systemctl disable --now apache2"
    assert {"web-server-there", "port-held"} <= answer.codes(machine)
    machine.run(
        "mkdir -p /root/p/DEBIAN && cd /root && printf 'Package: patah\\nVersion: 1\\nArchitecture: all\\n"
        "Maintainer: a <a@b>\\nDescription: x\\n' > p/DEBIAN/control"
        " && printf '#!/bin/sh\\nexit 1\\n' > p/DEBIAN/postinst && chmod 755 p/DEBIAN/postinst"
        " && dpkg-deb -b p patah.deb && ! dpkg -i patah.deb"
    )
    machine.run("systemctl disable --now apache2")
    answer = desk.assess(machine, expected=7)
    assert "patah (half-configured)" in answer.finding(machine, "dpkg-broken")["text"]
    assert "dpkg --configure -a" in answer.finding(machine, "dpkg-broken")["fix"]
    assert "port-held" not in answer.codes(machine)
    machine.run("dpkg --purge --force-all patah")
    assert "dpkg-broken" not in desk.assess(machine).codes(machine)


def test_without_sudo_the_host_is_measured_but_not_ready_and_what_stays_unknown_is_said(
    machine: Machine, desk: Desk
) -> None:
    machine.add_user("petugas", sudo=False)
    answer = desk.assess(machine, user="petugas", expected=7)
    assert {"sudo-password", "partly-unknown"} <= answer.codes(machine)
    machine.run("apt-get purge -y sudo || SUDO_FORCE_REMOVE=yes apt-get purge -y sudo")
    answer = desk.assess(machine, user="petugas", expected=7)
    assert "adduser petugas sudo" in answer.finding(machine, "sudo-missing")["fix"]
    assert answer.measured(machine)["memory_mb"] > 0


@pytest.mark.thorough
def test_a_sudo_password_in_the_inventory_is_tried(machine: Machine, desk: Desk) -> None:
    machine.add_user("petugas", sudo=False)
    machine.run("echo 'petugas:Padi & \"kapas\" {{ 7' | chpasswd && adduser petugas sudo")
    groups = {"app": [machine]}
    desk.hosts(groups, user="petugas", ansible_become_password='{% raw %}Padi & "kapas" {{ 7{% endraw %}')
    good = desk.run("--json")
    assert "sudo-password" not in good.stdout
    assert '"works-with-password"' in good.stdout
    desk.hosts(groups, user="petugas", ansible_become_password="salah")
    wrong = desk.run("--json")
    assert (wrong.returncode, "sudo-password-wrong" in wrong.stdout) == (7, True)


def test_a_changed_host_key_and_a_host_that_is_down_are_named_and_the_other_host_is_judged(
    machines: Machines, desk: Desk
) -> None:
    well, odd = machines(2)
    odd.change_host_key()
    answer = desk.assess(well, odd, expected=7)
    assert answer.codes(odd) == {"host-key-changed"}
    assert f"ssh-keygen -R {odd.address}" in answer.finding(odd, "host-key-changed")["fix"]
    assert answer.hosts[well.name]["verdict"] == "conditions"
    assert {entry["host"] for entry in answer.apps.values()} == {well.name}
    odd.power_cut()
    begun = time.monotonic()
    answer = desk.assess(well, odd, expected=7)
    assert answer.codes(odd) == {"host-unreachable"}
    assert time.monotonic() - begun < 40
    assert answer.hosts[well.name]["verdict"] == "conditions"
    assert desk.run("--limit", well.name).returncode == 0


@pytest.mark.thorough
def test_names_are_looked_up_from_the_host_and_a_resolver_that_is_silent_does_not_hang_it(
    machine: Machine, desk: Desk
) -> None:
    machine.run("printf 'nameserver 192.0.2.1\\n' > /etc/resolv.conf")
    begun = time.monotonic()
    (finding,) = (f for f in desk.assess(machine).said["findings"] if f["code"] == "name-unknown")
    assert time.monotonic() - begun < 60
    assert f"this machine, {machine.name}" in finding["text"]
    assert f"IN A {machine.address}" in finding["fix"]
    names = finding["text"].split("for ")[1].split(", as seen")[0].split(", ")
    machine.run(f"printf '{machine.address} {' '.join(names)}\\n' >> /etc/hosts")
    (finding,) = (f for f in desk.assess(machine).said["findings"] if f["code"] == "name-unknown")
    assert finding["text"].endswith("as seen from this machine")


@pytest.mark.thorough
def test_an_air_gapped_host_says_which_mirror_it_cannot_reach(machine: Machine, desk: Desk) -> None:
    machine.air_gap()
    machine.run("rm /etc/apt/apt.conf.d/01lab")
    answer = desk.assess(machine)
    assert "semai export" in answer.finding(machine, "mirror-unreachable")["fix"]
    assert answer.hosts[machine.name]["verdict"] == "conditions"


@pytest.mark.thorough
def test_a_host_with_python3_minimal_or_none_is_measured_by_a_shell_and_told_what_to_install(
    machine: Machine, desk: Desk
) -> None:
    machine.run("apt-get -y purge 'libpython3.*-stdlib'")
    answer = desk.assess(machine)
    assert answer.finding(machine, "python-unusable")["fix"] == "sudo apt-get install -y python3"
    found = answer.measured(machine)
    assert (found["os"]["version_id"], found["machine"], found["sudo"]["state"]) == ("12", "x86_64", "root")
    assert {"/", "/var", "/srv"} <= {f["path"] for f in found["filesystems"]}
    assert found["memory_mb"] > 0
    assert {entry["verdict"] for entry in answer.apps.values()} == {"conditions"}
    machine.run("apt-get -y purge 'python3.*' && ! command -v python3")
    answer = desk.assess(machine)
    assert "python-unusable" in answer.codes(machine)
    machine.run(f"{QUIET} apt-get update -q && apt-get install -y -q --no-install-recommends python3", timeout=300)
    assert answer.codes(machine) - desk.assess(machine).codes(machine) >= {"python-unusable"}


@pytest.mark.thorough
def test_debian_13_is_ready_and_an_app_its_python_is_too_new_for_is_not(machines: Machines, desk: Desk) -> None:
    (machine,) = machines(1, DEBIAN_13)
    answer = desk.assess(machine, expected=7)
    assert answer.measured(machine)["python"] == "3.13"
    assert answer.codes(machine) <= USUAL | {"lists-missing"}
    planning, budgeting = answer.apps["batang/e-planning"], answer.apps["batang/e-budgeting"]
    assert (planning["verdict"], planning["host"]) == ("conditions", machine.name)
    assert [f["code"] for f in budgeting["findings"]] == ["app-unfit"]
    assert desk.run("--app", "e-planning").returncode == 0


def test_the_report_is_one_file_in_indonesian_whatever_the_language(
    machine: Machine, desk: Desk, tmp_path: Path
) -> None:
    desk.hosts({"app": [machine]})
    run = desk.run("--users", "200", "--report", str(tmp_path / "kesiapan.html"))
    assert run.returncode == 0, run.stderr
    assert "ready with conditions" in run.stdout
    page = (tmp_path / "kesiapan.html").read_text()
    assert "SIAP DENGAN SYARAT" in page.upper()
    assert "jamnya tidak dijaga layanan waktu" in page.lower()
    assert "Pemeriksa" in page
    assert re.findall(r"(?:src|href)=\"(?!data:)", page) == []
