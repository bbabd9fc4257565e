"""The role backup on a real machine: settings for their owner alone, and a timer whose service keeps a real app."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.servers.server import Server

pytestmark = pytest.mark.lab

ROOT = "/srv/semai"
KEY = "kunci-cadangan-9f8e7d"
NIGHTLY, MONTHLY = "*-*-* 01:30 Asia/Makassar", "Sun *-*-01..07 03:00 Asia/Makassar"
SETTINGS: dict[str, Any] = {
    "backup_root": ROOT,
    "backup_keeper": "systemd",
    "backup_configuration": {
        "schema": 1,
        "repository": {"kind": "local", "location": f"{ROOT}/backups"},
        "retention": {"daily": 7, "weekly": 5, "monthly": 12},
        "sets": [],
        "excluded": [],
    },
    "backup_secrets": {"RESTIC_PASSWORD": KEY},
    "backup_calendar": NIGHTLY,
    "backup_drill": MONTHLY,
}
UNITS = "semai-backup.service semai-backup.timer semai.drill.service semai.drill.timer"
LEFT = "ls /etc/systemd/system | grep -E '^semai(-backup|.drill)' || true"


WRONG: tuple[tuple[dict[str, Any], str], ...] = (
    ({"backup_calendar": "every night"}, "every night"),
    ({"backup_drill": "once a month"}, "once a month"),
    ({"backup_calendar": ""}, "backup_drill needs backup_calendar"),
    ({"backup_keeper": "supervisor"}, "backup_keeper"),
    ({"backup_configuration": {}}, "schema 1"),
    ({"backup_secrets": {"RESTIC_PASSWORD": "a\nb"}}, "line break"),
)


def test_a_server_gets_settings_and_a_timer_and_loses_both_but_not_its_backups(server: Server) -> None:
    server.settled("hostctl", {"hostctl_root": ROOT, "hostctl_keeper": "systemd"})
    for wrong, said in WRONG:
        refused = server.play("backup", {**SETTINGS, **wrong}, fails=True)
        assert said in refused.refusal["message"]
        assert KEY not in refused.output
    assert server.run(f"ls -d {ROOT}/backup /etc/systemd/system/semai[-.][bd][ar]* 2>/dev/null || true") == ""
    server.run("apt-get -qq remove restic >/dev/null")
    before = server.fingerprint()
    checked = server.play("backup", SETTINGS, check=True)
    assert len(checked.changed) == 2
    assert KEY not in checked.output
    assert server.fingerprint() == before
    first = server.settled("backup", SETTINGS)
    assert KEY not in first.output
    rights = server.run(f"cd {ROOT} && stat -c '%a %U' backup backup/backup.json backup/env").split("\n")[:-1]
    assert rights == ["700 root", "600 root", "600 root"]
    assert server.run(f"systemd-analyze verify {UNITS} 2>&1") == ""
    assert server.run("systemctl is-active semai-backup.timer semai.drill.timer") == "active\nactive\n"
    assert "01..07 03:00:00 Asia/Makassar" in server.run("systemctl show -P TimersCalendar semai.drill.timer")
    assert "01:30:00 Asia/Makassar" in server.run("systemctl show -P TimersCalendar semai-backup.timer")
    host = f"{ROOT}/bin/semai-host --root {ROOT} backup list"
    assert json.loads(server.run(host))["engine"] == "restic"

    server.run(f"mkdir -p {ROOT}/backups && touch {ROOT}/backups/kept")
    server.settled("backup", {**SETTINGS, "backup_drill": ""})
    assert server.run(LEFT) == "semai-backup.service\nsemai-backup.timer\n"
    server.settled("backup", {**SETTINGS, "backup_calendar": "", "backup_drill": ""})
    assert server.run(LEFT) == ""
    server.settled("backup", {**SETTINGS, "backup_state": "absent"})
    assert server.run(f"ls {ROOT}/backup {ROOT}/backups") == f"{ROOT}/backup:\n\n{ROOT}/backups:\nkept\n"
