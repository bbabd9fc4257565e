"""The RKPD as it was and as it will be, side by side: sub kegiatan, pagu, and targets of indicators."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, NamedTuple, TypeVar

from django.utils.translation import gettext_lazy as lazy

from .targets import SetTarget

ZERO = Decimal(0)
COMPARED = {
    "indicator": lazy("indikator"),
    "target": lazy("target"),
    "unit": lazy("satuan"),
    "location": lazy("lokasi"),
    "pagu": lazy("pagu"),
    "note": lazy("catatan"),
}
TITLES = {"added": lazy("Baru"), "removed": lazy("Dihapus"), "changed": lazy("Berubah"), "same": lazy("Tetap")}
BADGES = {"added": "success", "removed": "danger", "changed": "warning", "same": "neutral"}
Row = TypeVar("Row", bound="TwoSided")


class Planned(NamedTuple):
    """One sub kegiatan as it stands on one side. There are thousands of them: a tuple is made quickest."""

    sub_activity_id: int
    agency_id: int
    agency_name: str
    program_code: str
    program_name: str
    code: str
    name: str
    indicator: str
    target: Decimal
    unit: str
    location: str
    pagu: Decimal
    note: str

    @property
    def program(self) -> str:
        return f"{self.program_code} {self.program_name}"


@dataclass(frozen=True)
class Side:
    """A version, or the plan being made (`id` "rancangan").

    `targets`: by OPD and indicator; None in a version from before they were kept.
    """

    id: str
    label: str
    rows: Mapping[int, Planned]
    ceilings: Mapping[int, Decimal | None]
    targets: Mapping[tuple[int, int], SetTarget] | None

    @property
    def total(self) -> Decimal:
        return sum((row.pagu for row in self.rows.values()), ZERO)


class TwoSided:
    """What stands on both sides; either may be missing. `changed` is true where both stand and differ."""

    old: Any
    new: Any
    changed: Any

    @property
    def row(self) -> Any:
        found = self.new or self.old
        assert found is not None
        return found

    @property
    def kind(self) -> str:
        if self.old is None:
            return "added"
        if self.new is None:
            return "removed"
        return "changed" if self.changed else "same"

    @property
    def title(self) -> str:
        return str(TITLES[self.kind])

    @property
    def badge(self) -> str:
        return BADGES[self.kind]


@dataclass(frozen=True)
class ComparedItem(TwoSided):
    """One sub kegiatan."""

    old: Planned | None
    new: Planned | None
    changed: frozenset[str]
    reasons: tuple[str, ...]

    @property
    def changed_titles(self) -> list[str]:
        return [str(title) for name, title in COMPARED.items() if name in self.changed]

    @property
    def difference(self) -> Decimal:
        return (self.new.pagu if self.new else ZERO) - (self.old.pagu if self.old else ZERO)


@dataclass(frozen=True)
class ComparedTarget(TwoSided):
    """What one OPD sets for one indicator. Its words are the RPJMD's: only the value makes a change."""

    old: SetTarget | None
    new: SetTarget | None
    given: tuple[str, ...]

    @property
    def before(self) -> Decimal | None:
        return self.old.value if self.old else None

    @property
    def after(self) -> Decimal | None:
        return self.new.value if self.new else None

    @property
    def changed(self) -> bool:
        return None not in (self.before, self.after) and self.before != self.after

    @property
    def reasons(self) -> tuple[str, ...]:
        return () if self.kind == "same" else self.given

    @property
    def difference(self) -> Decimal | None:
        return None if self.before is None or self.after is None else self.after - self.before


@dataclass(frozen=True)
class ComparedAgency:
    """An OPD on both sides with its sub kegiatan and targets of indicators; pagu None = never set."""

    agency_id: int
    name: str
    ceiling_before: Decimal | None
    ceiling_after: Decimal | None
    items: tuple[ComparedItem, ...]
    targets: tuple[ComparedTarget, ...]

    @property
    def before(self) -> Decimal:
        return sum((item.old.pagu for item in self.items if item.old), ZERO)

    @property
    def after(self) -> Decimal:
        return sum((item.new.pagu for item in self.items if item.new), ZERO)

    @property
    def difference(self) -> Decimal:
        return self.after - self.before

    @property
    def over(self) -> bool:
        return self.ceiling_after is not None and self.after > self.ceiling_after

    @property
    def changed(self) -> tuple[ComparedItem, ...]:
        return _different(self.items)

    @property
    def changed_targets(self) -> tuple[ComparedTarget, ...]:
        return _different(self.targets)


@dataclass(frozen=True)
class Comparison:
    old: Side
    new: Side
    agencies: tuple[ComparedAgency, ...]

    @property
    def items(self) -> list[ComparedItem]:
        return [item for agency in self.agencies for item in agency.items]

    @property
    def changed(self) -> list[ComparedItem]:
        return [item for agency in self.agencies for item in agency.changed]

    @property
    def knows_targets(self) -> bool:
        return self.old.targets is not None and self.new.targets is not None

    @property
    def targets(self) -> list[ComparedTarget]:
        return [target for agency in self.agencies for target in agency.targets]

    @property
    def changed_targets(self) -> list[ComparedTarget]:
        return [target for agency in self.agencies for target in agency.changed_targets]

    @property
    def difference(self) -> Decimal:
        return self.new.total - self.old.total

    @property
    def counts(self) -> dict[str, int]:
        """How many sub kegiatan are new, removed, changed, the same."""
        kinds = [item.kind for item in self.items]
        return {str(title): kinds.count(kind) for kind, title in TITLES.items()}


@dataclass(frozen=True)
class Reasons:
    """Why things changed: by sub kegiatan, and by OPD and indicator."""

    items: Mapping[int, tuple[str, ...]]
    targets: Mapping[tuple[int, int], tuple[str, ...]]


def compare(old: Side, new: Side, reasons: Reasons, agency: int | None = None) -> Comparison:
    """Both sides by OPD, of one OPD if given."""
    items = [
        _compared(old.rows.get(key), new.rows.get(key), reasons.items.get(key, ()))
        for key in old.rows.keys() | new.rows.keys()
    ]
    items_of = _by_agency(sorted(items, key=lambda item: (item.row.agency_name, item.row.code)))
    targets_of = _by_agency(_compared_targets(old, new, reasons))
    firsts = {key: rows[0].row.agency_name for key, rows in [*targets_of.items(), *items_of.items()]}
    agencies = tuple(
        ComparedAgency(
            agency_id=key,
            name=name,
            ceiling_before=old.ceilings.get(key),
            ceiling_after=new.ceilings.get(key),
            items=tuple(items_of.get(key, ())),
            targets=tuple(targets_of.get(key, ())),
        )
        for key, name in sorted(firsts.items(), key=lambda first: first[1])
        if agency in (None, key)
    )
    return Comparison(_only(old, agency), _only(new, agency), agencies)


def _compared_targets(old: Side, new: Side, reasons: Reasons) -> list[ComparedTarget]:
    """Nothing where one side does not know them: that is not the same as having none."""
    if old.targets is None or new.targets is None:
        return []
    found = [
        ComparedTarget(old.targets.get(key), new.targets.get(key), reasons.targets.get(key, ()))
        for key in old.targets.keys() | new.targets.keys()
    ]
    return sorted(found, key=lambda target: (target.row.node_code, target.row.indicator_id))


def _by_agency(rows: Iterable[Row]) -> dict[int, list[Row]]:
    found: dict[int, list[Row]] = {}
    for row in rows:
        found.setdefault(row.row.agency_id, []).append(row)
    return found


def _different(rows: Iterable[Row]) -> tuple[Row, ...]:
    return tuple(row for row in rows if row.kind != "same")


def _only(side: Side, agency: int | None) -> Side:
    if agency is None:
        return side
    rows = {key: row for key, row in side.rows.items() if row.agency_id == agency}
    return replace(side, rows=rows)


def _compared(old: Planned | None, new: Planned | None, reasons: Iterable[str]) -> ComparedItem:
    if old is None or new is None:
        return ComparedItem(old, new, frozenset(), tuple(reasons))
    changed = frozenset(name for name in COMPARED if getattr(old, name) != getattr(new, name))
    return ComparedItem(old, new, changed, tuple(reasons) if changed else ())
