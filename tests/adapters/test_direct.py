"""Asking servers by a command of one's own: all answer, or Ansible has to ask."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from semai.adapters.direct import Asking


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))


def says(text: str, code: int = 0) -> list[str]:
    return [sys.executable, "-c", f"print({text!r}); raise SystemExit({code})"]


def test_answers_of_all_hosts_come_together() -> None:
    assert Asking({"satu": says('{"a": 1}'), "dua": says("[2]")}).answers() == {"satu": {"a": 1}, "dua": [2]}


@pytest.mark.parametrize("other", [says("{}", code=255), says("not JSON"), says("")])
def test_one_host_that_does_not_answer_leaves_all_to_ansible(other: list[str]) -> None:
    assert Asking({"satu": says("{}"), "dua": other}).answers() is None


def test_giving_up_ends_what_still_asks() -> None:
    asking = Asking({"satu": [sys.executable, "-c", "import time; time.sleep(600)"]})
    asking.stop()
    assert asking.answers() is None
