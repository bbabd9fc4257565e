"""Every cell of the fault matrix, embedded: a verb hit at a step by a fault ends in what was or what was asked."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from tests.faults.cells import CELLS, FAULTS, VERBS, Cell
from tests.faults.matrix import RESULTS, note
from tests.faults.stage import Stage
from tests.host import rig
from tests.host.choice import quick
from tests.host.conftest import small_root


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    with small_root(512) as root, rig.host_at(root, rig.uv_wheel()) as host:
        yield Stage(host)


@pytest.mark.slow
@pytest.mark.parametrize("verb", VERBS)
def test_the_steps_of_the_matrix_are_those_of_the_verb(stage: Stage, verb: str) -> None:
    stage.set_for(verb)
    assert list(stage.host.call(*stage.words(verb))["seconds"]) == list(VERBS[verb].steps)


@pytest.mark.parametrize(
    "cell", quick(CELLS, only=[Cell("upgrade", "migrate", fault) for fault in FAULTS]), ids=str
)
def test_fault_leaves_what_was_or_what_was_asked(stage: Stage, cell: Cell) -> None:
    started, outcome = time.monotonic(), "FAILED"
    try:
        outcome = prove(stage, cell)
    finally:
        note(RESULTS, cell, outcome, time.monotonic() - started)
        if outcome == "FAILED":
            stage.forget()


def prove(stage: Stage, cell: Cell) -> str:
    """Return what stood after the fault, all else proven."""
    stage.set_for(cell.verb)
    with stage.visitors(cell.verb) as visitors:
        stage.hit(cell)
        outcome = stage.outcome(cell.verb)
        assert outcome in cell.allowed
        stage.is_whole(cell.verb, outcome, visitors.saved if visitors else 0)
        stage.converges(cell.verb, outcome)
    stage.is_whole(cell.verb, "after", visitors.saved if visitors else 0)
    return outcome
