"""A nursery per test: inventory, store and root in a scratch folder; what it started is stopped at the end."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.roles.greeter import Nursery


@pytest.fixture
def nursery() -> Iterator[Nursery]:
    with tempfile.TemporaryDirectory(prefix="semai-") as folder:
        made = Nursery(Path(folder))
        yield made
        made.play("stop", check=False)
