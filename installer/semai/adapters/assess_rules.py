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


def report_template() -> str:
    """Return the page of `semai assess --report` as a template."""
    return (_DATA / "report.html.j2").read_text(encoding="utf-8")


def _plain(name: str) -> Any:
    return json.loads((_DATA / f"{name}.json").read_text(encoding="utf-8"))
