"""Which cases of a long table run in `make check`; the others run in `make thorough`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import pytest


def quick(cases: Iterable[Any], *, only: Sequence[Any]) -> list[Any]:
    """Mark every case thorough but those in `only`, which must be among them."""
    found = list(cases)
    assert all(case in found for case in only)
    return [case if case in only else _thorough(case) for case in found]


def _thorough(case: Any) -> Any:
    values = case if isinstance(case, tuple) else (case,)
    return pytest.param(*values, marks=pytest.mark.thorough)
