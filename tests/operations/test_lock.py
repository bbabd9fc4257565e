"""Locking a region: what is written, what is refused, and that a refusal changes nothing."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from semai.adapters.state import read_audit
from semai.adapters.yaml_files import read_document
from semai.core import lockfile
from semai.core.references import secret_at
from semai.errors import CannotResolve, InvalidInput, Locked, SemaiError, TrustRefused
from semai.operations.deployment import forget_removed, refresh_deployment

from tests.operations.region_world import BUDGETING, PLANNING, World, app, manifest, release

BOTH = {
    "batang/e-planning": {"version": ">=2026", "port": 8101, "sample_data": True},
    "batang/e-budgeting": {"port": 8102, "answers": {"fiscal_year": 2027}},
}


@pytest.fixture
def world(tmp_path: Path) -> World:
    made = World(tmp_path)
    made.trust("batang", app("e-planning", release(PLANNING)), app("e-budgeting", release(BUDGETING)))
    made.select(BOTH)
    return made


def deployed(world: World) -> dict[str, dict]:
    return {item["name"]: item for item in read_document(world.files.deployment).value["semai_apps"]}


def refused(world: World, kind: type[SemaiError], **request: object) -> SemaiError:
    before = world.contents()
    with pytest.raises(kind) as caught:
        world.lock(**request)
    assert world.contents() == before
    return caught.value


def test_lock_names_releases_reasons_and_catalogs(world: World) -> None:
    result = world.lock()
    assert result.written == ("vault.yml", "semai.lock", "deployment.yml")
    lock = lockfile.parse(world.files.lock.read_bytes())
    assert lock.apps["batang/e-planning"].because == (
        "requested",
        "provides planning.work-plan to batang/e-budgeting",
    )
    assert lock.apps["batang/e-planning"].release == release(PLANNING)
    assert lock.contracts == {
        "batang/e-budgeting": {
            "planning.work-plan": lockfile.LockedContract(provider="batang/e-planning", version="1.0")
        }
    }
    assert lock.mentors["batang"].timestamp_version == 3
    assert lock.previous is None
    assert [(c.app, c.old, c.new) for c in result.changes] == [
        ("batang/e-budgeting", "", "2026.11.0"),
        ("batang/e-planning", "", "2026.11.0"),
    ]


def test_locking_again_changes_nothing(world: World) -> None:
    world.lock()
    before = world.contents()
    result = world.lock()
    assert result.written == ()
    assert world.contents() == before


def test_deployment_is_what_the_roles_expect(world: World) -> None:
    world.lock()
    item = deployed(world)["e-budgeting"]
    item["artifacts"] = len(item["artifacts"])
    item["files"] = sorted(item["files"])
    config, release_id = item.pop("config"), item.pop("release")
    assert len(config) == len(release_id) == 64
    assert item == {
        "name": "e-budgeting",
        "state": "present",
        "mentor": "batang",
        "version": "2026.11.0",
        "runtime": "python",
        "environment": {
            "SEMAI_APP": "e-budgeting",
            "SEMAI_RELEASE": "2026.11.0",
            "SECRET_KEY": "@secret(apps.e-budgeting.secret_key)",
            "DATABASE_URL": "sqlite:////srv/semai/apps/e-budgeting/shared/data/db.sqlite3",
            "SEMAI_BIND": "127.0.0.1:8102",
            "SEMAI_BASE_URL": "http://127.0.0.1:8102",
            "SEMAI_MEDIA": "/srv/semai/apps/e-budgeting/shared/media",
            "SEMAI_STATIC": "/srv/semai/apps/e-budgeting/releases/2026.11.0/static",
            "SEMAI_REGION_FILE": "/srv/semai/apps/e-budgeting/shared/region.json",
            "SEMAI_CONTRACTS": {
                "provides": {},
                "consumes": {
                    "planning.work-plan": {
                        "version": "1.0",
                        "url": "http://127.0.0.1:8101/api/planning.work-plan/1.0",
                        "token": "@secret(contracts.e-planning.planning.work-plan.e-budgeting)",
                        "provider": "e-planning",
                    }
                },
            },
            "SEMAI_ADMIN_PASSWORD": "@secret(apps.e-budgeting.admin_password)",
            "SEMAI_ANSWERS": {
                "fiscal_year": 2027,
                "paper": "F4",
                "mail_password": "@secret(apps.e-budgeting.answers.mail_password)",
            },
        },
        "files": ["shared/region.json"],
        "commands": {
            "serve": ["semai-e-budgeting", "serve"],
            "migrate": ["semai-e-budgeting", "migrate"],
            "after_install": [["semai-e-budgeting", "ensure-admin"]],
            "sample_data": None,
        },
        "bind": "127.0.0.1:8102",
        "health": {"url": "http://127.0.0.1:8102/healthz", "timeout_seconds": 60},
        "change": "migrate",
        "upgrade_from": [],
        "needs": {"ram_mb": 128, "disk_mb": 100, "python": ">=3.10,<3.14"},
        "database": {"driver": "sqlite", "path": "shared/data/db.sqlite3"},
        "artifacts": 1,
    }
    planning = deployed(world)["e-planning"]
    assert planning["commands"]["sample_data"] == ["semai-e-planning", "sample-data"]
    assert planning["environment"]["SEMAI_CONTRACTS"]["provides"] == {
        "planning.work-plan": {
            "version": "1.0",
            "consumers": {"e-budgeting": "@secret(contracts.e-planning.planning.work-plan.e-budgeting)"},
        }
    }
    region = json.loads(planning["files"]["shared/region.json"]["content"])
    assert (region["code"], region["name"], region["head_title"]) == ("53.10", "Kabupaten Manggarai", "Bupati")


def test_every_reference_leads_to_a_secret_and_no_secret_is_in_the_deployment(world: World) -> None:
    world.lock()
    vault = world.vault.read().plain()
    text = world.files.deployment.read_text()
    token = secret_at(vault, "contracts.e-planning.planning.work-plan.e-budgeting")
    assert token is not None
    values = [token, *vault["apps"]["e-planning"].values(), *vault["apps"]["e-budgeting"].values()]
    assert [value for value in values if isinstance(value, str) and value in text] == []


def test_new_secrets_never_replace_old_ones(world: World) -> None:
    world.select({"batang/e-planning": {"port": 8101}})
    world.lock()
    before = world.vault.read().apps["e-planning"]
    world.select(BOTH)
    world.lock()
    assert world.vault.read().apps["e-planning"] == before
    assert set(world.vault.read().apps) == {"e-planning", "e-budgeting"}


def test_every_text_is_unsafe_so_ansible_never_renders_it(world: World) -> None:
    odd = "\"{{ lookup('pipe', 'id') }} 'x' \\\"y\\\" a\\nb\""
    region = world.files.region.read_text().replace("address: ''", f"address: {odd}")
    world.files.region.write_text(region)
    world.lock()
    binary = Path(sys.executable).parent / "ansible-inventory"
    run = subprocess.run(
        [binary, "-i", world.files.hosts, "--vault-password-file", world.vault.password, "--list"],
        capture_output=True,
        text=True,
        check=True,
    )
    variables = json.loads(run.stdout)["_meta"]["hostvars"]["localhost"]

    def plain(value: object) -> object:
        return value["__ansible_unsafe"] if isinstance(value, dict) and "__ansible_unsafe" in value else value

    content = plain(variables["semai_apps"][0]["files"]["shared/region.json"]["content"])
    assert json.loads(str(content))["address"] == "{{ lookup('pipe', 'id') }} 'x' \"y\" a\nb"
    assert run.stderr == ""


def test_answers_arrive_literally(world: World) -> None:
    odd = "{{ secrets.secret_key }} {% raw %} 'a' \"b\" $HOME `id` \\ @secret"
    question = {"title": "Moto", "default": ""}
    made = manifest(
        "e-x",
        "1",
        questions={"motto": question},
        environment={"A": "{{ answers.motto }}", "B": "x {{ answers.motto }}"},
    )
    world.trust("batang", app("e-x", release(made)))
    world.select({"batang/e-x": {"port": 8101, "answers": {"motto": odd}}})
    world.lock()
    assert deployed(world)["e-x"]["environment"] == {"A": odd, "B": f"x {odd}"}


@pytest.mark.parametrize(
    ("answers", "line"),
    [
        ({"fiscal_year": "2027"}, "answers.fiscal_year: needs a whole number (Tahun anggaran)"),
        ({"fiscal_year": 1999}, "answers.fiscal_year: must be at least 2020 (Tahun anggaran)"),
        ({"fiscal_year": 2027, "paper": "A5"}, "answers.paper: is not allowed; allowed: A4, F4 (Kertas)"),
        (
            {"fiscal_year": 2027, "colour": "red"},
            "answers.colour: the app asks no such question; it asks: fiscal_year, paper",
        ),
        ({}, "answers.fiscal_year: is not answered yet: Tahun anggaran"),
        (
            {"fiscal_year": 2027, "mail_password": "x"},
            "answers.mail_password: is secret and belongs in the vault; run: semai add --answer mail_password=…",
        ),
    ],
)
def test_wrong_answers_are_refused_with_their_question(world: World, answers: dict, line: str) -> None:
    world.select({**BOTH, "batang/e-budgeting": {"port": 8102, "answers": answers}})
    error = refused(world, InvalidInput)
    assert error.code == "yaml-invalid"
    assert [d.split("semai_selection.apps.batang/e-budgeting.")[1] for d in error.details] == [line]
    assert all(":" in d and d.split(":")[1].isdigit() for d in error.details)


def test_references_and_line_breaks_in_answers_are_refused(world: World) -> None:
    made = manifest("e-x", "1", questions={"motto": {"title": "Moto", "default": ""}})
    world.trust("batang", app("e-x", release(made)))
    for motto in ("@secret(apps.e-x.secret_key)", "a\nb"):
        world.select({"batang/e-x": {"port": 8101, "answers": {"motto": motto}}})
        assert refused(world, InvalidInput).code == "yaml-invalid"


def test_a_template_cannot_build_a_reference_out_of_answers(world: World) -> None:
    questions = {"a": {"title": "a", "default": ""}, "b": {"title": "b", "default": ""}}
    made = manifest("e-x", "1", questions=questions, environment={"X": "{{ answers.a }}{{ answers.b }}"})
    world.trust("batang", app("e-x", release(made)))
    world.select({"batang/e-x": {"port": 8101, "answers": {"a": "@secret", "b": "(apps.e-x.secret_key)"}}})
    with pytest.raises(InvalidInput) as caught:
        world.lock()
    assert caught.value.code == "secret-in-text"


def test_locked_versions_stay_until_upgrade(world: World) -> None:
    world.lock()
    newer = manifest("e-planning", "2026.12.0", provides={"planning.work-plan": ["1.0"]})
    world.trust(
        "batang", app("e-planning", release(newer), release(PLANNING)), app("e-budgeting", release(BUDGETING))
    )
    world.lock()
    assert lockfile.parse(world.files.lock.read_bytes()).apps["batang/e-planning"].version == "2026.11.0"
    first = lockfile.parse(world.files.lock.read_bytes()).digest
    result = world.lock(upgrade=True, upgrade_only=("e-planning",))
    assert [(c.app, c.old, c.new) for c in result.changes] == [("batang/e-planning", "2026.11.0", "2026.12.0")]
    assert result.lock.previous == first


def test_upgrade_of_an_app_that_is_not_selected_is_refused(world: World) -> None:
    world.lock()
    assert refused(world, InvalidInput, upgrade=True, upgrade_only=("laksa",)).code == "app-not-selected"


def test_lower_versions_need_a_word(world: World) -> None:
    newer = manifest("e-planning", "2026.12.0", provides={"planning.work-plan": ["1.0"]})
    world.trust(
        "batang", app("e-planning", release(newer), release(PLANNING)), app("e-budgeting", release(BUDGETING))
    )
    world.lock()
    world.select({**BOTH, "batang/e-planning": {"version": "==2026.11.0", "port": 8101}})
    error = refused(world, CannotResolve)
    assert (error.code, error.details) == ("downgrade", ("batang/e-planning: 2026.12.0 -> 2026.11.0",))
    assert world.lock(allow_downgrade=True).lock.apps["batang/e-planning"].version == "2026.11.0"


def test_a_withdrawn_release_is_refused(world: World) -> None:
    world.lock()
    world.trust("batang", app("e-planning", release(PLANNING, "withdrawn")), app("e-budgeting", release(BUDGETING)))
    error = refused(world, CannotResolve)
    assert error.code == "unsatisfiable"
    assert "batang/e-planning 2026.11.0 is withdrawn" in error.details


def test_an_app_others_need_must_be_added_on_purpose(world: World) -> None:
    world.select({"batang/e-budgeting": BOTH["batang/e-budgeting"]})
    error = refused(world, CannotResolve)
    assert error.code == "needed-not-selected"
    assert error.details == ("batang/e-planning: provides planning.work-plan to batang/e-budgeting",)


def test_a_release_whose_digest_does_not_fit_is_refused(world: World) -> None:
    forged = release(PLANNING).model_copy(update={"digest": "0" * 64})
    world.trust("batang", app("e-planning", forged), app("e-budgeting", release(BUDGETING)))
    assert refused(world, TrustRefused).code == "release-digest"


def test_a_mentor_pinned_by_another_fingerprint_is_refused(world: World) -> None:
    text = world.files.apps.read_text()
    pin = "mentors:\n    batang: {url: 'file:///x', fingerprint: '" + "a" * 64 + "'}"
    world.files.apps.write_text(text.replace("mentors: {}", pin))
    assert refused(world, TrustRefused).code == "mentor-differs"


@pytest.mark.parametrize(
    "damage",
    [
        lambda text: text[: len(text) // 2],
        lambda text: text.replace('"schema": 1', '"schema": 2'),
        lambda text: text.replace("2026.11.0", "2026.11.1"),
        lambda text: "<<<<<<< HEAD\n" + text,
        lambda text: "[]",
        lambda text: "[" * 100_000,
        lambda text: "",
    ],
)
def test_a_corrupt_lock_is_refused(world: World, damage: Callable[[str], str]) -> None:
    world.lock()
    world.files.lock.write_text(damage(world.files.lock.read_text()))
    assert refused(world, InvalidInput).code == "lock-corrupt"


def test_a_wrong_vault_password_is_refused_and_loses_nothing(world: World) -> None:
    world.lock()
    good = world.vault.read()
    right = world.vault.password.read_text()
    world.vault.password.write_text("wrong\n")
    world.select({**BOTH, "batang/e-planning": {"port": 8103}})
    assert refused(world, InvalidInput).code == "vault-password-wrong"
    world.vault.password.write_text(right)
    assert world.vault.read() == good


def test_a_removed_app_is_absent_until_every_host_let_go_of_it(world: World) -> None:
    world.lock()
    world.select({"batang/e-planning": BOTH["batang/e-planning"]}, removed={"batang/e-budgeting": {"purge": True}})
    assert world.lock().removing == ("e-budgeting",)
    gone = {"name": "e-budgeting", "state": "absent", "purge": True}
    assert deployed(world)["e-budgeting"] == gone
    world.lock()
    assert deployed(world)["e-budgeting"] == gone
    forget_removed(world.files, {"e-budgeting"})
    assert "e-budgeting" not in deployed(world)
    assert world.files.load_selection().removed == {}
    assert world.lock().written == ()


def test_an_app_deleted_by_hand_becomes_absent_and_keeps_its_data(world: World) -> None:
    world.lock()
    world.select({"batang/e-planning": BOTH["batang/e-planning"]})
    world.lock()
    world.lock()
    assert deployed(world)["e-budgeting"] == {"name": "e-budgeting", "state": "absent", "purge": False}


def test_edits_of_the_region_reach_the_deployment_without_catalogs(world: World) -> None:
    world.lock()
    old = deployed(world)["e-planning"]["config"]
    assert not refresh_deployment(world.files)
    world.files.region.write_text(
        world.files.region.read_text().replace("head_name: ''", "head_name: Ibu Bupati", 1)
    )
    assert refresh_deployment(world.files)
    assert deployed(world)["e-planning"]["config"] != old
    world.select({"batang/e-planning": {"version": ">=2027", "port": 8101}})
    with pytest.raises(InvalidInput) as caught:
        refresh_deployment(world.files)
    assert caught.value.code == "lock-stale"
    assert caught.value.fields["apps"] == "batang/e-budgeting, batang/e-planning"


def test_a_second_semai_is_told_who_holds_the_region(world: World) -> None:
    with world.files.held_for("semai apply"):
        error = refused(world, Locked)
    assert error.fields["verb"] == "semai apply"


def test_every_lock_leaves_an_audit_line(world: World) -> None:
    lock = world.lock().lock
    last = read_audit(world.files.audit)[-1]
    assert (last.verb, last.result, last.lock) == ("lock", "done", lock.digest)
