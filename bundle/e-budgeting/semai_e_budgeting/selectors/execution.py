"""What may be spent: the newest DPA of an OPD; before its first one, the version its RKA was locked with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import OuterRef, Subquery

from ..models import DpaVersion, PlanItem, Rka, RkaVersion, RkaVersionItem
from ..services.states import LOCKED


@dataclass(frozen=True)
class Agreed:
    """Ids of the RKA versions in force. `status`: approved when every RKA asked for has one, partial when some
    have, empty when none has."""

    status: str
    versions: tuple[int, ...]


@dataclass(frozen=True)
class ExecutionItem:
    """A sub kegiatan of a version with the codes its working copy keeps."""

    agency_code: str
    item: PlanItem
    row: RkaVersionItem


@dataclass(frozen=True)
class ExecutionDocument:
    status: str
    items: Sequence[ExecutionItem]


def agreed_versions(year: int, agency_code: str = "") -> Agreed:
    """One query. An open pergeseran changes nothing here until it is agreed in its turn."""
    rkas = Rka.objects.filter(fiscal_year__year=year)
    rkas = rkas.filter(agency__code=agency_code) if agency_code else rkas
    dpas = DpaVersion.objects.filter(rka=OuterRef("pk")).order_by("-number").values("rka_version")[:1]
    sent = RkaVersion.objects.filter(rka=OuterRef("pk")).order_by("-number").values("pk")[:1]
    rows = list(rkas.annotate(dpa=Subquery(dpas), sent=Subquery(sent)).values_list("state", "dpa", "sent"))
    found = [dpa or (sent if state == LOCKED else None) for state, dpa, sent in rows]
    versions = tuple(version for version in found if version)
    status = "empty" if not versions else "approved" if len(versions) == len(rows) else "partial"
    return Agreed(status, versions)


def execution_document(year: int, agency_code: str = "") -> ExecutionDocument:
    """Three queries, however many OPD there are."""
    agreed = agreed_versions(year, agency_code)
    if not agreed.versions:
        return ExecutionDocument("empty", ())
    rows = list(
        RkaVersionItem.objects.filter(version__in=agreed.versions)
        .select_related("version__rka")
        .order_by("version__rka__agency__code", "sub_activity_code")
    )
    agencies = {row.version.rka.agency_id for row in rows}
    items = PlanItem.objects.filter(fiscal_year__year=year, agency__in=agencies).select_related("agency")
    plan = {(item.agency_id, item.sub_activity_code): item for item in items}
    found = [(plan[row.version.rka.agency_id, row.sub_activity_code], row) for row in rows]
    return ExecutionDocument(agreed.status, [ExecutionItem(item.agency.code, item, row) for item, row in found])
