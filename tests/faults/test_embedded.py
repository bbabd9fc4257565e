"""Cells of the fault matrix, embedded: a verb hit at a step by a fault ends in what was or what was asked."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults import embedded
from tests.faults.cells import EMBEDDED, Cell
from tests.faults.stage import Stage
from tests.faults.trying import try_out

pytestmark = pytest.mark.slow
PROFILE = EMBEDDED


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    with embedded.ground() as ground:
        yield Stage(ground)


def test_fault_leaves_what_was_or_what_was_asked(stage: Stage, cell: Cell, record: Path | None) -> None:
    try_out(stage, cell, record)
