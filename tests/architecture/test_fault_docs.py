"""docs/faults.md tells of every cell of the matrix, also of those not run, of no other, and of none that failed."""

from __future__ import annotations

from pathlib import Path

from tests.faults.cells import CELLS, Cell
from tests.faults.matrix import MISSING, PAGE, note, noted, read, write


def test_the_page_tells_of_the_cells_as_they_are_defined() -> None:
    page = PAGE.read_text(encoding="utf-8")
    told = read(page)
    assert list(told) == [
        cell for verb in dict.fromkeys(c.verb for c in CELLS) for cell in CELLS if cell.verb == verb
    ]
    assert page == write(told), "run: make faults"


def test_no_cell_of_the_page_failed() -> None:
    told = read(PAGE.read_text(encoding="utf-8"))
    assert {cell: word for cell, word in told.items() if word not in (*cell.allowed, MISSING)} == {}


def test_a_cell_that_failed_or_did_not_run_is_told_and_not_counted(tmp_path: Path) -> None:
    bad, left_out = CELLS[0], CELLS[1]
    for cell in CELLS:
        if cell != left_out:
            note(tmp_path / "cells.jsonl", cell, "FAILED" if cell == bad else cell.allowed[0], 1.0)
    page = write(noted(tmp_path / "cells.jsonl"))
    assert f"**{len(CELLS)} cells: {len(CELLS) - 2} passed, 1 failed, 1 not run.**" in page
    assert (read(page)[bad], read(page)[left_out]) == ("FAILED", "not run")


def test_the_fault_decides_what_may_stand() -> None:
    assert Cell("upgrade", "migrate", "tool killed").allowed == ("before",)
    assert Cell("upgrade", "switch", "power cut").allowed == ("after",)
    assert Cell("upgrade", "switch", "disk full").allowed == ("before", "after")
