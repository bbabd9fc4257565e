"""The JSON Schemas for editors: made from today's models, with a text for every key, and true of what we ship."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from semai.adapters.editor_schemas import schema_comment
from semai.adapters.yaml_files import read_document
from semai.core.editor_schemas import rendered, schemas

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "installer" / "semai" / "schemas"
MODELINE = "# yaml-language-server: $schema="
SHIPPED = sorted([*ROOT.glob("catalog/**/*.yml"), *ROOT.glob("inventories/manggarai/**/*.yml")])


def test_schemas_are_of_todays_models() -> None:
    assert {path.name: path.read_text(encoding="utf-8") for path in FOLDER.glob("*.json")} == rendered(), (
        "run: make schemas"
    )


@pytest.mark.parametrize("name", schemas())
def test_every_key_has_a_description(name: str) -> None:
    assert [key for key, found in _keys(schemas()[name]) if "description" not in found] == []


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: str(path.relative_to(ROOT)))
def test_shipped_file_names_its_schema_and_follows_it(path: Path) -> None:
    first = path.read_text(encoding="utf-8").partition("\n")[0]
    assert first.startswith(MODELINE)
    schema = json.loads((path.parent / first.removeprefix(MODELINE)).read_text(encoding="utf-8"))
    jsonschema.validate(read_document(path).value, schema)
    assert schema["title"] == f"semai: {_kind(path)}"


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("region", {"semai_region": {"code": "53.10", "kind": "kabupatan"}}),
        ("apps", {"semai_selection": {"apps": {"batang/e-planning": {"port": 80}}}}),
        ("release", {"version": "2026.11.0", "comands": {"serve": ["semai-e-planning"]}}),
        ("hosts", {"all": {"vars": {"semai_root": "/srv/semai", "semai_profile": "cloud"}}}),
    ],
)
def test_editor_sees_what_is_wrong(name: str, written: dict[str, Any]) -> None:
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(written, schemas()[name])


def test_new_file_in_a_checkout_names_its_schema(tmp_path: Path) -> None:
    checkout = tmp_path / "semai"
    place = checkout / "installer" / "semai" / "schemas"
    place.mkdir(parents=True)
    (checkout / "pyproject.toml").touch()
    file = checkout / "inventories" / "ende" / "hosts.yml"
    expected = "yaml-language-server: $schema=../../installer/semai/schemas/hosts.json\n"
    assert schema_comment("hosts", file, place) == expected


def test_new_file_elsewhere_names_none(tmp_path: Path) -> None:
    assert schema_comment("hosts", tmp_path / "hosts.yml") == ""


def _keys(schema: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for name, found in {"": schema, **schema.get("$defs", {})}.items():
        for key, value in found.get("properties", {}).items():
            yield f"{name}.{key}", value


def _kind(path: Path) -> str:
    if path.parent.name == "bases":
        return "base"
    if path.parent.parent.name == "apps":
        return "app" if path.name == "app.yml" else "release"
    return path.stem
