"""Marks in deployment.yml: a change of one secret, or an app that joins, is news for those it concerns alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from semai.adapters.yaml_files import dump_yaml, read_document
from semai.operations.deployment import refresh_deployment

from tests.operations.region_world import BUDGETING, PLANNING, World, app, manifest, release

BOTH: dict[str, Any] = {
    "batang/e-planning": {"port": 8101},
    "batang/e-budgeting": {"port": 8102, "answers": {"fiscal_year": 2027}},
}
PAIR = {"e-planning": PLANNING, "e-budgeting": BUDGETING}


@pytest.fixture
def world(tmp_path: Path) -> World:
    made = World(tmp_path)
    made.trust("batang", *(app(name, release(found)) for name, found in PAIR.items()))
    made.select(BOTH)
    return made


def test_a_secret_that_changes_is_news_for_its_app_alone(world: World) -> None:
    world.lock()
    before = configs(world)
    change_secret(world, "e-budgeting")
    assert refresh_deployment(world.files, world.vault)
    after = configs(world)
    assert (after["e-planning"], after["e-budgeting"] == before["e-budgeting"]) == (before["e-planning"], False)
    world.lock()
    assert configs(world) == after


def test_without_the_password_every_secret_of_an_edited_vault_is_news(world: World) -> None:
    world.lock()
    before = configs(world)
    assert not refresh_deployment(world.files), "while nobody edited it nothing is"
    change_secret(world, "e-budgeting")
    assert refresh_deployment(world.files)
    assert not {*configs(world).values()} & {*before.values()}


def test_an_app_that_joins_changes_nothing_for_those_it_is_not_linked_with(world: World) -> None:
    alone = manifest("e-arsip", "2026.11.0")
    world.trust("batang", *(app(name, release(made)) for name, made in {**PAIR, "e-arsip": alone}.items()))
    world.lock()
    before = configs(world)
    world.select({**BOTH, "batang/e-arsip": {"port": 8103}})
    world.lock()
    after = configs(world)
    assert (after.pop("e-arsip") is not None, after) == (True, before)


def configs(world: World) -> dict[str, str]:
    """Return app -> what its configuration is known by."""
    items = read_document(world.files.deployment).value["semai_apps"]
    return {item["name"]: item["config"] for item in items}


def change_secret(world: World, name: str) -> None:
    """Do what `ansible-vault edit` does to one secret of an app."""
    vault = world.vault.read()
    new = vault.apps[name].model_copy(update={"secret_key": "another"})
    assert world.vault.write(vault.model_copy(update={"apps": {**vault.apps, name: new}}))


@pytest.mark.parametrize(
    "marks", [None, "text", [], {"vault": "x"}, {"vault": "x", "secrets": None}, {"secrets": {}}]
)
def test_marks_that_somebody_broke_are_made_anew(world: World, marks: object) -> None:
    world.lock()
    content = read_document(world.files.deployment).value
    before = configs(world)
    world.files.deployment.write_text(dump_yaml({**content, "semai_marks": marks}, unsafe=True))
    assert refresh_deployment(world.files, world.vault)
    assert configs(world) == before
    assert not refresh_deployment(world.files)
