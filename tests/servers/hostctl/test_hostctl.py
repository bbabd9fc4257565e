"""The role hostctl on real machines: the tool, its folders, and a recovery that comes before the apps."""

from __future__ import annotations

import json

import pytest

from tests.servers.server import Server

pytestmark = pytest.mark.lab

ROOT = "/srv/semai"
DEFAULT = {"hostctl_root": ROOT}
NIGHTLY = {"name": "nightly", "calendar": "*-*-* 02:30", "arguments": ["logs", "e-planning 100% $x"]}
EVERYTHING = {
    **DEFAULT,
    "hostctl_keeper": "systemd",
    "hostctl_timers": [NIGHTLY, {"name": "former", "state": "absent"}],
    "hostctl_packages": ["sqlite3"],
}
# Ordered as the units of apps are; it writes down how it found the recovery.
APP = """[Unit]
After=semai-recover.service
[Service]
Type=oneshot
ExecStart=/bin/sh -c 'systemctl is-active semai-recover.service >/srv/found'
[Install]
WantedBy=multi-user.target
"""


def rights(server: Server, *names: str) -> list[str]:
    """Return mode and owner of paths below the root."""
    return server.run(f"cd {ROOT} && stat -c '%a %U:%G' {' '.join(names)}").split("\n")[:-1]


@pytest.mark.thorough
def test_the_tool_alone_comes_where_supervisord_keeps_the_apps(server: Server) -> None:
    before = server.fingerprint()
    assert server.play("hostctl", DEFAULT, check=True).changed == ["hostctl : Bring the host tool"]
    assert server.fingerprint() == before
    server.settled("hostctl", DEFAULT)
    assert json.loads(server.run(f"{ROOT}/bin/semai-host --root {ROOT} state"))["schema"] == 1
    assert server.run(f"ls {ROOT} {ROOT}/bin").split() == [f"{ROOT}:", "bin", f"{ROOT}/bin:", "semai-host"]
    assert server.run("find /etc/systemd -name '*semai*'") == ""

    server.run(f"echo >>{ROOT}/bin/semai-host && chmod 0600 {ROOT}/bin/semai-host")
    server.settled("hostctl", DEFAULT)
    assert rights(server, "bin/semai-host") == ["755 root:root"]
    server.settled("hostctl", {**DEFAULT, "hostctl_state": "absent"})
    assert server.run(f"ls {ROOT}/bin") == ""


def test_a_server_gets_folders_a_keeper_timers_and_a_recovery_that_comes_before_the_apps(server: Server) -> None:
    before = server.fingerprint()
    assert len(server.play("hostctl", EVERYTHING, check=True).changed) == 2
    assert server.fingerprint() == before
    server.settled("hostctl", EVERYTHING)
    assert rights(server, ".", "apps", "bin", "maintenance", "store", "tools") == ["755 root:root"] * 6
    assert rights(server, "journal", "logs", "receipts") == ["700 root:root"] * 3
    assert server.run(f"cat {ROOT}/keeper") == "systemd\n"
    assert server.run("command -v sqlite3") == "/usr/bin/sqlite3\n"
    units = "semai-recover.service semai.nightly.service semai.nightly.timer"
    assert server.run(f"systemd-analyze verify {units} 2>&1") == ""
    words = server.run("systemctl show -P ExecStart semai.nightly.service")
    assert (
        f"argv[]=/usr/bin/python3 {ROOT}/bin/semai-host --root {ROOT} logs e-planning 100% $$x ;" in words
    )  # run as $x
    assert server.run("systemctl is-active semai.nightly.timer") == "active\n"

    server.machine.put("/etc/systemd/system/semai-demo.service", APP.encode())
    server.run("systemctl enable -q semai-demo.service")
    server.machine.reboot()
    server.run("until [ -s /srv/found ]; do sleep 0.2; done")
    assert server.run("cat /srv/found; systemctl show -P Result semai-recover.service") == "active\nsuccess\n"
    assert server.run("journalctl -b -q -o cat -u semai-recover.service").count('"recovered": []') == 1
    assert server.run("systemctl is-active semai.nightly.timer") == "active\n"

    less = {**EVERYTHING, "hostctl_recover_at_boot": False, "hostctl_timers": [{**NIGHTLY, "state": "absent"}]}
    server.settled("hostctl", less)
    assert server.run("ls /etc/systemd/system | grep -c '^semai[.-]' || true") == "1\n"  # our demo
    server.settled("hostctl", {**EVERYTHING, "hostctl_state": "absent", "hostctl_timers": []})
    assert server.run(f"ls {ROOT}/bin; ls {ROOT}/keeper 2>&1 || true").startswith("ls:")


@pytest.mark.thorough
def test_units_without_systemd_and_broken_timers_are_refused(server: Server) -> None:
    for wrong, said in (
        ({"hostctl_recover_at_boot": True}, "hostctl_keeper"),
        ({"hostctl_timers": [NIGHTLY]}, "hostctl_keeper"),
        ({"hostctl_keeper": "systemd", "hostctl_timers": [{"name": "../x"}]}, "../x"),
        ({"hostctl_keeper": "systemd", "hostctl_timers": [{**NIGHTLY, "calendar": "now\nUser=x"}]}, "calendar"),
        ({"hostctl_keeper": "systemd", "hostctl_timers": [{**NIGHTLY, "arguments": ["a\nb"]}]}, "arguments"),
    ):
        refused = server.play("hostctl", {**DEFAULT, **wrong}, fails=True)
        assert said in refused.refusal["message"]
    assert server.run("find /etc/systemd -name '*semai*'") == ""
