"""The figures of a run as one table, or as JSON."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterable, Sequence
from typing import Any

from tests.bench.figures import Fact, Figure

_HEADINGS = ("", "what", "median", "lowest", "highest", "runs", "target", "")


def caution(loads: Sequence[tuple[float, float, float]]) -> str:
    """Say on what machine this ran, and how busy it was before and after."""
    cores = os.cpu_count() or 1
    shown = " -> ".join(f"{load[0]:.1f}" for load in loads)
    text = f"Python {platform.python_version()}, {platform.machine()}, {cores} cores, load {shown}"
    busy = max(load[0] for load in loads[:1]) > cores / 2
    return text + ("  CAUTION: the machine was busy with other work; compare lowest values only" if busy else "")


def lines(found: Iterable[Figure | Fact]) -> list[str]:
    """Return the table's lines, columns aligned."""
    rows = [_HEADINGS, *(_row(line) for line in found)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_HEADINGS))]
    return [
        "  ".join(_aligned(cell, width, at) for at, (cell, width) in _cells(row, widths)).rstrip() for row in rows
    ]


def plain(found: Iterable[Figure | Fact], loads: Sequence[tuple[float, float, float]]) -> dict[str, Any]:
    """Return the figures as plain values for JSON."""
    return {
        "machine": caution(loads),
        "loads": [list(load) for load in loads],
        "figures": [_plain(f) for f in found],
    }


def _cells(row: Sequence[str], widths: Sequence[int]) -> Iterable[tuple[int, tuple[str, int]]]:
    return enumerate(zip(row, widths, strict=True))


def _aligned(cell: str, width: int, column: int) -> str:
    return cell.rjust(width) if 2 <= column <= 6 else cell.ljust(width)


def _row(line: Figure | Fact) -> tuple[str, ...]:
    if isinstance(line, Fact):
        return (line.topic, line.what, "", "", "", "", "", line.said)
    target = f"< {line.target:g} {line.unit}" if line.target is not None else ""
    missed = line.target is not None and line.judged >= line.target
    quantile = "" if line.quantile == 0.5 else f"p{line.quantile * 100:.0f} {_number(line.judged, line.unit)}"
    shown = [_number(value, line.unit) for value in (line.median, min(line.values), max(line.values))]
    if len(line.values) == 1:
        shown[1:] = ["", ""]
    note = ", ".join(filter(None, ("MISSED" if missed else "", quantile, line.note)))
    return (line.topic, line.what, *shown, str(len(line.values)), target, note)


def _number(value: float, unit: str) -> str:
    digits = 0 if unit in ("ms", "MB") and value >= 10 else 2 if value < 10 else 1
    return f"{value:.{digits}f} {unit}"


def _plain(line: Figure | Fact) -> dict[str, Any]:
    if isinstance(line, Fact):
        return {"topic": line.topic, "what": line.what, "said": line.said}
    return {
        "topic": line.topic,
        "what": line.what.strip(),
        "unit": line.unit,
        "median": line.median,
        "judged": line.judged,
        "values": list(line.values),
        "target": line.target,
        "note": line.note,
    }
