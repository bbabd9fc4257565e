"""The host's audit log: a line per run, whoever asked, and a torn one shown as such."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from semai_host import audit


def test_lines_are_appended_with_who_what_and_how_it_ended(tmp_path: Path) -> None:
    path = tmp_path / "audit.log"
    audit.Account(path, "activate", "e-planning", "run-1", "ani@meja").close(
        "done", {"version": "2", "previous": "1"}
    )
    first = path.read_bytes()
    audit.Account(path, "remove", "e-budgeting", "run-2").close("disk-full", {"changed": False})
    assert path.read_bytes().startswith(first)
    (line,) = audit.read(path, "e-planning")
    assert [line[key] for key in ("by", "verb", "from", "to", "run", "result", "changed")] == [
        "ani@meja", "activate", "1", "2", "run-1", "done", True,
    ]  # fmt: skip
    assert [entry["result"] for entry in audit.read(path)] == ["done", "disk-full"]
    assert audit.read(path, since="2999") == []
    assert audit.read(tmp_path / "none") == []


@pytest.mark.parametrize("torn", [b'{"time": "2026', b"\xff\x00", b"[1]"])
def test_a_torn_last_line_is_shown_and_the_next_starts_anew(tmp_path: Path, torn: bytes) -> None:
    path = tmp_path / "audit.log"
    audit.append(path, {"time": "2026-11-21T08:00:00Z", "app": "a"})
    with path.open("ab") as file:
        file.write(torn)
    assert "torn" in audit.read(path, "a")[-1]
    audit.append(path, {"time": "2026-11-21T09:00:00Z", "app": "a"})
    found = audit.read(path, "a")
    assert ["torn" in line for line in found] == [False, True, False]


def test_the_caller_behind_sudo_and_ssh_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SUDO_USER", "ani")
    monkeypatch.setenv("SSH_CONNECTION", "10.10.1.7 51234 10.10.1.5 22")
    assert (audit.acting(), audit.origin()) == ("ani", "ssh 10.10.1.7")
    monkeypatch.delenv("SSH_CONNECTION")
    monkeypatch.setenv("INVOCATION_ID", "0" * 32)
    assert audit.origin() == "systemd"


def test_a_link_in_its_place_is_not_followed(tmp_path: Path) -> None:
    path = tmp_path / "audit.log"
    path.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(OSError):
        audit.append(path, {"time": json.dumps(0)})
    assert not (tmp_path / "elsewhere").exists()
