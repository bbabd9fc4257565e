"""`semai mentor` as a user meets it: words, exit codes, and the question for the fingerprint on a terminal."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from collections.abc import Callable
from datetime import datetime, timezone
from pathlib import Path
from typing import NamedTuple

import pytest
from semai.cli.main import main
from semai.core.trust import groups

from tests.simulator.repository import Repository


class Ran(NamedTuple):
    code: int
    out: str
    err: str


@pytest.fixture
def mentor() -> Repository:
    return Repository(now=datetime.now(timezone.utc))


@pytest.fixture
def url(mentor: Repository, tmp_path: Path) -> str:
    return mentor.write_to(tmp_path / "usb")


@pytest.fixture
def semai(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Callable[..., Ran]:
    monkeypatch.setenv("SEMAI_LANG", "en")

    def run(*arguments: str) -> Ran:
        monkeypatch.setattr(sys, "argv", ["semai", "--state", str(tmp_path / "state"), *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        return Ran(int(ended.value.code or 0), *capfd.readouterr())

    return run


def test_mentor_is_added_with_its_fingerprint(semai: Callable[..., Ran], mentor: Repository, url: str) -> None:
    ran = semai("mentor", "add", "batang", url, "--fingerprint", groups(mentor.fingerprint))
    assert ran.code == 0
    assert "mentor batang is trusted: Kabupaten Batang" in ran.err
    assert groups(mentor.fingerprint) in ran.err
    assert "next: semai catalog list" in ran.err
    assert json.loads(semai("catalog", "list", "--json").out)[0]["mentor"] == "batang"


def test_trust_stands_when_the_catalog_cannot_be_fetched(
    semai: Callable[..., Ran], mentor: Repository, url: str, tmp_path: Path
) -> None:
    (tmp_path / "usb" / "metadata" / "timestamp.json").unlink()
    ran = semai("mentor", "add", "batang", url, "--fingerprint", mentor.fingerprint)
    assert (ran.code, "next: semai catalog update batang" in ran.err) == (0, True)
    assert "its catalog could not be fetched: " in ran.err
    assert "never fetched" in semai("mentor", "list").out


def test_folder_is_an_address(semai: Callable[..., Ran], mentor: Repository, url: str, tmp_path: Path) -> None:
    assert semai("mentor", "add", "batang", str(tmp_path / "usb"), "--fingerprint", mentor.fingerprint).code == 0


def test_nobody_at_the_terminal_is_a_usage_error(semai: Callable[..., Ran], url: str, tmp_path: Path) -> None:
    ran = semai("mentor", "add", "batang", url)
    assert ran.code == 2
    assert "error[fingerprint-needed]" in ran.err
    assert "hint: add --fingerprint" in ran.err
    assert not (tmp_path / "state").exists()


def test_wrong_fingerprint_exits_3_and_writes_nothing(semai: Callable[..., Ran], url: str, tmp_path: Path) -> None:
    ran = semai("mentor", "add", "batang", url, "--fingerprint", "0" * 64)
    assert ran.code == 3
    assert "error[fingerprint-differs]" in ran.err
    assert not (tmp_path / "state").exists()


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["batang", "ftp://x"], "mentor-url"),
        (["Batang", "/usb"], "mentor-id"),
        (["batang", "/usb", "--fingerprint", "12"], "fingerprint-form"),
    ],
)
def test_wrong_words_are_usage_errors(semai: Callable[..., Ran], arguments: list[str], code: str) -> None:
    ran = semai("mentor", "add", *arguments)
    assert (ran.code, f"error[{code}]" in ran.err) == (2, True)


def test_stick_that_is_not_there_exits_4(semai: Callable[..., Ran], tmp_path: Path) -> None:
    assert semai("mentor", "add", "batang", str(tmp_path / "none"), "--fingerprint", "0" * 40).code == 4


def test_list_and_verify_speak_json(semai: Callable[..., Ran], mentor: Repository, url: str) -> None:
    semai("mentor", "add", "batang", url, "--fingerprint", mentor.fingerprint)
    [listed] = json.loads(semai("mentor", "list", "--json").out)
    assert (listed["id"], listed["urls"], listed["fingerprint"]) == ("batang", [url], mentor.fingerprint)
    [verified] = json.loads(semai("mentor", "verify", "batang", "--json").out)
    assert verified["trusted"]["timestamp_version"] == 1


def test_list_and_verify_speak_plainly(semai: Callable[..., Ran], mentor: Repository, url: str) -> None:
    assert "no mentor is trusted yet" in semai("mentor", "list").err
    semai("mentor", "add", "batang", url, "--fingerprint", mentor.fingerprint)
    listed = semai("mentor", "list")
    assert "Kabupaten Batang" in listed.out
    assert "valid until" in listed.out
    verified = semai("mentor", "verify")
    assert groups(mentor.fingerprint) in verified.out
    assert "is intact" in verified.err


def test_verify_against_another_letter_exits_3(semai: Callable[..., Ran], mentor: Repository, url: str) -> None:
    semai("mentor", "add", "batang", url, "--fingerprint", mentor.fingerprint)
    assert semai("mentor", "verify", "batang", "--fingerprint", "1" * 40).code == 3


def test_removal_asks_first(semai: Callable[..., Ran], mentor: Repository, url: str) -> None:
    semai("mentor", "add", "batang", url, "--fingerprint", mentor.fingerprint)
    assert semai("mentor", "remove", "batang").code == 2
    assert semai("mentor", "remove", "batang", "--yes").code == 0
    assert semai("mentor", "remove", "batang", "--yes").code == 2


def on_a_terminal(state: Path, url: str, typed: str) -> Ran:
    """Run `semai mentor add` on a pseudo-terminal and type one line."""
    master, slave = pty.openpty()
    command = [sys.executable, "-m", "semai.cli.main", "--state", str(state), "mentor", "add", "batang", url]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "SEMAI_LANG": "en", "NO_COLOR": "1"}
    process = subprocess.Popen(
        command, stdin=slave, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
    )
    os.close(slave)
    os.write(master, typed.encode() + b"\n")
    out, err = process.communicate(timeout=30)
    os.close(master)
    return Ran(process.returncode, out, err)


@pytest.mark.parametrize(("right", "code"), [(True, 0), (False, 3)])
def test_end_of_the_letter_is_typed_on_a_terminal(
    mentor: Repository, url: str, tmp_path: Path, right: bool, code: int
) -> None:
    typed = groups(mentor.fingerprint)[-9:] if right else "0000 0000"
    ran = on_a_terminal(tmp_path / "state", url, typed)
    assert ran.code == code, ran.err
    assert "Kabupaten Batang (batang)" in ran.err
    assert groups(mentor.fingerprint, hide_typed=True) in ran.err
    assert (groups(mentor.fingerprint) in ran.err) is right
    assert (tmp_path / "state" / "mentors" / "batang").exists() is right
