"""API of the planning app: its contracts.

planning.work-plan 1.0: the newest determined RKPD, before there is one the approved Renja; money is a string.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import NinjaAPI, Router, Schema
from semai_kit.answers import tagged
from semai_kit.contracts import ContractToken
from semai_kit.models import Agency

from . import api_performance
from .models import AnnualPlanVersion
from .selectors.published import PublishedItem, publication
from .selectors.targets import SetTarget

CONTRACT = "planning.work-plan"
SEN = Decimal("0.01")

api = NinjaAPI(title="e-Planning", version="1.0", docs_url=None, openapi_url=None)
contract = Router(auth=ContractToken(CONTRACT), tags=[CONTRACT])


class AgencyOut(Schema):
    """An OPD; closed ones are left out."""

    code: str
    name: str
    short_name: str


class AgenciesOut(Schema):
    agencies: list[AgencyOut]


class ProposalOut(Schema):
    """An usulan the sub kegiatan takes in; the estimate is the verified one where there is one."""

    number: str
    title: str
    village: str
    estimate: str


class ItemOut(Schema):
    """One sub kegiatan of the RKPD. `id` is the same in every version; money in rupiah with two decimals."""

    id: int
    agency_code: str
    program_code: str
    program_name: str
    activity_code: str
    activity_name: str
    sub_activity_code: str
    sub_activity_name: str
    indicator: str
    target: str
    unit: str
    pagu: str
    proposals: list[ProposalOut]


class TargetOut(Schema):
    """What an OPD sets for an indicator of its programs or of the sasaran they serve.

    `indicator_id` is that of planning.performance; the value has two decimals.
    """

    agency_code: str
    indicator_id: str
    indicator: str
    level: str
    node_code: str
    node_title: str
    unit: str
    direction: str
    value: str


class VersionOut(Schema):
    """The determined RKPD the items come from: 0 is the original, n the n-th Perubahan."""

    number: int
    title: str
    decree: str
    enacted_on: date


class WorkPlanOut(Schema):
    """`version` is null until the year's RKPD is determined: items and targets are then those of approved Renja.

    Consumers do without `targets`: earlier releases have none, nor have the versions they determined.
    `status`: approved when every Renja asked for is, partial when some are, empty when none is.
    """

    year: int
    generated_at: datetime
    status: str
    version: VersionOut | None
    items: list[ItemOut]
    targets: list[TargetOut]


@contract.get("/agencies", response=AgenciesOut, summary="OPD yang berlaku")
def agencies(request: HttpRequest) -> HttpResponse:
    rows = Agency.objects.current().order_by("code")
    listed = [AgencyOut(code=a.code, name=a.name, short_name=a.short_name) for a in rows]
    answer = AgenciesOut(agencies=listed)
    return tagged(request, answer)


@contract.get("/work-plan", response=WorkPlanOut, summary="Sub kegiatan RKPD terbaru, atau Renja yang disetujui")
def work_plan(request: HttpRequest, year: int, agency: str = "") -> HttpResponse:
    found = publication(year, agency)
    answer = WorkPlanOut(
        year=year,
        generated_at=timezone.now(),
        status=found.status,
        version=_version(found.version) if found.version else None,
        items=[_item(item) for item in found.items],
        targets=[_target(one.agency_code, one.target) for one in found.targets],
    )
    return tagged(request, answer)


def _version(version: AnnualPlanVersion) -> VersionOut:
    return VersionOut(
        number=version.number, title=str(version), decree=version.decree, enacted_on=version.enacted_on
    )


def _item(item: PublishedItem) -> ItemOut:
    same = ("id", "agency_code", "program_code", "program_name", "activity_code", "activity_name")
    more = ("sub_activity_code", "sub_activity_name", "indicator", "unit")
    return ItemOut(
        **{name: getattr(item, name) for name in (*same, *more)},
        target=str(item.target),
        pagu=_figure(item.pagu),
        proposals=[ProposalOut(**proposal) for proposal in item.proposals],
    )


def _target(agency_code: str, target: SetTarget) -> TargetOut:
    same = ("level", "node_code", "node_title", "unit", "direction")
    return TargetOut(
        agency_code=agency_code,
        indicator_id=str(target.indicator_id),
        indicator=target.name,
        value=_figure(target.value),
        **{name: getattr(target, name) for name in same},
    )


def _figure(amount: Decimal) -> str:
    return str(amount.quantize(SEN))


api.add_router(f"/{CONTRACT}/1.0", contract)
api.add_router(f"/{api_performance.CONTRACT}/1.0", api_performance.contract)
