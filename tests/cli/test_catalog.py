"""`semai catalog` as a user meets it, and how little it loads."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import NamedTuple

import pytest
from semai.adapters.mentor_client import MentorClient
from semai.cli.main import main

from tests.simulator.repository import Repository, app, release

RICH_APP = app(
    "e-budgeting",
    release(
        "2026.11.0",
        needs={"ram_mb": 192},
        provides={"budget.recap": ["1.0"]},
        consumes={"planning.work-plan": {"version": ">=1,<2", "optional": True}},
        requires={"e-planning": ">=2026"},
        questions={"fiscal_year": {"title": "Tahun anggaran [TA]", "type": "integer", "default": 2027}},
        personal_data=["nip"],
    ),
    name="E-Budgeting",
    summary="RKA lines under a ceiling",
)
RICH_APP["page"]["terms"] = {"licence": "EUPL-1.2", "government_use_only": True, "onward_sharing": False}
RICH_APP["page"]["overlaps"] = [{"national": "SIPD RI", "relation": "feeds"}]


class Ran(NamedTuple):
    code: int
    out: str
    err: str


@pytest.fixture
def mentor() -> Repository:
    return Repository(now=datetime.now(timezone.utc), apps=[RICH_APP, app("e-planning", release("2026.11.0"))])


@pytest.fixture
def state(tmp_path: Path, mentor: Repository) -> Path:
    """A state folder in which the mentor's catalog was fetched."""
    client = MentorClient(tmp_path / "state", "batang")
    client.add([mentor.write_to(tmp_path / "usb")], mentor.fingerprint, None, mentor.now)
    client.refresh(mentor.now)
    return tmp_path / "state"


@pytest.fixture
def semai(state: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Callable[..., Ran]:
    monkeypatch.setenv("SEMAI_LANG", "en")

    def run(*arguments: str) -> Ran:
        monkeypatch.setattr(sys, "argv", ["semai", "--state", str(state), *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        return Ran(int(ended.value.code or 0), *capfd.readouterr())

    return run


def test_list_is_aligned_text(semai: Callable[..., Ran]) -> None:
    assert semai("catalog", "list").out.splitlines() == [
        "APP                 VERSION    STATUS  NAME         SUMMARY",
        "batang/e-budgeting  2026.11.0  active  E-Budgeting  RKA lines under a ceiling",
        "batang/e-planning   2026.11.0  active  E-Planning   What e-planning does",
    ]


def test_list_speaks_json(semai: Callable[..., Ran]) -> None:
    listed = json.loads(semai("catalog", "list", "--json").out)
    assert [(row["app"], row["version"], row["provides"]) for row in listed] == [
        ("batang/e-budgeting", "2026.11.0", ["budget.recap"]),
        ("batang/e-planning", "2026.11.0", []),
    ]


def test_search(semai: Callable[..., Ran]) -> None:
    assert [row["id"] for row in json.loads(semai("catalog", "search", "RKA", "--json").out)] == ["e-budgeting"]
    nothing = semai("catalog", "search", "hospital")
    assert (nothing.code, nothing.out) == (0, "")
    assert "no app matches" in nothing.err


def test_show_tells_terms_needs_contracts_questions_and_releases(semai: Callable[..., Ran]) -> None:
    out = semai("catalog", "show", "e-budgeting").out
    for words in (
        "batang/e-budgeting",
        "EUPL-1.2",
        "government use only, may not be passed on, may not be sold",
        "SIPD RI (feeds)",
        "192 MB RAM",
        "budget.recap 1.0",
        "planning.work-plan >=1,<2 (optional)",
        "e-planning >=2026",
        "nip",
        "fiscal_year",
        "Tahun anggaran [TA]",
        "2026.11.0",
    ):
        assert words in out, words


def test_show_speaks_json(semai: Callable[..., Ran]) -> None:
    shown = json.loads(semai("catalog", "show", "batang/e-budgeting==2026.11.0", "--json").out)
    assert shown["release"]["manifest"]["consumes"] == {
        "planning.work-plan": {"version": ">=1,<2", "optional": True}
    }
    assert [known["version"] for known in shown["releases"]] == ["2026.11.0"]


def test_unknown_app_exits_2_with_the_nearest(semai: Callable[..., Ran]) -> None:
    ran = semai("catalog", "show", "e-budgetting")
    assert ran.code == 2
    assert "batang/e-budgeting" in ran.err


def test_update_says_what_is_new(semai: Callable[..., Ran], mentor: Repository, tmp_path: Path) -> None:
    assert "mentor batang: nothing new; 2 apps" in semai("catalog", "update").err
    mentor.index["apps"] = mentor.index["apps"][:1]
    mentor.publish(later=timedelta(seconds=1))
    mentor.write_to(tmp_path / "usb")
    [updated] = json.loads(semai("catalog", "update", "batang", "--json").out)
    assert (updated["changed"], updated["apps"], updated["timestamp_version"]) == (True, 1, 2)


def test_tampered_catalog_exits_3(semai: Callable[..., Ran], tmp_path: Path) -> None:
    (tmp_path / "usb" / "metadata" / "timestamp.json").write_bytes(b"{}")
    ran = semai("catalog", "update")
    assert ran.code == 3
    assert "error[metadata-unreadable]" in ran.err
    assert "mentor batang, file metadata/timestamp.json, checked 20" in ran.err
    assert "hint: " in ran.err
    assert semai("catalog", "list").code == 0


def test_refusal_as_json(semai: Callable[..., Ran], tmp_path: Path) -> None:
    (tmp_path / "usb" / "metadata" / "timestamp.json").write_bytes(b"{}")
    refusal = json.loads(semai("catalog", "update", "--json").out)
    assert refusal["error"]["code"] == "metadata-unreadable"


def test_pulled_stick_exits_4(semai: Callable[..., Ran], tmp_path: Path) -> None:
    (tmp_path / "usb").rename(tmp_path / "pocket")
    assert semai("catalog", "update").code == 4


@pytest.mark.parametrize(
    "arguments", [["--accept-stale", "90d"], ["--accept-stale", "soon", "--reason", "x"], ["tegal"]]
)
def test_wrong_words_exit_2(semai: Callable[..., Ran], arguments: list[str]) -> None:
    assert semai("catalog", "update", *arguments).code == 2


def test_expired_catalog_is_listed_with_a_warning(tmp_path: Path, semai: Callable[..., Ran]) -> None:
    old = Repository("kendal", now=datetime.now(timezone.utc) - timedelta(days=390))
    client = MentorClient(tmp_path / "state", "kendal")
    client.add([old.write_to(tmp_path / "old")], old.fingerprint, None, old.now)
    client.refresh(old.now)
    ran = semai("catalog", "list")
    assert "the catalog of kendal expires on" in ran.err
    assert "kendal/e-planning" in ran.out


def test_update_of_a_catalog_near_its_end_warns(
    semai: Callable[..., Ran], mentor: Repository, tmp_path: Path
) -> None:
    mentor.sign_timestamp(expires=mentor.now + timedelta(days=59))
    mentor.write_to(tmp_path / "usb")
    ran = semai("catalog", "update")
    assert ran.code == 0
    assert "the catalog of batang expires on" in ran.err


@pytest.mark.parametrize("arguments", [["catalog", "list"], ["catalog", "search", "rka"], ["mentor", "list"]])
def test_listing_loads_nothing_heavy(state: Path, arguments: list[str]) -> None:
    program = (
        "import sys; sys.argv[0] = 'semai'\n"
        "from semai.cli.main import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "print('LOADED', *sorted({name.split('.')[0] for name in sys.modules}))"
    )
    command = [sys.executable, "-c", program, "--state", str(state), *arguments]
    run = subprocess.run(command, capture_output=True, text=True, check=True)
    loaded = set(run.stdout.rsplit("LOADED", 1)[1].split())
    assert "batang" in run.stdout
    assert loaded & {"tuf", "requests", "pydantic", "rich", "packaging", "yaml", "ansible", "jinja2"} == set()
