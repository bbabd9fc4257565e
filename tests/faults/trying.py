"""One cell tried and its result taken down, whatever came of it."""

from __future__ import annotations

import time
from pathlib import Path

from tests.faults.cells import Cell
from tests.faults.matrix import FAILED, Result, note
from tests.faults.stage import Stage


def try_out(stage: Stage, cell: Cell, record: Path | None) -> None:
    """Prove the cell; after a failure mend the ground, so that the next cell starts clean.

    A run that is interrupted takes nothing down of the cell it was at.
    """
    started = time.monotonic()

    def take_down(outcome: str) -> None:
        if record:
            date = time.strftime("%Y-%m-%d", time.gmtime())
            note(record, cell, Result(outcome, date, time.monotonic() - started))

    try:
        outcome = stage.prove(cell)
    except Exception:
        take_down(FAILED)
        stage.ground.mend()
        raise
    take_down(outcome)
