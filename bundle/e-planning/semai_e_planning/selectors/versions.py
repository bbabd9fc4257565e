"""The RKPD as it was determined and as it is being changed, side by side; rows are matched by sub kegiatan."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from semai_kit import roles
from semai_kit.models import Account, FiscalYear

from ..models import (
    AgencyCeiling,
    Amendment,
    AnnualPlan,
    AnnualPlanVersion,
    ItemChange,
    VersionItem,
    WorkPlanItem,
)

ZERO = Decimal(0)
COMPARED = {
    "indicator": "indikator",
    "target": "target",
    "unit": "satuan",
    "location": "lokasi",
    "pagu": "pagu",
    "note": "catatan",
}
TITLES = {"added": "Baru", "removed": "Dihapus", "changed": "Berubah", "same": "Tetap"}
BADGES = {"added": "success", "removed": "danger", "changed": "warning", "same": "neutral"}
WORKING = "rancangan"


@dataclass(frozen=True)
class Planned:
    """One sub kegiatan as it stands on one side."""

    agency_id: int
    agency_name: str
    sub_activity_id: int
    program: str
    code: str
    name: str
    indicator: str
    target: Decimal
    unit: str
    location: str
    pagu: Decimal
    note: str


@dataclass(frozen=True)
class Side:
    """A version, or the plan being made (`id` "rancangan")."""

    id: str
    label: str
    rows: Mapping[int, Planned]
    ceilings: Mapping[int, Decimal | None]

    @property
    def total(self) -> Decimal:
        return sum((row.pagu for row in self.rows.values()), ZERO)


@dataclass(frozen=True)
class ComparedItem:
    """One sub kegiatan on both sides; either may be missing."""

    old: Planned | None
    new: Planned | None
    changed: frozenset[str]
    reasons: tuple[str, ...]

    @property
    def row(self) -> Planned:
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
        return TITLES[self.kind]

    @property
    def badge(self) -> str:
        return BADGES[self.kind]

    @property
    def changed_titles(self) -> list[str]:
        return [title for name, title in COMPARED.items() if name in self.changed]

    @property
    def difference(self) -> Decimal:
        return (self.new.pagu if self.new else ZERO) - (self.old.pagu if self.old else ZERO)


@dataclass(frozen=True)
class ComparedAgency:
    """An OPD on both sides with its sub kegiatan; pagu None = never set."""

    agency_id: int
    name: str
    ceiling_before: Decimal | None
    ceiling_after: Decimal | None
    items: tuple[ComparedItem, ...]

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
        return tuple(item for item in self.items if item.kind != "same")


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
        return [item for item in self.items if item.kind != "same"]

    @property
    def difference(self) -> Decimal:
        return self.new.total - self.old.total

    @property
    def counts(self) -> dict[str, int]:
        """How many sub kegiatan are new, removed, changed, the same."""
        kinds = [item.kind for item in self.items]
        return {title: kinds.count(kind) for kind, title in TITLES.items()}


def versions_of(account: Account, year: FiscalYear) -> list[AnnualPlanVersion]:
    roles.require_anywhere(account, "annual_plan.view")
    rows = AnnualPlanVersion.objects.filter(plan__fiscal_year=year)
    return list(rows.select_related("plan__fiscal_year", "made_by").order_by("number"))


def amendments_of(plan: AnnualPlan) -> list[Amendment]:
    """Every Perubahan of the year, the dropped ones too, oldest first."""
    return list(plan.amendments.select_related("plan__fiscal_year", "opened_by", "base", "result"))


def version_side(version: AnnualPlanVersion) -> Side:
    ceilings = {row.agency_id: row.ceiling for row in version.agencies.all()}
    rows = {row.sub_activity_id: _determined(row) for row in version.items.all()}
    return Side(str(version.number), version.label, rows, ceilings)


def working_side(year: FiscalYear) -> Side:
    """The Renja and pagu as they stand now."""
    items = WorkPlanItem.objects.filter(work_plan__fiscal_year=year)
    related = ("work_plan__agency", "sub_activity__parent__parent")
    rows = {item.sub_activity_id: _working(item) for item in items.select_related(*related)}
    ceilings = dict(AgencyCeiling.objects.filter(fiscal_year=year).values_list("agency_id", "amount"))
    return Side(WORKING, "Rancangan Perubahan", rows, ceilings)


def working_comparison(plan: AnnualPlan) -> Comparison:
    """What the open Perubahan changes in the newest version. The plan must have one."""
    base = plan.versions.select_related("plan__fiscal_year").order_by("-number").first()
    assert base is not None
    reasons = reasons_between(plan, base.number, None)
    return compare(version_side(base), working_side(plan.fiscal_year), reasons)


def reasons_between(plan: AnnualPlan, after: int, until: int | None) -> dict[int, tuple[str, ...]]:
    """Sub kegiatan -> reasons given in the Perubahan after version `after` up to `until` (None: the open one)."""
    changes = ItemChange.objects.filter(amendment__plan=plan, amendment__number__gt=after)
    kept = changes.exclude(amendment__outcome=Amendment.Outcome.DROPPED)
    if until is not None:
        kept = kept.filter(amendment__number__lte=until)
    found: dict[int, dict[str, None]] = {}
    for sub_activity, reason in kept.order_by("pk").values_list("sub_activity", "reason"):
        found.setdefault(sub_activity, {})[reason] = None
    return {key: tuple(reasons) for key, reasons in found.items()}


def compare(old: Side, new: Side, reasons: Mapping[int, tuple[str, ...]], agency: int | None = None) -> Comparison:
    """Both sides by OPD, of one OPD if given."""
    items = [
        _compared(old.rows.get(key), new.rows.get(key), reasons.get(key, ()))
        for key in old.rows.keys() | new.rows.keys()
    ]
    by_agency: dict[int, list[ComparedItem]] = {}
    for item in sorted(items, key=lambda item: (item.row.agency_name, item.row.code)):
        by_agency.setdefault(item.row.agency_id, []).append(item)
    agencies = tuple(
        ComparedAgency(key, found[0].row.agency_name, old.ceilings.get(key), new.ceilings.get(key), tuple(found))
        for key, found in by_agency.items()
        if agency in (None, key)
    )
    return Comparison(_only(old, agency), _only(new, agency), agencies)


def _only(side: Side, agency: int | None) -> Side:
    if agency is None:
        return side
    rows = {key: row for key, row in side.rows.items() if row.agency_id == agency}
    return Side(side.id, side.label, rows, side.ceilings)


def _compared(old: Planned | None, new: Planned | None, reasons: Iterable[str]) -> ComparedItem:
    both = old is not None and new is not None
    changed = frozenset(name for name in COMPARED if both and getattr(old, name) != getattr(new, name))
    item = ComparedItem(old, new, changed, ())
    return item if item.kind == "same" else ComparedItem(old, new, changed, tuple(reasons))


def _determined(row: VersionItem) -> Planned:
    return Planned(
        agency_id=row.agency_id,
        agency_name=row.agency_name,
        sub_activity_id=row.sub_activity_id,
        program=f"{row.program_code} {row.program_name}",
        code=row.sub_activity_code,
        name=row.sub_activity_name,
        **_compared_values(row),
    )


def _working(item: WorkPlanItem) -> Planned:
    return Planned(
        agency_id=item.work_plan.agency_id,
        agency_name=item.work_plan.agency.name,
        sub_activity_id=item.sub_activity_id,
        program=str(item.sub_activity.parent.parent),
        code=item.sub_activity.code,
        name=item.sub_activity.title,
        **_compared_values(item),
    )


def _compared_values(row: Any) -> dict[str, Any]:
    return {name: getattr(row, name) for name in COMPARED}
