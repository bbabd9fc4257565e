"""The guide for mentors of PHP apps is true: its examples are read, its tables are complete, its steps work."""

from __future__ import annotations

import re
from datetime import datetime, timezone
from pathlib import Path
from typing import get_args

import pytest
from semai.adapters.yaml_checks import validate
from semai.adapters.yaml_files import parse_document
from semai.core.catalog import Finding, Manifest
from semai.core.php_checks import judge_runtime
from semai.core.php_manifest import Preset
from semai.core.sample import config_problems
from semai.operations.publish_check import check
from semai.operations.publish_new import draft

from tests.operations.php_source import CODEIGNITER3, complete, write_catalog, write_tree

DOCS = Path(__file__).parents[2] / "docs"
PAGES = pytest.mark.parametrize("page", ["mentor-php.md", "mentor-php.id.md"])


def blocks(page: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", (DOCS / page).read_text(encoding="utf-8"), re.M | re.S)


@PAGES
def test_example_of_a_release_is_read_with_its_false_alarm(page: str) -> None:
    release, accepted = blocks(page, "yaml")
    manifest = validate(parse_document(release + accepted, page), Manifest, judge=judge_runtime)
    assert manifest.php is not None
    assert manifest.accepted[0].finding == "private-key"


@PAGES
def test_example_of_a_template_can_be_filled(page: str) -> None:
    (template,) = blocks(page, "php")
    release = parse_document(blocks(page, "yaml")[0], page).value
    release["questions"]["smtp_password"] = {"title": "Kata sandi surel", "secret": True}
    release["php"]["config"] = {"config.php": {"text": template}}
    assert list(config_problems("batang", {"simpeg": Manifest.model_validate(release)})) == []


@PAGES
def test_every_finding_and_every_preset_is_explained(page: str) -> None:
    text = (DOCS / page).read_text(encoding="utf-8")
    rows = [line for line in text.splitlines() if line.startswith("| `")]
    assert {name for row in rows for name in re.findall(r"`([a-z-]+)`", row.split("|")[1])} == set(
        get_args(Finding)
    )
    assert [preset for preset in get_args(Preset) if f"`{preset}`" not in text] == []


def test_steps_of_the_guide_lead_to_a_catalog_that_passes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    catalog = write_catalog(tmp_path)
    write_tree(tmp_path / "sources/simpeg", CODEIGNITER3)
    drafted = draft(catalog, "simpeg", Path("sources/simpeg"), datetime(2026, 11, 21, tzinfo=timezone.utc))
    assert [path.name for path in drafted.files] == ["app.yml", "2026.11.0.yml", "application-config-config.php.j2"]
    assert "decide" in (catalog / "apps/simpeg/2026.11.0.yml").read_text()
    complete(catalog / "apps/simpeg")
    assert check(catalog).releases == 1
