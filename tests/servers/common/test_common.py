"""The role common on real machines: twice the same, nothing in check mode, and clear words where it cannot be."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from tests.servers.common.repository import Repository
from tests.servers.conftest import Servers
from tests.servers.server import Server

pytestmark = pytest.mark.lab

DEFAULT = {"common_root": "/srv/semai"}
HOLD = """import fcntl, time
lock = open("/var/lib/dpkg/lock-frontend", "w")
fcntl.lockf(lock, fcntl.LOCK_EX)
time.sleep(300)
"""
LISTEN = "import http.server, sys\nhttp.server.test(port=int(sys.argv[1]))\n"


def hold_a_port(server: Server, port: int) -> None:
    server.serve(f"listen-{port}", LISTEN, str(port))
    server.run(f"for i in $(seq 50); do ss -ltn | grep -q :{port} && exit 0; sleep 0.1; done; exit 1")


def test_a_bare_server_gets_its_ground_once_and_check_mode_touches_nothing(server: Server) -> None:
    hold_a_port(server, 8080)
    before = server.fingerprint()
    checked = server.play("common", DEFAULT, check=True)
    assert checked.changed[:2] == ["common : Install packages", "common : Write settings"]
    assert server.fingerprint() == before
    assert server.reaches(8080)

    server.settled("common", DEFAULT)
    assert not server.reaches(8080)
    assert server.reaches(22)
    assert server.run("readlink -f /etc/localtime") == "/usr/share/zoneinfo/Asia/Jakarta\n"
    assert server.run("systemctl is-enabled nftables systemd-timesyncd") == "enabled\nenabled\n"
    assert server.run("stat -c '%a %U' /srv/semai") == "755 root\n"
    updates = server.run("apt-config dump | grep Origins-Pattern::")
    assert updates.count("origin=") == 2
    assert updates.count("-security") == 2

    server.machine.reboot()
    hold_a_port(server, 8081)
    assert not server.reaches(8081)
    assert server.play("common", DEFAULT).changed == []


def test_packages_that_were_begun_come_while_other_things_are_done(server: Server) -> None:
    begun = server.task("semai_packages", {"names": ["nginx"], "begin": True})
    assert begun.changed == ["Only semai_packages"]
    assert server.task("semai_packages", {"names": ["nginx"]}).changed == [], "it waits, and finds all there"
    assert server.run("dpkg-query -W -f '${Status}' nginx") == "install ok installed"
    server.task("semai_packages", {"names": ["postgresql", "tree"], "begin": True, "first": ["tree"]})
    assert server.task("semai_packages", {"names": ["tree"]}).changed == []
    assert not server.run("ls /etc/postgresql 2>/dev/null || true"), "what others wait for is still to come"
    assert server.task("semai_packages", {"names": ["postgresql", "tree"]}).changed == []
    refused = server.task("semai_packages", {"names": ["no-such-thing"], "begin": True}, fails=True)
    assert refused.refusal["code"] == "package-unknown"


def test_every_variable_changed_and_back_again(server: Server, tmp_path: Path) -> None:
    server.play("common", DEFAULT)
    for port in (8080, 8081, 9090):
        hold_a_port(server, port)
    repository = Repository.make(tmp_path / "repository", {"semai-ground": "1.0"})
    given = {
        "common_root": "/opt/semai",
        "common_platforms": ["debian-12"],
        "common_packages": ["semai-ground"],
        "common_time_zone": "Asia/Makassar",
        "common_ntp": [server.machine.gateway],
        "common_firewall": True,
        "common_open_ports": [
            {"name": "web", "port": 8080},
            {"name": "inner", "port": "8081-8082", "from": [server.machine.gateway, "fd00::/8"]},
            {"name": "elsewhere", "port": 9090, "from": ["192.0.2.0/24"]},
            {"name": "gone", "port": 9091, "state": "absent"},
        ],
        "common_ssh_port": 2222,
        "common_updates": False,
        "common_journal_max_mb": 200,
        "common_repository": {"path": str(repository.folder), "key": str(repository.key)},
    }
    server.machine.air_gap()
    server.settled("common", given)
    assert [port for port in (8080, 8081, 9090) if server.reaches(port)] == [8080, 8081]
    assert server.run("dpkg-query -W -f '${Version}' semai-ground") == "1.0"
    assert server.run("readlink -f /etc/localtime") == "/usr/share/zoneinfo/Asia/Makassar\n"
    assert server.run("apt-config shell on APT::Periodic::Unattended-Upgrade") == "on='0'\n"
    assert f"NTP={server.machine.gateway}" in server.run("systemd-analyze cat-config systemd/timesyncd.conf")
    assert "SystemMaxUse=200M" in server.run("systemd-analyze cat-config systemd/journald.conf")
    rules = server.run("nft list table inet semai")
    assert "tcp dport 2222 accept" in rules
    assert "tcp dport 22 accept" in rules, "the port this connection came by stays open"

    repository.add("semai-ground", "1.1")
    repository.add("semai-other", "2.0")
    server.settled("common", {**given, "common_packages": ["semai-ground", "semai-other"]})
    assert server.run("ls /var/lib/semai/repository").split() == sorted(p.name for p in repository.served)

    server.machine.end_air_gap()
    server.settled("common", {**DEFAULT, "common_firewall": False, "common_ntp": False, "common_time_zone": ""})
    assert server.reaches(9090)
    assert "semai" not in server.run("apt-cache policy; nft list ruleset")
    assert server.run("readlink -f /etc/localtime") == "/usr/share/zoneinfo/Asia/Makassar\n"


@pytest.mark.thorough
def test_a_repository_signed_by_somebody_else_is_refused(server: Server, tmp_path: Path) -> None:
    server.play("common", DEFAULT)
    repository = Repository.make(tmp_path / "one", {"semai-ground": "1.0"})
    stranger = Repository.make(tmp_path / "other", {"semai-ground": "1.0"})
    given = {"path": str(repository.folder), "key": str(stranger.key)}
    variables = {**DEFAULT, "common_packages": ["semai-ground"], "common_repository": given}
    refusal = server.play("common", variables, fails=True).refusal
    assert refusal["code"] == "repository-untrusted"
    assert "semai-ground" not in server.run("dpkg-query -W -f '${Package} '")


def test_what_cannot_be_built_upon_is_refused_in_words_and_nothing_is_changed(server: Server) -> None:
    before = server.fingerprint("/etc", "/srv")
    refusal = server.play("common", {**DEFAULT, "common_platforms": ["ubuntu-24.04"]}, fails=True).refusal
    assert refusal["message"] == (
        "this host runs Debian GNU/Linux 12 (bookworm) (debian-12); allowed are ubuntu-24.04"
    )

    server.run(
        "sed -i '/^Package: tzdata$/,/^$/s/^Status: .*/Status: install ok half-configured/' /var/lib/dpkg/status"
    )
    refusal = server.play("common", DEFAULT, fails=True).refusal
    assert (refusal["code"], "tzdata (half-configured)" in refusal["message"]) == ("dpkg-broken", True)
    assert "dpkg --configure -a" in refusal["hint"]
    server.run("dpkg --configure -a")

    unknown = {**DEFAULT, "common_packages": ["semai-no-such-package"]}
    refusal = server.play("common", unknown, fails=True).refusal
    assert refusal["code"] == "package-unknown"
    assert "semai-no-such-package" in refusal["message"]
    assert server.fingerprint("/etc", "/srv") == before

    refusal = server.play("common", {**DEFAULT, "common_time_zone": "Asia/Ruteng"}, fails=True).refusal
    assert refusal["code"] == "time-zone-unknown"

    ahead = time.time() + 10 * 365 * 86400
    refusal = server.task("semai_platform", {"time": ahead}, fails=True).refusal
    assert refusal["code"] == "clock-wrong"
    assert refusal["message"].startswith(f"the clock of this host says {time.strftime('%Y')}-")


def test_a_full_var_is_refused_and_the_next_run_goes_through(servers: Servers) -> None:
    server = servers(disks={"/var": 500})

    def fill(left: int) -> None:
        server.run("rm -f /var/filler")
        server.run(f"fallocate -l $(( $(df --output=avail -B1 /var | tail -1) - {left} )) /var/filler")

    fill(3_000_000)
    refusal = server.play("common", DEFAULT, fails=True).refusal
    assert refusal["code"] == "disk-full"
    assert "/var/lib/apt/lists has" in refusal["message"]
    server.run("rm /var/filler")
    server.play("common", DEFAULT)

    fill(30_000_000)
    refusal = server.task("semai_packages", {"names": ["gcc"]}, fails=True).refusal
    assert refusal["code"] == "disk-full"
    assert "/var/cache/apt/archives has" in refusal["message"]


@pytest.mark.thorough
def test_a_lock_that_is_held_is_waited_for_and_then_names_its_holder(server: Server) -> None:
    server.serve("holder", HOLD)
    began = time.monotonic()
    refusal = server.task("semai_packages", {"names": ["hello"], "lock_seconds": 3}, fails=True).refusal
    assert refusal["code"] == "dpkg-locked"
    assert "python3 (pid " in refusal["message"]
    assert 3 <= time.monotonic() - began < 60


@pytest.mark.thorough
def test_rules_of_others_and_wrong_ports_never_land(server: Server) -> None:
    server.play("common", DEFAULT)
    good = server.run("nft list ruleset; cat /etc/nftables.conf")
    for port in ({"name": "typo", "port": 99999}, {"name": "who", "port": 80, "from": ["10.0.0.300"]}):
        refusal = server.play("common", {**DEFAULT, "common_open_ports": [port]}, fails=True).refusal
        assert refusal["code"] == "firewall-invalid"
        assert port["name"] in refusal["message"]
    server.machine.put("/etc/nftables.d/own.nft", b"add rule inet semai input tcp dport nonsense accept\n")
    web = {**DEFAULT, "common_open_ports": [{"name": "web", "port": 443}]}
    assert server.play("common", web, fails=True).refusal["code"] == "firewall-invalid"
    assert server.run("nft list ruleset; cat /etc/nftables.conf") == good

    server.run("rm /etc/nftables.d/own.nft; echo 'table inet mine {}' >/etc/nftables.conf")
    refusal = server.play("common", web, fails=True).refusal
    assert refusal["code"] == "firewall-foreign"
    assert server.run("cat /etc/nftables.conf") == "table inet mine {}\n"


@pytest.mark.thorough
def test_an_administrator_with_sudo_is_not_locked_out_by_a_wrong_port(server: Server) -> None:
    server.machine.add_user("admin", sudo=True)
    given = {**DEFAULT, "common_ssh_port": 2222}
    server.play("common", given, user="admin")
    assert server.reaches(22)
    assert server.play("common", given, user="admin").changed == []
