"""What may be spent: the sub kegiatan of locked RKA, as their last version says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Max

from ..models import PlanItem, Rka, RkaVersionItem
from ..services.states import LOCKED


@dataclass(frozen=True)
class ExecutionItem:
    """A sub kegiatan of a version with the codes its working copy keeps."""

    agency_code: str
    item: PlanItem
    row: RkaVersionItem


@dataclass(frozen=True)
class ExecutionDocument:
    """`status`: approved when every RKA asked for is locked, partial when some are, empty when none is."""

    status: str
    items: Sequence[ExecutionItem]


def execution_document(year: int, agency_code: str = "") -> ExecutionDocument:
    """Four queries, however many OPD there are."""
    rkas = Rka.objects.filter(fiscal_year__year=year)
    rkas = rkas.filter(agency__code=agency_code) if agency_code else rkas
    asked = rkas.count()
    locked = list(
        rkas.filter(state=LOCKED).annotate(latest=Max("versions__number")).values_list("pk", "agency_id", "latest")
    )
    if not locked:
        return ExecutionDocument("empty", ())
    latest = {key: number for key, _, number in locked}
    items = PlanItem.objects.filter(fiscal_year__year=year, agency__in=[agency for _, agency, _ in locked])
    plan = {(item.agency_id, item.sub_activity_code): item for item in items.select_related("agency")}
    rows = (
        RkaVersionItem.objects.filter(version__rka__in=latest)
        .select_related("version__rka")
        .order_by("version__rka__agency__code", "sub_activity_code")
    )
    found = [
        _item(row, plan[row.version.rka.agency_id, row.sub_activity_code])
        for row in rows
        if row.version.number == latest[row.version.rka_id]
    ]
    return ExecutionDocument("approved" if len(locked) == asked else "partial", found)


def _item(row: RkaVersionItem, item: PlanItem) -> ExecutionItem:
    return ExecutionItem(item.agency.code, item, row)
