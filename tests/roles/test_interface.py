"""A role's interface is written three times (argument_specs, defaults, README) and must say the same thrice."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

ROLES = Path(__file__).parents[2] / "roles"
MOST_VARIABLES = 20


def roles() -> list[Path]:
    return sorted(path for path in ROLES.iterdir() if (path / "meta").is_dir())


def options(role: Path) -> dict[str, dict[str, Any]]:
    specs = yaml.safe_load((role / "meta" / "argument_specs.yml").read_text())
    return dict(specs["argument_specs"]["main"]["options"])


def defaults(role: Path) -> dict[str, Any]:
    return dict(yaml.safe_load((role / "defaults" / "main.yml").read_text()) or {})


def shown(option: dict[str, Any]) -> str:
    if option.get("required"):
        return "required"
    value = option["default"]
    if value == "":
        return "empty"
    return "`null`" if value is None else f"`{value}`"


@pytest.mark.parametrize("role", roles(), ids=lambda role: role.name)
def test_defaults_are_those_of_the_argument_specs(role: Path) -> None:
    optional = {name: option["default"] for name, option in options(role).items() if not option.get("required")}
    assert defaults(role) == optional


@pytest.mark.parametrize("role", roles(), ids=lambda role: role.name)
def test_the_readme_table_is_that_of_the_argument_specs(role: Path) -> None:
    rows = re.findall(r"^\| `(\w+)` \| (\S+) \| (.+?) \| (.+) \|$", (role / "README.md").read_text(), re.MULTILINE)
    expected = [
        (name, option["type"], shown(option), option["description"]) for name, option in options(role).items()
    ]
    assert [(n, t, v, d.replace("`", "")) for n, t, v, d in rows] == [
        (n, t, v, re.sub(r"C\((.+?)\)", r"\1", d)) for n, t, v, d in expected
    ]


@pytest.mark.parametrize("role", roles(), ids=lambda role: role.name)
def test_public_variables_are_few_and_carry_the_roles_name(role: Path) -> None:
    names = list(options(role))
    assert len(names) <= MOST_VARIABLES
    assert [name for name in names if not name.startswith(f"{role.name}_")] == []


@pytest.mark.parametrize("role", roles(), ids=lambda role: role.name)
def test_roles_never_import_one_another(role: Path) -> None:
    text = "".join(path.read_text() for path in role.rglob("*.yml"))
    assert "include_role" not in text
    assert "import_role" not in text
    assert yaml.safe_load((role / "meta" / "main.yml").read_text())["dependencies"] == []
