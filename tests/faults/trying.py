"""One cell tried and its result taken down, whatever came of it."""

from __future__ import annotations

import time

from tests.faults.cells import Cell
from tests.faults.matrix import FAILED, RESULTS, Result, note
from tests.faults.stage import Stage


def try_out(stage: Stage, cell: Cell) -> None:
    """Prove the cell; after a failure mend the ground, so that the next cell starts clean."""
    started, outcome = time.monotonic(), FAILED
    try:
        outcome = stage.prove(cell)
    finally:
        note(RESULTS, cell, Result(outcome, time.strftime("%Y-%m-%d", time.gmtime()), time.monotonic() - started))
        if outcome == FAILED:
            stage.ground.mend()
