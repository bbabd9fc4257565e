"""docs/errors.md and docs/errors.id.md are what the source says."""

from __future__ import annotations

import pytest

from tests.architecture.error_docs import DOCS, of_command_line, of_host_tool, render, unread


@pytest.mark.parametrize("language", sorted(DOCS))
def test_error_docs_are_current(language: str) -> None:
    assert DOCS[language].read_text(encoding="utf-8") == render(language), "run: make docs"


def test_every_code_is_read_from_the_source() -> None:
    assert unread() == {"first.code", "unready.code"}  # handed on from a host, whose codes are listed too


def test_one_code_has_one_exit_code_on_the_command_line() -> None:
    exits: dict[str, set[int]] = {}
    for row in of_command_line():
        exits.setdefault(row.code, set()).add(row.exit)
    assert {code: found for code, found in exits.items() if len(found) > 1} == {}


def test_codes_are_kebab_case_words() -> None:
    codes = {row.code for row in (*of_command_line(), *of_host_tool())}
    assert {code for code in codes if not code.replace("-", "").isalnum() or code != code.lower()} == set()
