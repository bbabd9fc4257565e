"""Internal evaluation: grades of criteria become points of parts, components and a score of 0 to 100. Pure.

Components, weights, parts, grades and bands are versioned data (data/evaluation.yml). A part counts the mean of its
criteria; an ungraded criterion counts 0, so that leaving one out never raises a score.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from .achievement import HUNDRED, rounded
from .bands import Band, band_of, read_bands


@dataclass(frozen=True)
class Grade:
    """`value`: 0 to 100."""

    id: str
    title: str
    value: Decimal


@dataclass(frozen=True)
class Part:
    """Sub komponen; `share` of its component's weight, 0 to 1."""

    id: str
    title: str
    share: Decimal


@dataclass(frozen=True)
class Criterion:
    id: str
    part: str
    text: str


@dataclass(frozen=True)
class Component:
    """`weight`: points of the whole, which has 100."""

    id: str
    title: str
    weight: Decimal
    criteria: tuple[Criterion, ...]


@dataclass(frozen=True)
class Scheme:
    """One version of the worksheet."""

    id: str
    from_year: int
    basis: str
    parts: tuple[Part, ...]
    grades: tuple[Grade, ...]
    bands: tuple[Band, ...]
    components: tuple[Component, ...]

    @property
    def criteria(self) -> tuple[Criterion, ...]:
        return tuple(criterion for component in self.components for criterion in component.criteria)

    def grade(self, grade_id: str) -> Grade | None:
        return next((grade for grade in self.grades if grade.id == grade_id), None)

    def part(self, part_id: str) -> Part:
        return next(part for part in self.parts if part.id == part_id)


@dataclass(frozen=True)
class PartScore:
    part: Part
    points: Decimal
    weight: Decimal
    graded: int
    asked: int


@dataclass(frozen=True)
class ComponentScore:
    component: Component
    points: Decimal
    parts: tuple[PartScore, ...]


@dataclass(frozen=True)
class Score:
    """`total`: 0 to 100, two decimals; `complete` when every criterion has a grade."""

    total: Decimal
    band: Band
    components: tuple[ComponentScore, ...]
    complete: bool


def read_scheme(entry: Mapping[str, Any]) -> Scheme:
    """A worksheet from data. Raises ValueError when weights, shares or grades do not add up."""
    scheme = Scheme(
        id=str(entry["id"]),
        from_year=int(entry["from_year"]),
        basis=entry["basis"],
        parts=tuple(Part(p["id"], p["title"], Decimal(p["share"])) for p in entry["parts"]),
        grades=tuple(Grade(g["id"], g["title"], Decimal(g["value"])) for g in entry["grades"]),
        bands=read_bands(entry["bands"]),
        components=tuple(_component(c) for c in entry["components"]),
    )
    faults = _faults(scheme)
    if faults:
        raise ValueError(f"scheme {scheme.id}: " + "; ".join(faults))
    return scheme


def score(scheme: Scheme, grades: Mapping[str, str]) -> Score:
    """Points of everything; `grades`: criterion id -> grade id (missing, empty or unknown counts 0)."""
    values = {criterion: found.value for criterion, found in _known(scheme, grades).items()}
    components = tuple(_component_score(scheme, component, values) for component in scheme.components)
    total = rounded(sum((component.points for component in components), Decimal(0)))
    complete = all(criterion.id in values for criterion in scheme.criteria)
    return Score(total, band_of(total, scheme.bands), components, complete)


def _known(scheme: Scheme, grades: Mapping[str, str]) -> dict[str, Grade]:
    found = {criterion: scheme.grade(grade) for criterion, grade in grades.items()}
    return {criterion: grade for criterion, grade in found.items() if grade is not None}


def _component_score(scheme: Scheme, component: Component, values: Mapping[str, Decimal]) -> ComponentScore:
    parts = tuple(_part_score(part, component, values) for part in scheme.parts)
    return ComponentScore(component, sum((part.points for part in parts), Decimal(0)), parts)


def _part_score(part: Part, component: Component, values: Mapping[str, Decimal]) -> PartScore:
    asked = [criterion.id for criterion in component.criteria if criterion.part == part.id]
    weight = component.weight * part.share
    total = sum((values.get(criterion, Decimal(0)) for criterion in asked), Decimal(0))
    points = weight * total / len(asked) / HUNDRED
    return PartScore(part, points, weight, sum(1 for criterion in asked if criterion in values), len(asked))


def _component(entry: Mapping[str, Any]) -> Component:
    criteria = tuple(Criterion(str(c["id"]), c["part"], c["text"]) for c in entry["criteria"])
    return Component(entry["id"], entry["title"], Decimal(entry["weight"]), criteria)


def _faults(scheme: Scheme) -> list[str]:
    faults = []
    weights = sum((component.weight for component in scheme.components), Decimal(0))
    if weights != HUNDRED:
        faults.append(f"weights sum to {weights}, not 100")
    shares = sum((part.share for part in scheme.parts), Decimal(0))
    if shares != 1:
        faults.append(f"shares sum to {shares}, not 1")
    faults += [f"grade {g.id} is outside 0 to 100" for g in scheme.grades if not 0 <= g.value <= HUNDRED]
    faults += _repeated([criterion.id for criterion in scheme.criteria])
    known = {part.id for part in scheme.parts}
    for component in scheme.components:
        used = {criterion.part for criterion in component.criteria}
        if used != known:
            faults.append(f"component {component.id} must have criteria of exactly the parts {sorted(known)}")
    return faults


def _repeated(ids: Sequence[str]) -> list[str]:
    return [f"criterion {one} is given twice" for one in sorted({i for i in ids if ids.count(i) > 1})]
