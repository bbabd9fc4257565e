"""The RPJMD tree of a year for those who account for performance: what is planned, indicators and targets."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Prefetch, Q

from ..models import NodeIndicator, PlanNode, PlanPeriod
from .published import PublishedItem, PublishedTarget, publication

IN_WORK_PLANS = ("kegiatan", "sub_kegiatan")


@dataclass(frozen=True)
class PerformanceTree:
    """Nodes with prefetched `indicators`; `items` are the outputs of the RKPD.

    `targets`: what the RKPD sets for the year, by the primary key of the indicator.
    """

    period: PlanPeriod | None
    nodes: Sequence[PlanNode]
    items: Sequence[PublishedItem]
    targets: Mapping[int, Decimal]


def performance_tree(year: int) -> PerformanceTree:
    """Programs and what is above them; below, only what the RKPD of the year carries out."""
    period = PlanPeriod.objects.filter(start_year__lte=year, end_year__gte=year).order_by("-start_year").first()
    if period is None:
        return PerformanceTree(None, (), (), {})
    published = publication(year)
    within = dict(PlanNode.objects.filter(period=period, level="sub_kegiatan").values_list("pk", "parent"))
    items = sorted(
        (i for i in published.items if i.sub_activity_id in within), key=lambda i: (i.sub_activity_code, i.id)
    )
    planned = {key for item in items for key in (item.sub_activity_id, within[item.sub_activity_id])}
    indicators = NodeIndicator.objects.prefetch_related("targets").order_by("pk")
    nodes = (
        PlanNode.objects.filter(~Q(level__in=IN_WORK_PLANS) | Q(pk__in=planned), period=period)
        .select_related("agency")
        .prefetch_related(Prefetch("indicators", queryset=indicators))
        .order_by("code", "pk")
    )
    return PerformanceTree(period, list(nodes), items, _agreed(published.targets))


def _agreed(targets: Iterable[PublishedTarget]) -> dict[int, Decimal]:
    """OPD that serve one sasaran may set different targets for it: then there is none but the RPJMD's."""
    values: dict[int, set[Decimal]] = {}
    for one in targets:
        values.setdefault(one.target.indicator_id, set()).add(one.target.value)
    return {key: found.pop() for key, found in values.items() if len(found) == 1}
