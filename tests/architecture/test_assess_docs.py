"""docs/kesiapan.id.md explains every finding with the words, limits and dates semai uses; each can occur."""

from __future__ import annotations

import ast
import re
from datetime import date

from semai.adapters.assess_rules import assess_rules
from semai.core.assessment.meanings_services import MEANINGS

from tests.architecture.assess_docs import GROUPS, PAGE, PROJECT, rendered

SOURCE = PROJECT / "installer" / "semai"


def test_the_page_is_current() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert page == rendered(page), "run: make docs"


def test_every_finding_is_explained_once() -> None:
    explained = [code for group in GROUPS.values() for code in group]
    assert sorted(explained) == sorted(MEANINGS)


def test_every_code_the_judgement_uses_has_a_meaning_and_every_meaning_is_used() -> None:
    used: set[str] = set()
    for path in [*(SOURCE / "core" / "assessment").glob("*.py"), SOURCE / "operations" / "assess.py"]:
        if path.name.startswith("meanings_"):
            continue
        constants = [node.value for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Constant)]
        used |= {
            value for value in constants if isinstance(value, str) and re.fullmatch(r"[a-z]+(-[a-z]+)+", value)
        }
    assert set(MEANINGS) - used == set()


def test_fields_of_a_meaning_are_literal_or_filled_never_half_written() -> None:
    for code, meaning in MEANINGS.items():
        for text in (meaning.text, meaning.meaning, meaning.fix):
            assert text, code
            text.format_map(_Any())


class _Any(dict[str, str]):
    def __missing__(self, key: str) -> str:
        return key


def test_every_figure_names_its_source_and_dates_are_in_order() -> None:
    rules = assess_rules()
    for _, limit in rules.thresholds.limits:
        assert limit.need <= limit.advise
        assert len(limit.source) > 20
    for _, figure in rules.growth.figures:
        assert figure.source.startswith(("Measured", "Experience", "Assumption", "Convention", "The ", "Logs "))
    for release in rules.systems.systems.values():
        assert release.full_until <= release.until
    assert {name for name, r in rules.systems.systems.items() if r.supported} == {
        "debian-12",
        "debian-13",
        "ubuntu-22.04",
        "ubuntu-24.04",
    }
    assert rules.systems.as_of <= date(2026, 12, 31)
