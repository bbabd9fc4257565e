"""What other apps may read of a year: the newest determined RKPD, and before there is one the approved Renja."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from semai_kit.models import Agency

from ..models import AnnualPlanVersion, VersionItem, WorkPlanItem
from . import work_plans
from .targets import SetTarget, determined, set_in


@dataclass(frozen=True)
class PublishedItem:
    """One sub kegiatan; `id` is the row of the Renja, the same in every version."""

    id: int
    agency_code: str
    sub_activity_id: int
    program_code: str
    program_name: str
    activity_code: str
    activity_name: str
    sub_activity_code: str
    sub_activity_name: str
    indicator: str
    target: Decimal
    unit: str
    pagu: Decimal
    proposals: tuple[Mapping[str, str], ...]


@dataclass(frozen=True)
class PublishedTarget:
    """What an OPD sets for an indicator of the RPJMD."""

    agency_code: str
    target: SetTarget


@dataclass(frozen=True)
class Publication:
    """`version` is None while the year's RKPD was never determined; an older one may hold no targets."""

    version: AnnualPlanVersion | None
    status: str
    items: tuple[PublishedItem, ...]
    targets: tuple[PublishedTarget, ...]


def publication(year: int, agency_code: str = "") -> Publication:
    """A Perubahan being made changes nothing here until it is determined."""
    version = (
        AnnualPlanVersion.objects.filter(plan__fiscal_year__year=year)
        .select_related("plan__fiscal_year")
        .order_by("-number")
        .first()
    )
    if version is None:
        plans = work_plans.approved_plans(year, agency_code)
        found = tuple(_approved(item) for item in work_plans.items_of(plans))
        return Publication(None, work_plans.approval_status(year, agency_code), found, _named(set_in(plans, year)))
    rows = version.items.select_related("agency").order_by("agency__code", "sub_activity_code")
    targets = version.targets.all()
    if agency_code:
        rows, targets = (found.filter(agency__code=agency_code) for found in (rows, targets))
    items = tuple(_determined(row) for row in rows)
    return Publication(version, "approved" if items else "empty", items, _named(determined(targets)))


def _named(targets: Sequence[SetTarget]) -> tuple[PublishedTarget, ...]:
    codes = dict(Agency.objects.values_list("pk", "code"))
    return tuple(PublishedTarget(codes[target.agency_id], target) for target in targets)


def _approved(item: WorkPlanItem) -> PublishedItem:
    activity = item.sub_activity.parent
    return PublishedItem(
        agency_code=item.work_plan.agency.code,
        program_code=activity.parent.code,
        program_name=activity.parent.title,
        activity_code=activity.code,
        activity_name=activity.title,
        sub_activity_code=item.sub_activity.code,
        sub_activity_name=item.sub_activity.title,
        proposals=tuple(work_plans.proposal_note(proposal) for proposal in item.taken),
        id=item.pk,
        **_output(item),
    )


def _determined(row: VersionItem) -> PublishedItem:
    names = ("program_code", "program_name", "activity_code", "activity_name")
    return PublishedItem(
        agency_code=row.agency.code,
        sub_activity_code=row.sub_activity_code,
        sub_activity_name=row.sub_activity_name,
        proposals=tuple(row.proposals),
        id=row.item_id,
        **{name: getattr(row, name) for name in names},
        **_output(row),
    )


def _output(row: WorkPlanItem | VersionItem) -> dict[str, Any]:
    return {name: getattr(row, name) for name in ("sub_activity_id", "indicator", "target", "unit", "pagu")}
