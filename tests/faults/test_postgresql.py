"""Cells of the fault matrix on machines with Python and PostgreSQL: one is called as a controller calls it, one has
a real controller, which dies or loses its line."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults import controller, python_machine
from tests.faults.cells import CONTROLLER, LINE, POSTGRESQL, Cell
from tests.faults.stage import Stage
from tests.faults.trying import try_out
from tests.lab.fixtures import lab
from tests.lab.lab import Lab

__all__ = ["lab"]
pytestmark = pytest.mark.lab
PROFILE = POSTGRESQL


@pytest.fixture(scope="module")
def host(lab: Lab, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with python_machine.ground(lab, tmp_path_factory.mktemp("fault")) as ground:
        yield Stage(ground)


@pytest.fixture(scope="module")
def controlled(lab: Lab, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    folders = (tmp_path_factory.mktemp(name) for name in ("region", "fault"))
    with controller.ground(lab, *folders) as ground:
        yield Stage(ground)


def test_fault_leaves_what_was_or_what_was_asked(
    cell: Cell, record: Path | None, request: pytest.FixtureRequest
) -> None:
    stage = "controlled" if cell.fault in (CONTROLLER, LINE) else "host"
    try_out(request.getfixturevalue(stage), cell, record)
