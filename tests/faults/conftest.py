"""Which cells a run tries: the selected ones, or with --every-cell all that have not passed yet."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faults.cells import CELLS, SELECTED, Cell
from tests.faults.matrix import RESULTS, noted


@pytest.fixture
def record(pytestconfig: pytest.Config) -> Path | None:
    """Where results are taken down: a run of the selected cells leaves the repository as it is."""
    return RESULTS if pytestconfig.getoption("--every-cell") else None


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "cell" in metafunc.fixturenames:
        profile = metafunc.module.PROFILE
        cells = _lacking() if metafunc.config.getoption("--every-cell") else SELECTED
        chosen = [cell for cell in cells if cell.profile == profile]
        metafunc.parametrize("cell", chosen, ids=str)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out the test of a profile that has no chosen cell, which pytest would call skipped."""
    empty = [item for item in items if item.name.endswith("[NOTSET]")]
    items[:] = [item for item in items if item not in empty]
    config.hook.pytest_deselected(items=empty)


def _lacking() -> list[Cell]:
    results = noted(RESULTS)
    return [cell for cell in CELLS if cell not in results or results[cell].outcome not in cell.allowed]
