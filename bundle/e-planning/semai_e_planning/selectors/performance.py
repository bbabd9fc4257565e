"""The RPJMD tree of a year for those who account for performance: what is planned, indicators and targets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Prefetch, Q

from ..models import NodeIndicator, PlanNode, PlanPeriod, WorkPlanItem
from .work_plans import approved_plans

IN_WORK_PLANS = ("kegiatan", "sub_kegiatan")


@dataclass(frozen=True)
class PerformanceTree:
    """Nodes with prefetched `indicators`; `items` are the outputs of approved Renja."""

    period: PlanPeriod | None
    nodes: Sequence[PlanNode]
    items: Sequence[WorkPlanItem]


def performance_tree(year: int) -> PerformanceTree:
    """Programs and what is above them; below, only what an approved Renja of the year carries out. Five queries."""
    period = PlanPeriod.objects.filter(start_year__lte=year, end_year__gte=year).order_by("-start_year").first()
    if period is None:
        return PerformanceTree(None, (), ())
    items = list(
        WorkPlanItem.objects.filter(work_plan__in=approved_plans(year), sub_activity__period=period)
        .select_related("sub_activity")
        .order_by("sub_activity__code", "pk")
    )
    planned = {item.sub_activity_id for item in items} | {item.sub_activity.parent_id for item in items}
    indicators = NodeIndicator.objects.prefetch_related("targets").order_by("pk")
    nodes = (
        PlanNode.objects.filter(~Q(level__in=IN_WORK_PLANS) | Q(pk__in=planned), period=period)
        .select_related("agency")
        .prefetch_related(Prefetch("indicators", queryset=indicators))
        .order_by("code", "pk")
    )
    return PerformanceTree(period, list(nodes), items)
