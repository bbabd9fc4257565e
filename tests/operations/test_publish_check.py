"""What `publish check` finds, where it says it is, and that everything is reported at once."""

from __future__ import annotations

from pathlib import Path

import pytest
from semai.errors import InvalidInput
from semai.operations.publish_check import check

from tests.operations.mentor_source import MentorSource

ROOT = Path(__file__).parents[2]
PLANNING = "catalog/apps/e-planning/2026.11.0.yml"
BUDGETING = "catalog/apps/e-budgeting/2026.11.0.yml"
APP = "catalog/apps/e-planning/app.yml"
BASE = "catalog/bases/kit.yml"


@pytest.fixture
def source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> MentorSource:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SEMAI_LANG", "en")
    return MentorSource(tmp_path)


def problems(source: MentorSource) -> list[str]:
    with pytest.raises(InvalidInput) as caught:
        check(source.catalog)
    assert (caught.value.code, caught.value.exit_code) == ("catalog-invalid", 2)
    return list(caught.value.details)


def test_good_source_passes(source: MentorSource) -> None:
    checked = check(source.catalog)
    assert (checked.releases, checked.distributions) == (2, 3)


def test_base_is_merged_below_the_release(source: MentorSource) -> None:
    source.release("e-planning", "2026.11.0", "health: {timeout_seconds: 5}")
    source.release("e-budgeting", "2026.11.0")
    planning = check(source.catalog).source.apps[1].newest.manifest
    assert (planning.health.path, planning.health.timeout_seconds) == ("/healthz", 5)
    assert "SEMAI_BASE_URL" in planning.environment


def test_every_error_of_every_file_is_reported_at_once(source: MentorSource) -> None:
    source.replace("catalog/catalog.yml", "name: Kabupaten Batang", "nama: Kabupaten Batang")
    source.replace(APP, "owner: Bapperida", "owner: 3")
    source.replace(PLANNING, "version: 2026.11.0", "version: 2026.11.00")
    source.replace(BUDGETING, "base: kit", "base: kti")
    found = problems(source)
    assert "catalog/apps/e-budgeting/2026.11.0.yml:1: base: no such base; allowed: kit" in found
    assert 'catalog/catalog.yml:3: nama: unknown key; did you mean "name"?' in found
    assert any(line.startswith("catalog/apps/e-planning/app.yml:5: owner: needs a text") for line in found)
    assert any(line.startswith("catalog/apps/e-planning/2026.11.0.yml:3: version: ") for line in found)


def test_broken_base_is_reported_at_its_own_line_once(source: MentorSource) -> None:
    source.replace(BASE, "  path: /healthz", "  paths: /healthz")
    found = problems(source)
    assert found == ['catalog/bases/kit.yml:9: health.paths: unknown key; did you mean "path"?']


def test_undefined_name_in_a_template_is_found(source: MentorSource) -> None:
    source.replace(BASE, "{{ site.url }}", "{{ site.adress }}")
    found = problems(source)
    assert len(found) == 2  # in the release of each app
    assert all("environment.SEMAI_BASE_URL" in line and "adress" in line for line in found)


def test_contract_that_nobody_provides_names_what_is_provided(source: MentorSource) -> None:
    source.replace(BUDGETING, ">=1,<2", ">=2")
    assert problems(source) == [
        "catalog/apps/e-budgeting/2026.11.0.yml:6: consumes.planning.work-plan: "
        "no app of this catalog provides it in >=2; provided: 1.0"
    ]


def test_optional_contract_needs_no_provider(source: MentorSource) -> None:
    source.replace(BUDGETING, "version: '>=1,<2'", "version: '>=2', optional: true")
    assert check(source.catalog).releases == 2


def test_source_of_another_version_is_found(source: MentorSource) -> None:
    source.distribution("e-planning", "2026.12.0", requires=["kit==0.1"], script=True)
    (line,) = problems(source)
    assert line.startswith("catalog/apps/e-planning/2026.11.0.yml:3: version: e-planning in ../sources/e-planning")
    assert "2026.12.0" in line


def test_source_that_is_not_there_is_found(source: MentorSource) -> None:
    source.replace(APP, "../sources/e-planning", "../sources/e-plan")
    (line,) = problems(source)
    assert line.startswith("catalog/apps/e-planning/app.yml:9: build.source: no distribution")


def test_folder_and_file_names_must_agree_with_their_content(source: MentorSource) -> None:
    source.replace(APP, "id: e-planning", "id: e-plan")
    source.replace(BUDGETING, "version: 2026.11.0", "version: 2026.11.1")
    assert {line.split(": ")[1] for line in problems(source)} >= {"id", "version"}


def test_required_app_must_be_in_the_catalog(source: MentorSource) -> None:
    source.release("e-planning", "2026.11.0", "provides: {planning.work-plan: ['1.0']}", "requires: {ghost: '>=1'}")
    (line,) = problems(source)
    assert line.endswith("requires.ghost: no such app; allowed: e-budgeting, e-planning")


def test_older_release_without_a_way_to_the_newest_is_found(source: MentorSource) -> None:
    source.release("e-planning", "2026.10.0")
    lines = ("provides: {planning.work-plan: ['1.0']}", "lifecycle: {upgrade_from: ['>=2026.11']}")
    source.release("e-planning", "2026.11.0", *lines)
    (line,) = problems(source)
    assert "lifecycle.upgrade_from: no chain of upgrades leads e-planning from 2026.10.0" in line


def test_standing_of_an_unknown_release_is_found(source: MentorSource) -> None:
    source.write(APP, (source.root / APP).read_text() + "standings:\n  2025.1.0: {status: withdrawn}\n")
    (line,) = problems(source)
    assert line.endswith("standings.2025.1.0: no such release; allowed: 2026.11.0")


def test_default_that_does_not_fit_its_question_is_found(source: MentorSource) -> None:
    question = "questions: {year: {type: integer, title: Year, maximum: 2030, default: 2031}}"
    source.release("e-planning", "2026.11.0", "provides: {planning.work-plan: ['1.0']}", question)
    (line,) = problems(source)
    assert "questions.year.default: must be at most 2030" in line


def test_secret_in_a_distribution_is_found(source: MentorSource) -> None:
    source.write("sources/kit/kit/.env", "SECRET=1")
    assert problems(source) == ["sources/kit/kit/.env:1: an environment file belongs to a host, not into a release"]


def test_missing_requirements_file_is_found(source: MentorSource) -> None:
    (source.root / "requirements.lock").unlink()
    assert problems(source) == ["catalog/catalog.yml:6: constraints: there is no such file"]


def test_reference_catalog_passes() -> None:
    checked = check(ROOT / "catalog")
    assert [app.file.id for app in checked.source.apps] == ["e-budgeting", "e-hibah", "e-planning", "e-sakip"]
