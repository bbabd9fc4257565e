"""What semai assess says about a host, from made measurements."""

from __future__ import annotations

from typing import Any

import pytest
from semai.core.assessment.finding import Verdict

from tests.core.measured import GOOD, disks, host_codes, in_groups, judged, measured, wanted

LINE = GOOD["line"]


def os(id: str, version: str) -> dict[str, Any]:
    return {"id": id, "version_id": version, "name": f"{id} {version}"}


def test_a_good_server_is_ready_and_nothing_is_said() -> None:
    assessment = judged(wanted())
    assert assessment.all_findings == ()
    assert (assessment.verdict, assessment.apps[0].host) == (Verdict.ready, "satu")


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"os": os("debian", "12")}, ["os-in-lts"]),
        ({"os": os("ubuntu", "24.04")}, []),
        ({"os": os("ubuntu", "22.04")}, ["os-ends-soon"]),
        ({"os": os("debian", "11")}, ["os-ended"]),
        ({"os": os("centos", "7")}, ["os-unsupported"]),
        ({"os": os("debian", "")}, ["os-unsupported"]),
        ({"machine": "i686"}, ["machine-unsupported"]),
        ({"systemd": False}, ["no-systemd"]),
        ({"reboot": {"required": True}}, ["reboot-pending"]),
        ({"cpus": 1}, ["cpus-few"]),
        ({"memory_mb": 512}, ["memory-small"]),
        ({"memory_mb": 1800}, ["memory-tight"]),
        ({"memory_mb": 512, "swap_mb": 0}, ["memory-small", "swap-missing"]),
        ({"python_problem": "No module named 'json'"}, ["python-unusable"]),
        ({"line": {**LINE, "latency_ms": 1200}}, ["line-far"]),
        ({"line": {**LINE, "upload_mb_s": 0.1}}, ["line-slow"]),
        ({"clock": {"synchronised": False}}, ["clock-unkept"]),
        ({"clock": {"synchronised": False, "service": "chrony"}}, []),
        ({"clock": {}}, []),
        ({"sudo": {"state": "root"}}, []),
        ({"sudo": {"state": "works-with-password"}}, []),
        ({"sudo": {"state": "missing"}}, ["sudo-missing"]),
        ({"sudo": {"state": "refused", "said": "not in sudoers"}}, ["sudo-refused"]),
        ({"sudo": {"state": "password"}}, ["sudo-password"]),
        ({"sudo": {"state": "password-wrong"}}, ["sudo-password-wrong"]),
        ({"unknown": ["port-programs"]}, ["partly-unknown"]),
        ({"protection": {"selinux": "enforcing"}}, ["selinux-enforcing"]),
        ({"protection": {"selinux": "permissive", "apparmor": True}}, []),
        ({"dpkg": {"broken": [{"name": "nginx", "state": "half-configured"}]}}, ["dpkg-broken"]),
        ({"dpkg": {"interrupted": True}}, ["dpkg-broken"]),
        ({"dpkg": {"lock": {"file": "/var/lib/dpkg/lock", "pid": 7, "program": "apt"}}}, ["dpkg-busy"]),
        ({"updates": {}}, ["lists-missing"]),
        ({"updates": {"lists_age_hours": 400, "security": 3}}, ["lists-old", "security-updates"]),
        ({"mirrors": [{"url": "http://m/", "ok": False, "said": "timed out"}]}, ["mirror-unreachable"]),
        ({"services": {"nginx": "active", "docker": "active"}}, ["docker-there", "nginx-there"]),
        ({"services": {"nginx": "active", "postgresql": "active"}, "semai": True}, []),
        ({"services": {"mariadb": "active", "mysql": "active"}}, ["database-there"]),
        ({"services": {"apache2": "failed"}}, []),
        ({"packages": {"ufw": "0.36"}}, ["firewall-there"]),
        ({"failed": "no space left in /tmp"}, ["measure-failed"]),
    ],
)  # fmt: skip
def test_what_is_found_is_named(changes: dict[str, Any], expected: list[str]) -> None:
    assert host_codes(**changes) == expected


@pytest.mark.parametrize(
    ("offset", "expected"),
    [
        (0.5, []),
        (-8.0, ["clock-off"]),
        (299.0, ["clock-off"]),
        (-301.0, ["clock-wrong"]),
        (10 * 365 * 86400.0, ["clock-wrong"]),
        (-10 * 365 * 86400.0, ["clock-wrong"]),
        (None, []),
    ],
)
def test_a_clock_is_judged_by_its_distance_in_either_direction(offset: float | None, expected: list[str]) -> None:
    assert host_codes(line={**LINE, "clock_offset": offset}) == expected


def test_a_slow_answer_does_not_make_a_clock_wrong() -> None:
    assert host_codes(line={**LINE, "clock_offset": 6.0, "clock_error": 2.0}) == []


def test_a_full_var_is_found_although_the_root_disk_has_room() -> None:
    findings = judged(satu=measured(filesystems=disks(var=300))).hosts[0].findings
    assert [(f.code, f.fields["path"], f.fields["found"]) for f in findings] == [("disk-full", "/var", 300)]


def test_places_on_one_full_disk_are_named_once() -> None:
    full = [{**entry, "free_mb": 200} for entry in GOOD["filesystems"] if entry["path"] != "/tmp"]
    assert host_codes(filesystems=full) == ["disk-full"]


def test_a_disk_with_little_room_is_a_condition() -> None:
    assert host_codes(filesystems=disks(var=3000)) == ["disk-tight"]
    assert judged(satu=measured(filesystems=disks(var=3000))).verdict is Verdict.conditions


def test_inodes_and_read_only_disks_are_judged_and_disks_without_inodes_are_not() -> None:
    def with_srv(**changes: Any) -> list[dict[str, Any]]:
        return [{**e, "device": 9, **changes} if e["path"] == "/srv" else e for e in GOOD["filesystems"]]

    assert host_codes(filesystems=with_srv(inodes_free=50_000)) == ["inodes-few"]
    assert host_codes(filesystems=with_srv(inodes_free=400_000)) == ["inodes-tight"]
    assert host_codes(filesystems=with_srv(inodes=0, inodes_free=0)) == []
    assert host_codes(filesystems=with_srv(read_only=True)) == ["disk-read-only"]


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ("REMOTE HOST IDENTIFICATION HAS CHANGED!\nHost key verification failed.", "host-key-changed"),
        ("No ED25519 host key is known for 10.77.0.11\nHost key verification failed.", "host-key-unknown"),
        ("admin@10.77.0.11: Permission denied (publickey).", "login-refused"),
        ("ssh: connect to host 10.77.0.11 port 22: Connection timed out", "host-unreachable"),
        ("ssh: connect to host 10.77.0.11 port 22: Connection refused", "host-unreachable"),
    ],
)  # fmt: skip
def test_why_a_host_cannot_be_reached_is_told_apart(said: str, code: str) -> None:
    (finding,) = judged(satu=measured(unreachable=said)).hosts[0].findings
    assert finding.code == code
    assert finding.fields["address"] == "10.77.0.11"


PORT_80 = {"port": 80, "address": "::", "program": "apache2"}


def test_apache_on_port_80_keeps_a_proxy_from_being_ready_and_the_remedy_names_it() -> None:
    (finding,) = judged(satu=measured(ports=[PORT_80])).hosts[0].findings
    assert (finding.code, finding.fields["holder"]) == ("port-held", "apache2")
    assert finding.fields["remedy"] == "sudo systemctl disable --now apache2"


def test_port_80_matters_on_a_proxy_only_and_nginx_may_hold_it() -> None:
    assert judged(dua=in_groups("app", ports=[PORT_80])).hosts[0].findings == ()
    assert host_codes(ports=[{**PORT_80, "program": "nginx"}]) == []


def test_a_port_whose_program_is_hidden_is_still_held() -> None:
    (finding,) = judged(satu=measured(ports=[{**PORT_80, "program": ""}])).hosts[0].findings
    assert finding.fields["remedy"] == "sudo ss -ltnp 'sport = :80'"


def test_the_port_of_an_app_must_be_free_on_hosts_that_carry_it() -> None:
    taken = [{"port": 8101, "program": "node"}]
    assert [f.fields["purpose"] for f in judged(wanted(), satu=measured(ports=taken)).hosts[0].findings] == [
        "batang/e-planning"
    ]
    other = {**GOOD["inventory"], "semai_carries": ["batang/e-budgeting"]}
    assert judged(wanted(), satu=measured(ports=taken, inventory=other)).hosts[0].findings == ()
    assert judged(wanted(), satu=measured(ports=taken, semai=True)).hosts[0].findings == ()


def test_a_database_port_matters_when_the_set_needs_that_database() -> None:
    taken = [{"port": 5432, "program": "docker-proxy"}]
    (finding,) = judged(wanted(), satu=measured(ports=taken)).hosts[0].findings
    assert finding.fields["remedy"] == "sudo systemctl disable --now docker"
    no_database = wanted(resources={"database": "none"})
    assert judged(no_database, satu=measured(ports=taken)).hosts[0].findings == ()


def test_an_embedded_trial_is_not_judged_by_what_only_servers_need() -> None:
    trial = {**GOOD["inventory"], "semai_profile": "embedded", "groups": ["app"]}
    found = {"sudo": {"state": "missing"}, "systemd": False, "ports": [PORT_80], "dpkg": {"interrupted": True}}
    assert host_codes(inventory=trial, **found) == []
