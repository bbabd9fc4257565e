"""The figures hosts are judged by, from semai's data files."""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path
from typing import Any

from semai.core.assessment.rules import Rules

_DATA = Path(__file__).parents[1] / "data" / "assess"


@lru_cache(maxsize=1)
def assess_rules() -> Rules:
    """Return the rules that came with this semai."""
    names = ("thresholds", "systems", "growth")
    return Rules.model_validate({name: _plain(name) for name in names})


def _plain(name: str) -> Any:
    return json.loads((_DATA / f"{name}.json").read_text(encoding="utf-8"))
