"""Cells of the fault matrix on a machine with PHP and MariaDB, called as a controller calls it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults import php_machine
from tests.faults.cells import MARIADB, Cell
from tests.faults.stage import Stage
from tests.faults.trying import try_out
from tests.lab.fixtures import lab
from tests.lab.lab import Lab

__all__ = ["lab"]
pytestmark = pytest.mark.lab
PROFILE = MARIADB


@pytest.fixture(scope="module")
def stage(lab: Lab, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with php_machine.ground(lab, tmp_path_factory.mktemp("fault")) as ground:
        yield Stage(ground)


def test_fault_leaves_what_was_or_what_was_asked(stage: Stage, cell: Cell, record: Path | None) -> None:
    try_out(stage, cell, record)
