"""What was determined and what is being made, read as sides to compare; rows are matched by sub kegiatan."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from sys import intern
from typing import TypeVar

from django.db.models import Count, Exists, OuterRef, QuerySet, Sum
from django.utils.translation import gettext as _
from semai_kit import roles
from semai_kit.models import Account, FiscalYear

from ..models import (
    AgencyCeiling,
    Amendment,
    AnnualPlan,
    AnnualPlanVersion,
    ItemChange,
    TargetChange,
    VersionAgency,
    VersionItem,
    WorkPlan,
    WorkPlanItem,
    WorkPlanTarget,
)
from .comparison import COMPARED, ZERO, Planned, Reasons, Side
from .targets import SetTarget, determined, set_in

WORKING = "rancangan"
AT_ONCE = 500
IN_WORK_PLAN = {  # what a version copies, in the order of Planned, and where the rows of a Renja have it
    "agency_id": "work_plan__agency",
    "agency_name": "work_plan__agency__name",
    "program_code": "sub_activity__parent__parent__code",
    "program_name": "sub_activity__parent__parent__title",
    "sub_activity_code": "sub_activity__code",
    "sub_activity_name": "sub_activity__title",
}
Key = TypeVar("Key")


@dataclass(frozen=True)
class Section:
    """One OPD of a version with its sub kegiatan and targets of indicators."""

    agency: VersionAgency
    items: tuple[VersionItem, ...]
    targets: tuple[SetTarget, ...]


@dataclass(frozen=True)
class Change:
    """How far a Perubahan has come: `total` pagu, sub kegiatan and targets that differ from `base`.

    `targets` is None where the base is from before they were kept.
    """

    base: AnnualPlanVersion
    total: Decimal
    items: int
    targets: int | None

    @property
    def difference(self) -> Decimal:
        return self.total - self.base.total

    def __bool__(self) -> bool:
        return bool(self.items or self.targets)


def versions_of(account: Account, year: FiscalYear) -> list[AnnualPlanVersion]:
    roles.require_anywhere(account, "annual_plan.view")
    rows = AnnualPlanVersion.objects.filter(plan__fiscal_year=year)
    return list(rows.select_related("plan__fiscal_year", "made_by").order_by("number"))


def amendments_of(plan: AnnualPlan) -> list[Amendment]:
    """Every Perubahan of the year, the dropped ones too, oldest first."""
    return list(plan.amendments.select_related("plan__fiscal_year", "opened_by", "base", "result"))


def version_side(version: AnnualPlanVersion) -> Side:
    ceilings = {row.agency_id: row.ceiling for row in version.agencies.all()}
    targets = _by_indicator(determined(version.targets.all())) if version.keeps_targets else None
    return Side(str(version.number), version.label, _planned(version.items.all()), ceilings, targets)


def working_side(year: FiscalYear) -> Side:
    """The Renja and pagu as they stand now."""
    items = WorkPlanItem.objects.filter(work_plan__fiscal_year=year)
    rows = _planned(items, **IN_WORK_PLAN)
    ceilings = dict(AgencyCeiling.objects.filter(fiscal_year=year).values_list("agency_id", "amount"))
    targets = _by_indicator(set_in(WorkPlan.objects.filter(fiscal_year=year), year.year))
    return Side(WORKING, _("Rancangan Perubahan"), rows, ceilings, targets)


def section_sizes(version: AnnualPlanVersion) -> list[tuple[int, int]]:
    """OPD of a version in the order of codes, each with how many sub kegiatan and targets it has."""
    found: dict[int, int] = dict.fromkeys(version.agencies.values_list("agency", flat=True), 0)
    for rows in (version.items, version.targets):
        for agency, count in rows.order_by().values_list("agency").annotate(Count("pk")):
            found[agency] += count
    return list(found.items())


def sections(version: AnnualPlanVersion, agencies: Sequence[int]) -> list[Section]:
    """What a version holds of these OPD, in the order of codes."""
    items, targets = (rows.filter(agency__in=agencies) for rows in (version.items, version.targets))
    items_of: dict[int, list[VersionItem]] = {}
    for item in items:
        items_of.setdefault(item.agency_id, []).append(item)
    targets_of: dict[int, list[SetTarget]] = {}
    for target in determined(targets):
        targets_of.setdefault(target.agency_id, []).append(target)
    return [
        Section(agency, tuple(items_of.get(agency.agency_id, ())), tuple(targets_of.get(agency.agency_id, ())))
        for agency in version.agencies.filter(agency__in=agencies)
    ]


def working_change(plan: AnnualPlan) -> Change:
    """What the open Perubahan changes in the newest version, counted by the database. The plan must have one."""
    base = plan.versions.select_related("plan__fiscal_year").order_by("-number").first()
    assert base is not None
    items = WorkPlanItem.objects.filter(work_plan__fiscal_year=plan.fiscal_year)
    kept = base.items.filter(sub_activity=OuterRef("sub_activity"))
    same = kept.filter(**{name: OuterRef(name) for name in COMPARED})
    gone = base.items.filter(~Exists(items.filter(sub_activity=OuterRef("sub_activity"))))
    return Change(
        base=base,
        total=items.aggregate(total=Sum("pagu"))["total"] or ZERO,
        items=items.filter(~Exists(same)).count() + gone.count(),
        targets=_changed_targets(base, plan.fiscal_year) if base.keeps_targets else None,
    )


def _changed_targets(base: AnnualPlanVersion, year: FiscalYear) -> int:
    targets = WorkPlanTarget.objects.filter(work_plan__fiscal_year=year)
    kept = base.targets.filter(agency=OuterRef("work_plan__agency"), indicator_id=OuterRef("indicator"))
    present = targets.filter(work_plan__agency=OuterRef("agency"), indicator=OuterRef("indicator_id"))
    changed = targets.filter(~Exists(kept.filter(value=OuterRef("value"))))
    return changed.count() + base.targets.filter(~Exists(present)).count()


def reasons_between(plan: AnnualPlan, after: int, until: int | None) -> Reasons:
    """Those given in the Perubahan after version `after` up to `until` (None: the open one)."""
    of_items, of_targets = (
        _kept(model.objects.filter(amendment__plan=plan), after, until) for model in (ItemChange, TargetChange)
    )
    targets = of_targets.values_list("agency", "indicator_id", "reason")
    return Reasons(
        _once_each(of_items.values_list("sub_activity", "reason")),
        _once_each(((agency, indicator), reason) for agency, indicator, reason in targets),
    )


def _kept(changes: QuerySet, after: int, until: int | None) -> QuerySet:
    """In order, without those of a Perubahan that was dropped."""
    kept = changes.filter(amendment__number__gt=after).exclude(amendment__outcome=Amendment.Outcome.DROPPED)
    return (kept if until is None else kept.filter(amendment__number__lte=until)).order_by("pk")


def _once_each(pairs: Iterable[tuple[Key, str]]) -> dict[Key, tuple[str, ...]]:
    found: dict[Key, dict[str, None]] = {}
    for key, reason in pairs:
        found.setdefault(key, {})[reason] = None
    return {key: tuple(reasons) for key, reasons in found.items()}


def _by_indicator(targets: Iterable[SetTarget]) -> dict[tuple[int, int], SetTarget]:
    return {(target.agency_id, target.indicator_id): target for target in targets}


def _planned(items: QuerySet, **elsewhere: str) -> dict[int, Planned]:
    """By sub kegiatan; `elsewhere` says where these rows have what a version copies.

    Rows are many: no models, some at a time, and each text once in memory, however many rows and sides hold it.
    """
    paths = [elsewhere.get(name, name) for name in IN_WORK_PLAN]
    rows = items.values_list("sub_activity_id", *paths, *COMPARED).iterator(AT_ONCE)
    return {row[0]: Planned._make(intern(cell) if type(cell) is str else cell for cell in row) for row in rows}
