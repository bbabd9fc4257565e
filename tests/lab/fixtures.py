"""Fixtures for tests on machines; a conftest imports them: `from tests.lab.fixtures import lab, machine, machines`.

Where no lab can be made the tests are skipped with the reason, and fail instead where CI=true.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NoReturn

import pytest

from tests.lab import needs
from tests.lab.lab import Lab
from tests.lab.machine import Machine

Machines = Callable[..., list[Machine]]


def stand_down(lacking: Sequence[str], *, ci: bool) -> NoReturn:
    """Fail where the tests must run, and skip with the reason elsewhere."""
    said = f"LAB TESTS DID NOT RUN: {'; '.join(lacking)}"
    if ci:
        pytest.fail(said, pytrace=False)
    pytest.skip(said)


@pytest.fixture(scope="session")
def lab() -> Iterator[Lab]:
    """A lab without machines, for the whole session."""
    if lacking := needs.missing():
        stand_down(lacking, ci=os.environ.get("CI") == "true")
    with Lab.open() as made:
        yield made


@pytest.fixture
def machines(lab: Lab) -> Iterator[Machines]:
    """A function that gives fresh machines (arguments as Lab.machines); they go at the end of the test."""
    made: list[Machine] = []

    def more(count: int, *arguments: Any, **options: Any) -> list[Machine]:
        fresh = lab.machines(count, *arguments, **options)
        made.extend(fresh)
        return fresh

    yield more
    lab.discard(made)


@pytest.fixture
def machine(machines: Machines) -> Machine:
    """One fresh machine of Debian 12."""
    return machines(1)[0]
