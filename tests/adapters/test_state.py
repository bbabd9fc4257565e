"""The audit trail and the places of the state folder."""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from semai.adapters.state import AuditEntry, State, append_audit, audited, read_audit
from semai.errors import InvalidInput, OperationFailed


def test_a_verb_leaves_who_when_what_and_its_end(tmp_path: Path) -> None:
    lock = tmp_path / "semai.lock"
    lock.write_text(json.dumps({"digest": "d" * 64}))
    trail = tmp_path / "audit.jsonl"
    with audited(trail, "lock", lock):
        pass
    with pytest.raises(InvalidInput), audited(trail, "add x", lock):
        raise InvalidInput("app-request", "no")
    with pytest.raises(KeyboardInterrupt), audited(trail, "apply", tmp_path / "none"):
        raise KeyboardInterrupt
    found = read_audit(trail)
    assert [(e.verb, e.result, e.lock[:1]) for e in found] == [
        ("lock", "done", "d"),
        ("add x", "app-request", "d"),
        ("apply", "KeyboardInterrupt", ""),
    ]
    assert all("@" in e.actor and e.time.endswith("Z") for e in found)


def test_lines_are_only_ever_appended(tmp_path: Path) -> None:
    trail = tmp_path / "audit.jsonl"
    entry = AuditEntry("2026-11-21T08:00:00Z", "a@b", "lock", "", "done", 0.1)
    append_audit(trail, entry)
    first = trail.read_bytes()
    append_audit(trail, entry)
    assert trail.read_bytes() == first * 2


def test_a_trail_that_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(OperationFailed):
        append_audit(tmp_path / "none" / "audit.jsonl", AuditEntry("", "", "", "", "", 0))


def test_a_damaged_trail_names_its_line(tmp_path: Path) -> None:
    trail = tmp_path / "audit.jsonl"
    trail.write_text("{}\n")
    with pytest.raises(OperationFailed) as caught:
        read_audit(trail)
    assert (caught.value.code, caught.value.fields["line"]) == ("audit-corrupt", 1)


def test_runs_have_a_log_each_named_in_utc(tmp_path: Path) -> None:
    moment = datetime(2026, 11, 21, 16, 5, 9, tzinfo=timezone(timedelta(hours=8)))
    path = State(tmp_path).run_log("manggarai", "apply", moment)
    assert path == tmp_path / "runs" / "manggarai" / "20261121T080509Z-apply.log"
    assert path.parent.is_dir()
