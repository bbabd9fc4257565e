"""Which cases of a long table run in `make check`; all of them run in `make test`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import pytest


def quick(cases: Iterable[Any], *, only: Sequence[Any]) -> list[Any]:
    """Mark every case slow but those in `only`, which must be among them."""
    found = list(cases)
    assert all(case in found for case in only)
    return [case if case in only else _slow(case) for case in found]


def _slow(case: Any) -> Any:
    values = case if isinstance(case, tuple) else (case,)
    return pytest.param(*values, marks=pytest.mark.slow)
