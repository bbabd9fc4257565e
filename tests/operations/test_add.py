"""Selecting an app: finding it, its questions, its port, and what is written."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from semai.core.catalog import AppKey
from semai.errors import CannotResolve, InvalidInput, SemaiError, TrustRefused
from semai.operations.add import Added, Asked, Proposal, find_app, perform, propose
from semai.operations.remove_selection import check_removable, remove

from tests.operations.region_world import BUDGETING, PLANNING, World, app, manifest, release


@pytest.fixture
def world(tmp_path: Path) -> World:
    made = World(tmp_path)
    made.trust("batang", app("e-planning", release(PLANNING)), app("e-budgeting", release(BUDGETING)))
    return made


def proposal(world: World, text: str, port_is_free: Any = lambda port: True, **asked: Any) -> Proposal:
    request = Asked(text, asked.pop("answers", {}), **asked)
    return propose(world.files, world.catalogs, world.vault, request, port_is_free=port_is_free)


def add(world: World, text: str, further: dict[str, Any] | None = None, **asked: Any) -> Added:
    found = proposal(world, text, **asked)
    return perform(world.files, world.catalogs, world.vault, found, further or {}, knows=lambda *_: False)


def refused(world: World, kind: type[SemaiError], text: str, **asked: Any) -> SemaiError:
    before = world.contents()
    with pytest.raises(kind) as caught:
        add(world, text, **asked)
    assert world.contents() == before
    return caught.value


def test_the_selection_is_written_and_the_mentor_recorded(world: World) -> None:
    add(world, "e-planning>=2026", sample_data=True)
    assert (
        world.files.apps.read_text()
        == f"""\
# What the region asks for; written by semai add and semai remove. Edit freely, then run: semai lock
semai_selection:
  mentors:
    batang:
      url: file:///media/usb/batang
      fingerprint: {world.catalogs["batang"].origin.fingerprint}
  apps:
    batang/e-planning:
      version: '>=2026'
      port: 8101
      sample_data: true
      answers: {{}}
"""
    )
    secrets = world.vault.read().apps["e-planning"]
    assert len(secrets.named("secret_key") or "") >= 40
    assert len(secrets.named("admin_password") or "") == 20


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("e-planning", ("batang/e-planning", "")),
        ("batang/e-planning", ("batang/e-planning", "")),
        ("e-planning==2026.11.0", ("batang/e-planning", "==2026.11.0")),
        ("batang/e-planning >=2026,<2028", ("batang/e-planning", ">=2026,<2028")),
    ],
)
def test_ways_to_name_an_app(world: World, text: str, found: tuple[str, str]) -> None:
    key, version = find_app(world.catalogs, text)
    assert (str(key), version) == found


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("e-plannin", "unknown-app"),
        ("batang/laksa", "unknown-app"),
        ("lumajang/e-planning", "unknown-mentor"),
        ("e-planning>=banana", "app-request"),
        ("../../etc", "app-request"),
        ("", "app-request"),
        ("e-planning 2026", "app-request"),
    ],
)
def test_requests_that_name_no_app(world: World, text: str, code: str) -> None:
    assert refused(world, InvalidInput, text).code == code


def test_an_id_two_mentors_offer_must_name_its_mentor(world: World) -> None:
    world.trust("banyuwangi", app("e-planning", release(PLANNING)))
    error = refused(world, InvalidInput, "e-planning")
    assert error.code == "app-ambiguous"
    assert str(error) == "several mentors have an app e-planning: banyuwangi/e-planning, batang/e-planning"
    assert add(world, "banyuwangi/e-planning").key == AppKey("banyuwangi", "e-planning")


def test_the_same_name_of_a_second_mentor_is_refused(world: World) -> None:
    world.trust("banyuwangi", app("e-planning", release(PLANNING)))
    add(world, "batang/e-planning")
    assert refused(world, InvalidInput, "banyuwangi/e-planning").code == "app-name-taken"


def test_a_version_that_does_not_exist_is_named(world: World) -> None:
    error = refused(world, CannotResolve, "e-planning>=2030")
    assert str(error) == "batang/e-planning >=2030 cannot be installed"


def test_an_open_question_without_anyone_to_ask_names_the_option(world: World) -> None:
    add(world, "e-planning")
    error = refused(world, InvalidInput, "e-budgeting")
    assert (error.code, error.exit_code) == ("answer-missing", 2)
    assert error.details == ("--answer fiscal_year=…  Tahun anggaran",)
    assert error.hint.format(**error.fields) == "add --answer fiscal_year=…"


def test_answers_are_typed_and_only_answers_are_stored(world: World) -> None:
    add(world, "e-planning")
    add(world, "e-budgeting", answers={"fiscal_year": "2027", "mail_password": "rahasia '\" {{ x }}"})
    selected = world.files.load_selection().apps["batang/e-budgeting"]
    assert selected.answers == {"fiscal_year": 2027}
    assert world.vault.read().apps["e-budgeting"].answers == {"mail_password": "rahasia '\" {{ x }}"}
    assert "rahasia" not in world.files.apps.read_text()


def test_every_wrong_answer_is_reported_with_its_question(world: World) -> None:
    wrong = {"fiscal_year": "dua ribu", "paper": "A5", "colour": "red"}
    error = refused(world, InvalidInput, "e-budgeting", answers=wrong)
    assert error.code == "answer-invalid"
    assert error.details == (
        "fiscal_year: needs a whole number (Tahun anggaran)",
        "paper: is not allowed; allowed: A4, F4 (Kertas)",
        "colour: the app asks no such question; it asks: fiscal_year, mail_password, paper",
    )


def test_ports_already_given_or_in_use_are_passed_over(world: World) -> None:
    add(world, "e-planning")
    found = proposal(world, "e-budgeting", port_is_free=lambda port: port != 8102)
    assert found.port == 8103
    error = refused(world, InvalidInput, "e-budgeting", port=8101, answers={"fiscal_year": "2027"})
    assert str(error) == "port 8101 is already given to batang/e-planning"
    assert (
        refused(world, InvalidInput, "e-budgeting", port=80, answers={"fiscal_year": "2027"}).code == "port-invalid"
    )


def test_adding_again_keeps_port_answers_and_secrets(world: World) -> None:
    add(world, "e-planning")
    add(world, "e-budgeting", answers={"fiscal_year": "2027", "paper": "A4"}, port=8200)
    secrets = world.vault.read()
    again = add(world, "e-budgeting==2026.11.0", answers={"fiscal_year": "2028"})
    assert again.selected.model_dump() == {
        "version": "==2026.11.0",
        "port": 8200,
        "site": "",
        "sample_data": False,
        "answers": {"fiscal_year": 2028, "paper": "A4"},
    }
    assert world.vault.read() == secrets


def test_apps_that_will_be_needed_are_told(world: World) -> None:
    found = proposal(world, "e-budgeting")
    assert [(str(key), why) for key, why in found.also_needed] == [
        ("batang/e-planning", "provides planning.work-plan to batang/e-budgeting")
    ]


def test_comments_of_the_person_stay(world: World) -> None:
    text = "# ours\nsemai_selection:\n  # who we trust\n  mentors: {}\n\n  # what we run\n  apps: {}\n# end\n"
    world.files.apps.write_text(text)
    assert add(world, "e-planning").comments_kept
    remaining = world.files.apps.read_text()
    assert [line for line in remaining.splitlines() if "#" in line] == [
        "# ours",
        "  # who we trust",
        "  # what we run",
        "# end",
    ]


def test_a_mentor_that_apps_yml_pins_otherwise_is_refused(world: World) -> None:
    text = world.files.apps.read_text()
    world.files.apps.write_text(
        text.replace("mentors: {}", "mentors: {batang: {url: 'file:///x', fingerprint: '" + "a" * 64 + "'}}")
    )
    assert refused(world, TrustRefused, "e-planning").code == "mentor-differs"


def test_a_secret_with_a_reserved_name_is_refused(world: World) -> None:
    world.trust(
        "batang", app("e-x", release(manifest("e-x", "1", resources={"secrets": ["answers"]}, environment={})))
    )
    assert refused(world, InvalidInput, "e-x").code == "secret-name"


def test_a_provider_that_is_needed_cannot_be_removed(world: World) -> None:
    add(world, "e-planning")
    add(world, "e-budgeting", answers={"fiscal_year": "2027"})
    world.lock()
    with pytest.raises(InvalidInput) as caught:
        check_removable(world.files, "e-planning")
    assert caught.value.code == "app-needed"
    assert caught.value.details == ("batang/e-budgeting: planning.work-plan",)


def test_removing_keeps_secrets_and_purging_drops_them(world: World) -> None:
    add(world, "e-planning")
    add(world, "e-budgeting", answers={"fiscal_year": "2027"})
    world.lock()
    kept = remove(world.files, world.vault, check_removable(world.files, "e-budgeting"), purge=False)
    assert (kept.installed, set(world.vault.read().apps)) == (True, {"e-planning", "e-budgeting"})
    purged = remove(world.files, world.vault, check_removable(world.files, "batang/e-planning"), purge=True)
    assert purged.installed
    vault = world.vault.read()
    assert (set(vault.apps), vault.contracts) == ({"e-budgeting"}, {})
    selection = world.files.load_selection()
    assert selection.apps == {}
    assert {key: gone.purge for key, gone in selection.removed.items()} == {
        "batang/e-budgeting": False,
        "batang/e-planning": True,
    }


def test_an_app_that_was_never_locked_leaves_no_trace(world: World) -> None:
    add(world, "e-planning")
    removed = remove(world.files, world.vault, check_removable(world.files, "e-planning"), purge=False)
    assert not removed.installed
    assert world.files.load_selection().removed == {}


def test_adding_a_removed_app_takes_it_back(world: World) -> None:
    add(world, "e-planning")
    world.lock()
    remove(world.files, world.vault, check_removable(world.files, "e-planning"), purge=False)
    add(world, "e-planning")
    assert world.files.load_selection().removed == {}
    assert world.lock().removing == ()


def test_an_unselected_app_cannot_be_removed(world: World) -> None:
    with pytest.raises(InvalidInput) as caught:
        check_removable(world.files, "laksa")
    assert str(caught.value) == "laksa is not selected; selected: -"
