"""What each host is told of its backups, and what the doctor says of them."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from semai.core.assessment.rules import Ages
from semai.core.backups import keepers, led_by, linked
from semai.core.doctor import Finding
from semai.core.doctor_backups import backup_findings
from semai.core.receipt import HostState
from semai.core.region import Backup
from semai.core.region_checks import region_problems
from semai.core.sample import REGION
from semai.errors import InvalidInput

from tests.core.test_server import ONE, THREE, deployed, manifest

NOW = datetime(2026, 11, 28, 9, 0, tzinfo=timezone.utc)
LIMIT = timedelta(hours=48)
HOST_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAx2b9VbGpWyWvmyAoB9XjyI6mFYFJm2pV5zQKX6J6vN"
DRILLS = Ages(advise=90, refuse=180, source="the test")


def told(groups: dict[str, Any], monkeypatch: pytest.MonkeyPatch, **backup: Any) -> dict[str, Any]:
    changed = REGION.model_copy(update={"backup": Backup(**backup)})
    monkeypatch.setattr("tests.core.test_server.REGION", changed)
    return dict(deployed(groups, e_planning=manifest(), e_budgeting=manifest())["semai_backup"])


def test_links_join_directly_and_through_others() -> None:
    links = [("b", "a"), ("c", "b"), ("x", "stranger")]
    assert linked(["a", "b", "c", "d", "x"], links) == (("a", "b", "c"),)
    assert linked(["a", "b"], []) == ()


def test_linked_apps_are_kept_together_every_night_below_the_root(monkeypatch: pytest.MonkeyPatch) -> None:
    (host,) = told(ONE, monkeypatch).values()
    assert host["configuration"] == {
        "schema": 1,
        "repository": {"kind": "local", "location": "/srv/semai/backups"},
        "retention": {"daily": 7, "weekly": 5, "monthly": 12},
        "sets": [["e-budgeting", "e-planning"]],
        "excluded": [],
    }
    assert host["calendar"] == f"*-*-* 01:30 {REGION.time_zone}"
    assert host["drill"] == f"Sun *-*-01..07 03:00 {REGION.time_zone}"
    assert host["secrets"] == {"RESTIC_PASSWORD": "@secret(backup.password)"}


def test_another_machine_is_reached_by_references_to_the_vault(monkeypatch: pytest.MonkeyPatch) -> None:
    place = {"kind": "sftp", "location": "cadangan@10.1.1.9:/sets", "port": 2222, "host_key": HOST_KEY}
    (host,) = told(ONE, monkeypatch, **place).values()
    repository = {"kind": "sftp", "location": "cadangan@10.1.1.9:/sets", "port": 2222}
    assert host["configuration"]["repository"] == repository
    assert host["files"] == {
        "ssh-key": "@secret(backup.ssh_key)",
        "known-hosts": f"[10.1.1.9]:2222 {HOST_KEY}\n",
    }
    (host,) = told(ONE, monkeypatch, kind="s3", location="https://s3.x.go.id/sets").values()
    assert host["secrets"] == {
        "RESTIC_PASSWORD": "@secret(backup.password)",
        "AWS_ACCESS_KEY_ID": "@secret(backup.s3_key_id)",
        "AWS_SECRET_ACCESS_KEY": "@secret(backup.s3_secret)",
    }
    assert "files" not in host


def test_only_the_host_that_looks_after_an_app_keeps_it(monkeypatch: pytest.MonkeyPatch) -> None:
    found = told(THREE, monkeypatch, excluded=("e-planning",))
    assert {name: host["keeps"] for name, host in found.items()} == {"satu": ["e-budgeting"], "dua": []}
    assert {name: host["configuration"]["excluded"] for name, host in found.items()} == {
        "satu": ["e-planning"],
        "dua": ["e-budgeting", "e-planning"],
    }
    assert keepers(found) == ("satu",)
    assert keepers(found, ["e-planning"]) == ("satu",)
    assert keepers(found, ["stranger"]) == ()


def test_a_set_in_a_repository_that_hosts_share_belongs_to_the_host_of_its_apps(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    found = told(THREE, monkeypatch)
    assert led_by(found, ["e-planning", "gone"], ["dua", "satu"]) == {"satu": ("e-planning",)}
    assert led_by(found, ["e-planning"], ["dua"]) == {}


def test_drills_have_times_of_their_own_or_none_and_the_plan_sees_them_change(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def digest(drill: str) -> tuple[str, str]:
        (host,) = told(ONE, monkeypatch, drill=drill).values()
        server = deployed(ONE, e_planning=manifest(), e_budgeting=manifest())["semai_server"]["satu"]
        return host["drill"], server["roles"]["backup"]

    weekly, never = digest("Sat 04:00"), digest(" ")
    assert (weekly[0], never[0]) == (f"Sat 04:00 {REGION.time_zone}", "")
    assert len({weekly[1], never[1], digest("monthly")[1]}) == 3
    with pytest.raises(ValueError, match="drill"):
        Backup(drill="now; reboot")


def test_no_app_is_told_of_backups(monkeypatch: pytest.MonkeyPatch) -> None:
    before = deployed(ONE, e_planning=manifest())["semai_apps"]
    told(ONE, monkeypatch, calendar="daily")
    assert deployed(ONE, e_planning=manifest())["semai_apps"] == before


@pytest.mark.parametrize("place", ["/srv/semai", "/srv/semai/backup", "/srv/semai/apps/x"])
def test_repository_among_what_it_would_keep_is_refused(place: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InvalidInput) as caught:
        told(ONE, monkeypatch, location=place)
    assert caught.value.code == "backup-location"


def test_repository_beside_the_root_or_in_its_own_folder_is_fine(monkeypatch: pytest.MonkeyPatch) -> None:
    for place in ("/srv/semai-backups", "/srv/semai/backups", "/srv/semai/backups/one"):
        (host,) = told(ONE, monkeypatch, location=place).values()
        assert host["configuration"]["repository"]["location"] == place


def test_disk_without_a_place_and_a_retention_of_nothing_are_problems() -> None:
    def places(backup: Any) -> list[Any]:
        return [problem.place for problem in region_problems({"backup": backup})]

    assert places({"kind": "usb"}) == [("backup", "kind")]
    assert places({"kind": "usb", "location": "/media/x"}) == []
    assert places({"kind": "sftp", "location": "u@h:/x", "host_key": HOST_KEY}) == []
    assert places({"kind": "sftp", "location": "/x"}) == [("backup", "kind")] * 2
    assert places({"kind": "s3", "location": "u@h:/x"}) == [("backup", "kind")]
    assert places({"location": "u@h:/x"}) == [("backup", "kind")]
    assert places({"retention": {"daily": 0, "weekly": 0, "monthly": 0}}) == [("backup", "retention")]
    assert places({"retention": {"daily": 0}}) == []
    assert places("nightly") == []


def findings(backup: Any, activated: str = "2026-11-28T01:00:00Z", kind: str = "usb") -> dict[str, Finding]:
    receipt = {"app": "desk", "version": "1", "release": "a", "config": "b", "activated_at": activated}
    state = HostState.model_validate({"apps": {"desk": {"receipt": receipt}}, "backup": backup})
    host = {"keeps": ["desk", "not-there"], "configuration": {"repository": {"kind": kind, "location": "/x"}}}
    return {found.code: found for found in backup_findings("satu", host, state, LIMIT, DRILLS, NOW)}


def last(moment: str, *, verified: bool = True, encrypted: bool = True, **drill: Any) -> dict[str, Any]:
    drilled = {"moment": "2026-11-28T02:00:00Z", "verdict": "passed", "passed": "2026-11-28T02:00:00Z", **drill}
    told = {"encrypted": encrypted, "apps": {"desk": {"moment": moment, "verified": verified}}}
    return {"last": told, "last_drill": {"apps": {"desk": drilled}}}


@pytest.mark.parametrize(("backup", "activated", "code", "severity"), [
    (last("2026-11-27T01:30:00Z"), "2026-01-01T00:00:00Z", "backup", "ok"),
    (last("2026-11-26T08:59:00Z"), "2026-01-01T00:00:00Z", "backup-old", "bad"),
    (last("2026-11-28T01:30:00Z", verified=False), "2026-01-01T00:00:00Z", "backup-missing", "bad"),
    (None, "2026-01-01T00:00:00Z", "backup-missing", "bad"),
    (None, "2026-11-28T01:00:00Z", "backup-missing", "warn"),
])  # fmt: skip
def test_old_and_missing_backups_are_red_but_not_before_the_first_nights(
    backup: Any, activated: str, code: str, severity: str
) -> None:
    found = findings(backup, activated)
    drills = {"drill": "ok"} if code != "backup-missing" else {}  # nothing to drill is said once
    assert {name: finding.severity for name, finding in found.items()} == {code: severity, **drills}


@pytest.mark.parametrize(
    ("drill", "code", "severity"),
    [
        ({"passed": "2026-08-31T00:00:00Z"}, "drill", "ok"),
        ({"passed": "2026-08-29T00:00:00Z"}, "drill-old", "warn"),
        ({"passed": "2026-05-30T00:00:00Z"}, "drill-old", "bad"),
        ({"verdict": "failed"}, "drill-failed", "bad"),
        (None, "drill-missing", "warn"),
    ],
)
def test_drills_of_backups_grow_old_fail_or_are_missing(drill: Any, code: str, severity: str) -> None:
    backup = last("2026-11-28T01:30:00Z", **(drill or {}))
    if drill is None:
        backup.pop("last_drill")
    found = findings(backup, "2026-01-01T00:00:00Z")[code]
    assert (found.severity, bool(found.meaning and found.command)) == (severity, severity != "ok")


def test_backups_on_the_host_itself_and_in_the_clear_are_doubts_that_say_why() -> None:
    found = findings(last("2026-11-28T01:30:00Z", encrypted=False), kind="local")
    doubts = {code: finding for code, finding in found.items() if finding.severity == "warn"}
    assert set(doubts) == {"backup-local", "backup-plain"}
    assert [code for code, finding in doubts.items() if not (finding.meaning and finding.command)] == []
