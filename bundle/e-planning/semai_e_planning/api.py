"""API of the planning app: its contracts. planning.work-plan 1.0: only approved Renja leave; money is a string."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import NinjaAPI, Router, Schema
from semai_kit.answers import tagged
from semai_kit.contracts import ContractToken
from semai_kit.models import Agency

from . import api_performance
from .models import WorkPlanItem
from .selectors import work_plans

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
    """One sub kegiatan of an approved Renja. `id` is stable; money in rupiah with two decimals."""

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


class WorkPlanOut(Schema):
    """`status`: approved when every Renja asked for is, partial when some are, empty when none is."""

    year: int
    generated_at: datetime
    status: str
    items: list[ItemOut]


@contract.get("/agencies", response=AgenciesOut, summary="OPD yang berlaku")
def agencies(request: HttpRequest) -> HttpResponse:
    rows = Agency.objects.current().order_by("code")
    listed = [AgencyOut(code=a.code, name=a.name, short_name=a.short_name) for a in rows]
    answer = AgenciesOut(agencies=listed)
    return tagged(request, answer)


@contract.get("/work-plan", response=WorkPlanOut, summary="Sub kegiatan Renja yang disetujui")
def work_plan(request: HttpRequest, year: int, agency: str = "") -> HttpResponse:
    plans = work_plans.approved_plans(year, agency)
    answer = WorkPlanOut(
        year=year,
        generated_at=timezone.now(),
        status=work_plans.approval_status(year, agency),
        items=[_item(item) for item in work_plans.items_of(plans)],
    )
    return tagged(request, answer)


def _item(item: WorkPlanItem) -> ItemOut:
    activity = item.sub_activity.parent
    return ItemOut(
        id=item.pk,
        agency_code=item.work_plan.agency.code,
        program_code=activity.parent.code,
        program_name=activity.parent.title,
        activity_code=activity.code,
        activity_name=activity.title,
        sub_activity_code=item.sub_activity.code,
        sub_activity_name=item.sub_activity.title,
        indicator=item.indicator,
        target=str(item.target),
        unit=item.unit,
        pagu=_money(item.pagu),
        proposals=[
            ProposalOut(
                number=p.number or "", title=p.title, village=p.village.name, estimate=_money(p.agreed_estimate)
            )
            for p in item.taken
        ],
    )


def _money(amount: Decimal) -> str:
    return str(amount.quantize(SEN))


api.add_router(f"/{CONTRACT}/1.0", contract)
api.add_router(f"/{api_performance.CONTRACT}/1.0", api_performance.contract)
