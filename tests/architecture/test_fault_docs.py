"""docs/faults.md tells of every cell that the code defines, also of those not run, and of none that failed."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

from tests.faults import steps
from tests.faults.cells import (
    AFTER,
    CELLS,
    CONTROLLER,
    EMBEDDED,
    FULL,
    KILLED,
    POSTGRESQL,
    POWER,
    PROFILES,
    RELEASE,
    RUNBOOKS,
    SELECTED,
    STOPPED,
    VERBS,
    Cell,
)
from tests.faults.matrix import FAILED, MISSING, PAGE, Result, note, noted, read, write
from tests.faults.releases import BAD

TODAY = Result(AFTER, "2026-11-28", 2.0)


def test_the_page_tells_of_the_cells_as_they_are_defined() -> None:
    told = read(PAGE.read_text(encoding="utf-8"))
    assert set(told) == set(CELLS), "run: make faults"


def test_no_cell_of_the_page_failed() -> None:
    told = read(PAGE.read_text(encoding="utf-8"))
    assert {cell: word for cell, word in told.items() if word not in (*cell.allowed, MISSING)} == {}


def test_every_runbook_of_the_host_tool_has_its_cells() -> None:
    parts = {type(part) for book in RUNBOOKS.values() for part in getattr(book, "parts", ())}
    assert set(steps.every_runbook()) == {type(book) for book in RUNBOOKS.values()} | parts


def test_of_two_steps_in_a_row_one_is_selected_with_every_fault_that_needs_no_controller() -> None:
    hit = [cell for cell in SELECTED if cell.fault != RELEASE]
    steps = {(cell.verb, cell.step) for cell in hit if cell.profile == EMBEDDED}
    for name, verb in VERBS.items():
        if name != "upgrade-code":  # but for what it promises it is as any upgrade
            assert all(steps & {(name, one), (name, next_one)} for one, next_one in pairwise(verb.steps)), name
    assert any(name == "upgrade-code" for name, _ in steps)
    assert {cell.fault for cell in hit if cell.profile == EMBEDDED} == set(PROFILES[EMBEDDED].faults)
    assert {cell.fault for cell in hit if cell.profile == POSTGRESQL} >= {POWER, STOPPED}
    assert {cell.step for cell in SELECTED if cell.fault == RELEASE} == set(BAD)
    assert set(SELECTED) <= set(CELLS)


def test_a_cell_that_failed_or_did_not_run_is_told_and_not_counted(tmp_path: Path) -> None:
    bad, left_out = CELLS[0], CELLS[1]
    for cell in CELLS:
        if cell != left_out:
            outcome = FAILED if cell == bad else cell.allowed[0]
            note(tmp_path / "cells.jsonl", cell, Result(outcome, "2026-11-28", 1.0))
    page = write(noted(tmp_path / "cells.jsonl"))
    assert f"**{len(CELLS)} cells: {len(CELLS) - 2} passed, 1 failed, 1 not run.**" in page
    assert (read(page)[bad], read(page)[left_out]) == (FAILED, MISSING)


def test_the_last_word_on_a_cell_counts(tmp_path: Path) -> None:
    path = tmp_path / "cells.jsonl"
    note(path, CELLS[0], Result(FAILED, "2026-11-27", 1.0))
    note(path, CELLS[0], TODAY)
    assert noted(path) == {CELLS[0]: TODAY}


def test_verb_and_fault_decide_what_may_stand() -> None:
    assert Cell(EMBEDDED, "upgrade", "migrate", KILLED).allowed == ("before",)
    assert Cell(EMBEDDED, "upgrade", "switch", POWER).allowed == ("after",)
    assert Cell(EMBEDDED, "upgrade-code", "switch", POWER).allowed == ("before",)
    assert Cell(EMBEDDED, "upgrade", "switch", FULL).allowed == ("before", "after")
    assert Cell("postgresql", "upgrade", "check", CONTROLLER).allowed == ("after",)
    assert Cell(EMBEDDED, "backup", "read-back", KILLED).allowed == ("before",)
