"""region, add, remove and lock as typed on a command line: texts, exit codes, JSON."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from semai.adapters.state import read_audit
from semai.cli.main import main

from tests.operations.region_world import BUDGETING, PLANNING, World, app, release

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SEMAI_LANG", "en")
    monkeypatch.setenv("SEMAI_STATE", str(tmp_path / "state"))
    monkeypatch.setenv("XDG_DATA_HOME", "/srv/data")
    monkeypatch.delenv("ANSIBLE_VAULT_PASSWORD_FILE", raising=False)

    def type_(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["semai", *arguments])
        capsys.readouterr()
        with pytest.raises(SystemExit) as caught:
            main()
        shown = capsys.readouterr()
        return int(caught.value.code or 0), shown.out, shown.err

    return type_


@pytest.fixture
def world(run: Run, tmp_path: Path) -> World:
    made = World(tmp_path)
    made.trust("batang", app("e-planning", release(PLANNING)), app("e-budgeting", release(BUDGETING)))
    return made


def test_a_region_is_made_without_questions(run: Run, tmp_path: Path) -> None:
    code, _, said = run("region", "new", "manggarai", "--defaults", "--fiscal-year", "2027")
    assert code == 0
    assert said.splitlines() == [
        "✓ Kabupaten Manggarai (53.10) is in inventories/manggarai",
        f"vault password: {tmp_path}/state/vault/manggarai.pass "
        "(keep a copy in a safe place; without it the secrets are lost)",
        "next: look through inventories/manggarai/group_vars/all/region.yml, then: semai add APP",
    ]
    assert run("region", "new", "manggarai", "--defaults")[0] == 2
    code, out, _ = run("region", "show", "--json")
    shown = json.loads(out)
    assert (code, shown["root"], shown["region"]["code"]) == (0, "/srv/data/semai/manggarai", "53.10")
    assert run("region", "check")[0] == 0


def test_an_answer_nobody_gives_names_its_option(run: Run) -> None:
    code, _, said = run("region", "new", "manggarai", "--domain", "x.go.id")
    assert code == 2
    assert said == (
        "error[answer-missing]: nobody is here to answer what the region needs\n"
        "  --head-name\n  --address\n  --fiscal-year\n"
        "hint: add --defaults to take the proposals, or give --head-name\n"
    )


def test_an_unknown_code_is_refused_with_exit_2(run: Run, tmp_path: Path) -> None:
    code, _, said = run("region", "new", "x", "--code", "53.99", "--defaults")
    assert code == 2
    assert said.startswith("error[unknown-region-code]: 53.99 is neither an official code nor the name of")
    assert not (tmp_path / "inventories").exists()


def test_check_shows_every_error_and_the_json_carries_them(run: Run, world: World) -> None:
    world.files.region.write_text("semai_region: {code: 53.10, kindd: kota}\n")
    code, out, said = run("region", "check", "--json")
    assert code == 2
    error = json.loads(out)["error"]
    assert error["code"] == "yaml-invalid"
    assert any('kindd: unknown key; did you mean "kind"?' in line for line in error["details"])
    assert said.startswith("error[yaml-invalid]: ")


def test_from_selection_to_lock_and_back(run: Run, world: World) -> None:
    code, out, said = run("add", "e-planning", "--sample-data", "--port", "8201", "--yes")
    assert (code, said.splitlines()[-1]) == (0, "next: semai lock")
    assert "government" not in out
    assert "EUPL-1.2" in out
    assert run("add", "e-budgeting", "--answer", "fiscal_year=2027", "--port", "8202", "--yes")[0] == 0
    code, out, said = run("lock")
    assert (code, out) == (
        0,
        "APP                 WAS  NOW        WHY\n"
        "batang/e-budgeting  -    2026.11.0  requested\n"
        "batang/e-planning   -    2026.11.0  requested, provides planning.work-plan to batang/e-budgeting\n",
    )
    assert said == (
        "! a key for backups was made; without it no backup can be read: semai backup key --show\n"
        "✓ written: vault.yml, semai.lock, deployment.yml\nnext: semai plan\n"
    )
    assert run("lock")[1:] == ("", "✓ nothing changed: 2 apps are locked\n")
    code, out, _ = run("lock", "--json")
    assert (code, json.loads(out)["changed"]) == (0, False)
    code, _, said = run("remove", "e-planning", "--yes")
    assert (code, said.splitlines()[0]) == (
        2,
        "error[app-needed]: batang/e-planning cannot be removed: other selected apps need it",
    )
    assert run("remove", "e-budgeting", "--yes")[0] == 0
    code, _, said = run("lock")
    assert "! e-budgeting is to be removed from the hosts" in said.splitlines()


@pytest.mark.parametrize(
    ("arguments", "exit_code", "code"),
    [
        (("add", "laksa", "--yes"), 2, "unknown-app"),
        (("add", "e-planning"), 2, "confirmation-needed"),
        (("add", "e-budgeting", "--yes"), 2, "answer-missing"),
        (("add", "e-budgeting", "--yes", "--answer", "fiscal_year=x"), 2, "answer-invalid"),
        (("add", "e-planning", "--yes", "--answer", "nonsense"), 2, "answer-form"),
        (("add", "e-planning>=2030", "--yes"), 5, "unsatisfiable"),
        (("remove", "e-planning", "--yes"), 2, "app-not-selected"),
        (("--region", "batang", "lock"), 2, "unknown-region"),
        (("lock", "e-planning"), 2, None),
    ],
)
def test_refusals_change_nothing(
    run: Run, world: World, arguments: tuple[str, ...], exit_code: int, code: str | None
) -> None:
    before = world.contents()
    found, _, said = run(*arguments)
    assert found == exit_code
    assert code is None or said.split("error[")[1].startswith(f"{code}]")
    assert world.contents() == before


def test_purging_needs_the_name(run: Run, world: World) -> None:
    run("add", "e-planning", "--yes")
    run("lock")
    before = world.contents()
    code, _, said = run("remove", "e-planning", "--purge", "--yes")
    assert (code, "hint: semai remove e-planning --purge --confirm e-planning" in said) == (2, True)
    assert run("remove", "e-planning", "--purge", "--confirm", "e-plannin")[0] == 2
    assert world.contents() == before
    assert run("remove", "e-planning", "--purge", "--confirm", "e-planning", "--without-backup", " ")[0] == 2
    assert world.contents() == before
    words = ("remove", "e-planning", "--purge", "--confirm", "e-planning", "--without-backup", "uji coba")
    assert run(*words)[0] == 0
    assert read_audit(world.files.audit)[-1].verb == "remove batang/e-planning --purge (without backup: uji coba)"
    assert world.files.load_selection().removed["batang/e-planning"].purge


def test_secrets_are_never_shown(run: Run, world: World) -> None:
    shown = "".join(
        "".join(run(*a)[1:]) for a in (("add", "e-planning", "--yes"), ("lock",), ("region", "show", "--json"))
    )
    secrets = world.vault.read().apps["e-planning"]
    for name in ("secret_key", "admin_password"):
        value = secrets.named(name)
        assert value
        assert value not in shown


def test_help_is_there_for_every_verb(run: Run) -> None:
    for arguments in (("region", "new"), ("region", "check"), ("add",), ("remove",), ("lock",)):
        code, out, _ = run(*arguments, "--help")
        assert (code, "Usage: semai " + arguments[0] in out) == (0, True)
