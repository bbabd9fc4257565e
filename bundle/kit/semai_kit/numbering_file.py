"""Patterns of document numbers as data: an app's `data/numbering.yml`, checked when loaded.

A pattern must hold what makes its numbers unique: `{number}` and `{year}`, and `{agency}` where each agency counts
for itself. A region replaces a pattern by the answer `number_<series>`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from string import Formatter
from typing import Any

import yaml

PER = ("year", "agency-year")
OWN_FIELDS = frozenset({"number", "year", "agency", "agency_code", "day", "month", "roman_month"})
TEXT_LIMIT = 120


class NumberingInvalid(Exception):
    """The file of patterns, or a region's answer to it, is wrong; the message names the series and the fault."""


@dataclass(frozen=True)
class Series:
    """One kind of document with its numbers. `fields` are the further words its pattern may use."""

    id: str
    title: str
    pattern: str
    per: str
    fields: frozenset[str] = frozenset()

    @property
    def per_agency(self) -> bool:
        return self.per == "agency-year"

    def text(self, values: Mapping[str, str | int]) -> str:
        """The number as it is printed; raises NumberingInvalid when a field has no value or it is too long."""
        wanted = {name for _, name, _, _ in Formatter().parse(self.pattern) if name}
        missing = wanted - {name for name, value in values.items() if value != ""}
        if missing:
            raise NumberingInvalid(f"series {self.id!r}: no value for {', '.join(sorted(missing))}")
        text = self.pattern.format_map(values)
        if len(text) > TEXT_LIMIT:
            raise NumberingInvalid(f"series {self.id!r}: {text!r} is longer than {TEXT_LIMIT} characters")
        return text


def load_series(path: Path, answers: Mapping[str, Any]) -> dict[str, Series]:
    """Series by id, patterns replaced by the region's answers. Raises NumberingInvalid with every fault."""
    document = yaml.safe_load(path.read_text(encoding="utf-8")) if path.is_file() else {}
    found, faults = {}, []
    for series_id, entry in (document or {}).items():
        try:
            series = _series(str(series_id), entry, answers)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            faults.append(f"series {series_id!r}: {error!r}")
            continue
        faults += [f"series {series.id!r}: {fault}" for fault in pattern_faults(series)]
        found[series.id] = series
    if faults:
        raise NumberingInvalid(f"{path}: " + "; ".join(faults))
    return found


def _series(series_id: str, entry: Mapping[str, Any], answers: Mapping[str, Any]) -> Series:
    unknown = set(entry) - {"title", "pattern", "per", "fields"}
    if unknown:
        raise ValueError(f"unknown keys {sorted(unknown)}")
    answer = answers.get("number_" + series_id.replace("-", "_")) or entry["pattern"]
    fields = frozenset(str(name) for name in entry.get("fields", ()))
    return Series(series_id, str(entry["title"]), str(answer), str(entry["per"]), fields)


def pattern_faults(series: Series) -> list[str]:
    """What keeps the pattern from giving every document a number of its own."""
    if series.per not in PER:
        return [f"per must be one of {', '.join(PER)}"]
    try:
        parts = [(name, spec, conversion) for _, name, spec, conversion in Formatter().parse(series.pattern)]
    except ValueError as error:
        return [f"pattern {series.pattern!r}: {error}"]
    names = {name for name, _, _ in parts if name is not None}
    allowed = OWN_FIELDS | series.fields
    faults = [
        f"pattern uses {{{name}}}, known are {', '.join(sorted(allowed))}" for name in sorted(names - allowed)
    ]
    needed = {"number", "year"} | ({"agency"} if series.per_agency and "agency_code" not in names else set())
    faults += [f"pattern lacks {{{name}}}" for name in sorted(needed - names)]
    faults += [
        f"{{{name}}} takes a width only" for name, spec, conversion in parts if conversion or not _width(spec)
    ]
    return faults


def _width(spec: str | None) -> bool:
    """`03d`, `3d`, `d` or nothing: anything else could print a number twice or a million blanks."""
    digits = (spec or "").removesuffix("d")
    return not digits or (digits.isascii() and digits.isdigit() and int(digits) <= 12)
