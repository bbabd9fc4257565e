"""The contract planning.performance 1.0: the year's tree with indicators and targets; figures are strings."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Router, Schema
from semai_kit.answers import tagged
from semai_kit.contracts import ContractToken

from .models import NodeIndicator, PlanNode, PlanPeriod
from .selectors.performance import performance_tree
from .selectors.published import PublishedItem

CONTRACT = "planning.performance"
HUNDREDTH = Decimal("0.01")

contract = Router(auth=ContractToken(CONTRACT), tags=[CONTRACT])


class PeriodOut(Schema):
    title: str
    start_year: int
    end_year: int
    vision: str


class NodeOut(Schema):
    """`parent_id` is empty at the top, `agency_code` above the programs."""

    id: str
    parent_id: str
    level: str
    code: str
    title: str
    agency_code: str


class TargetOut(Schema):
    year: int
    value: str


class IndicatorOut(Schema):
    """`direction`: higher or lower is better. Ids starting with `renja-` are outputs of a Renja.

    `targets` are the RPJMD's; `work_plan_target` is what the year's RKPD sets instead, null where it sets none or
    where its OPD differ. Consumers do without it: earlier releases do not send it.
    """

    id: str
    node_id: str
    name: str
    unit: str
    direction: str
    baseline: str | None
    targets: list[TargetOut]
    work_plan_target: str | None


class TreeOut(Schema):
    """`period` is null, and the lists are empty, while no RPJMD covers the year."""

    year: int
    generated_at: datetime
    period: PeriodOut | None
    nodes: list[NodeOut]
    indicators: list[IndicatorOut]


@contract.get("/tree", response=TreeOut, summary="Pohon RPJMD satu tahun dengan indikator dan target")
def tree(request: HttpRequest, year: int) -> HttpResponse:
    found = performance_tree(year)
    answer = TreeOut(
        year=year,
        generated_at=timezone.now(),
        period=_period(found.period) if found.period else None,
        nodes=[_node(node) for node in found.nodes],
        indicators=[
            *(_indicator(one, found.targets.get(one.pk)) for node in found.nodes for one in node.indicators.all()),
            *(_output(item, year) for item in found.items),
        ],
    )
    return tagged(request, answer)


def _period(period: PlanPeriod) -> PeriodOut:
    return PeriodOut(
        title=period.title, start_year=period.start_year, end_year=period.end_year, vision=period.vision
    )


def _node(node: PlanNode) -> NodeOut:
    return NodeOut(
        id=str(node.pk),
        parent_id=str(node.parent_id or ""),
        level=node.level,
        code=node.code,
        title=node.title,
        agency_code=node.agency.code if node.agency else "",
    )


def _indicator(indicator: NodeIndicator, set_now: Decimal | None) -> IndicatorOut:
    return IndicatorOut(
        id=str(indicator.pk),
        node_id=str(indicator.node_id),
        name=indicator.name,
        unit=indicator.unit,
        direction=indicator.direction,
        baseline=None if indicator.baseline is None else _figure(indicator.baseline),
        targets=[TargetOut(year=target.year, value=_figure(target.value)) for target in indicator.targets.all()],
        work_plan_target=None if set_now is None else _figure(set_now),
    )


def _output(item: PublishedItem, year: int) -> IndicatorOut:
    return IndicatorOut(
        id=f"renja-{item.id}",
        node_id=str(item.sub_activity_id),
        name=item.indicator,
        unit=item.unit,
        direction=NodeIndicator.Direction.HIGHER,
        baseline=None,
        targets=[TargetOut(year=year, value=_figure(item.target))],
        work_plan_target=None,
    )


def _figure(value: Decimal) -> str:
    return str(value.quantize(HUNDREDTH))
