"""The module semai_host: what a controller that died leaves on a host does not stay for ever."""

from __future__ import annotations

import importlib.util
import json
import os
import time
from pathlib import Path
from types import ModuleType, SimpleNamespace

import ansible.module_utils
import pytest
from semai.adapters.ansible import Event
from semai.messages import choose_language
from semai.operations.probe import unready_from

from tests.host.rig import wait_until
from tests.lab.lab import CHECKOUT

BOOKS = CHECKOUT / "installer" / "semai" / "playbooks"
LEFT = ("run.request", "run.report", "run.code", "run.pid")


@pytest.fixture(scope="module")
def module() -> ModuleType:
    """The module as Ansible sees it on a host."""
    for folder in (CHECKOUT / "installer", BOOKS / "module_utils"):
        if str(folder) not in ansible.module_utils.__path__:
            ansible.module_utils.__path__.append(str(folder))
    spec = importlib.util.spec_from_file_location("semai_host_module", BOOKS / "library" / "semai_host.py")
    assert spec
    assert spec.loader
    found = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(found)
    return found


@pytest.fixture(scope="module")
def runs(module: ModuleType) -> ModuleType:
    """What the module knows of runs."""
    return importlib.import_module("ansible.module_utils.semai_runs")


def lay(journal: Path, pid: int, age: float) -> None:
    """Lay the files of a run, and of others that are none of the controller's."""
    for name in (*LEFT, "run.events", "app.json"):
        (journal / name).write_text(str(pid))
        os.utime(journal / name, (time.time() - age,) * 2)


@pytest.mark.parametrize(
    ("pid", "days", "left"),
    [(0x7FFFFFFF, 2, ()), (0x7FFFFFFF, 0.5, LEFT), (os.getpid(), 2, LEFT)],
    ids=["over", "just over", "going on"],
)
def test_the_files_of_a_run_nobody_asks_for_go_after_a_day(
    runs: ModuleType, tmp_path: Path, pid: int, days: float, left: tuple[str, ...]
) -> None:
    lay(tmp_path, pid, days * 86400)
    runs.forget_unclaimed(tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {*left, "run.events", "app.json"}


def test_a_run_that_is_only_begun_is_named_and_followed_later(
    module: ModuleType, runs: ModuleType, tmp_path: Path
) -> None:
    tool = tmp_path / "bin" / "semai-host"
    tool.parent.mkdir()
    tool.write_text('import time\ntime.sleep(0.5)\nprint(\'{"app": "kolam"}\')\n')
    asked = {"root": str(tmp_path), "arguments": ["warm"], "warm": False, "item": None, "only_if_present": False}
    asked |= {"by": "", "other": None, "begin": True, "wait": 30.0, "attempt": ""}
    began = module.started(SimpleNamespace(params=asked, check_mode=False))
    assert set(began) == {"changed", "words", "run"}
    ended = runs.news(tmp_path, began["run"], 0, 30.0)
    assert (ended["report"], ended["code"]) == ({"app": "kolam"}, 0)


def test_an_attempt_that_is_made_again_because_the_line_was_lost_begins_nothing_twice(
    module: ModuleType, runs: ModuleType, tmp_path: Path
) -> None:
    tool = tmp_path / "bin" / "semai-host"
    tool.parent.mkdir()
    begun = tmp_path / "begun"
    tool.write_text(f"import time\nopen({str(begun)!r}, 'a').write('x')\ntime.sleep(1)\nprint('{{}}')\n")
    asked = {"root": str(tmp_path), "arguments": ["warm"], "warm": False, "item": None, "only_if_present": False}
    asked |= {"by": "", "other": None, "begin": True, "wait": 30.0, "attempt": "5eed"}
    first = module.started(SimpleNamespace(params=asked, check_mode=False))
    wait_until(begun.exists, "the run is at work")
    again = module.started(SimpleNamespace(params={**asked, "begin": False}, check_mode=False))
    assert (again["run"], again["code"]) == (first["run"], 0)
    assert begun.read_text() == "x"
    other = module.started(SimpleNamespace(params={**asked, "attempt": "beef"}, check_mode=False))
    assert other["run"] != first["run"]
    assert runs.news(tmp_path, other["run"], 0, 30.0)["code"] == 0


def test_a_run_whose_root_was_taken_away_is_over(runs: ModuleType, tmp_path: Path) -> None:
    (tmp_path / "journal").mkdir()
    (tmp_path / "journal" / "run.pid").touch()
    assert runs.news(tmp_path, "run", 0, 0) == {"run": "run", "events": []}
    (tmp_path / "journal" / "run.pid").unlink()
    (tmp_path / "journal").rmdir()
    lost = runs.news(tmp_path, "run", 0, 0)
    assert (lost["failed"], lost["semai_error"]["code"]) == (True, "host-answer-lost")


def test_a_tool_that_was_killed_is_told_with_a_code_and_what_to_do(
    runs: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "journal").mkdir()
    (tmp_path / "journal" / "run.pid").write_text(str(0x7FFFFFFF))
    told = runs.news(tmp_path, "run", 0, 0)
    assert (told["failed"], told["semai_error"]["code"]) == (True, "host-tool-killed")
    monkeypatch.setenv("SEMAI_LANG", "id")
    choose_language()
    said = unready_from(Event("failed", "satu", result=told)).message
    monkeypatch.undo()
    choose_language()
    assert said == "satu: alat host dimatikan di tengah pekerjaan"


@pytest.mark.parametrize(
    ("end", "code", "failed"),
    [
        ({"exit": 0, "result": {"changed": True}}, 0, None),
        ({"exit": 1, "error": {"code": "health-failed", "message": "it does not answer"}}, 1, True),
    ],
)
def test_an_answer_that_got_lost_with_the_line_is_told_again(
    runs: ModuleType, tmp_path: Path, end: dict[str, object], code: int, failed: bool | None
) -> None:
    journal = tmp_path / "journal"
    journal.mkdir()
    (journal / "run.pid").write_text(str(0x7FFFFFFF))
    (journal / "run.code").write_text(str(code))
    (journal / "run.report").write_text(json.dumps(end.get("result") or {"error": end["error"]}))
    (journal / "run.events").write_text(json.dumps({"n": 1, "event": "finished", **end}) + "\n")
    first = runs.news(tmp_path, "run", 0, 0)
    assert [path.name for path in journal.iterdir()] == ["run.events"]
    again = runs.news(tmp_path, "run", 0, 0)
    assert again == first
    assert (again["code"], again.get("failed"), len(again["events"])) == (code, failed, 1)
