"""Targets of the RPJMD for a year beside what the year's Renja set, indicator by indicator."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from django.db.models import OuterRef, Prefetch, Q, QuerySet, Subquery
from django.utils.translation import gettext_lazy as lazy
from semai_kit import roles
from semai_kit.models import Account, Agency, FiscalYear

from .. import reference
from ..models import IndicatorTarget, NodeIndicator, PlanNode, VersionTarget, WorkPlan, WorkPlanTarget

# How a Renja's target stands to the RPJMD's: what pages call it, and the kind of its badge.
VERDICTS = {
    "equal": (lazy("sesuai"), "success"),
    "better": (lazy("lebih baik dari RPJMD"), "success"),
    "worse": (lazy("belum mencapai RPJMD"), "danger"),
    "unset": (lazy("belum diisi di Renja"), "warning"),
    "unplanned": (lazy("tanpa target RPJMD"), "warning"),
    "empty": (lazy("tidak direncanakan"), "neutral"),
}


@dataclass(frozen=True)
class TargetCheck:
    """One indicator for one OPD: the target of the RPJMD for the year and the one of the OPD's Renja."""

    indicator: NodeIndicator
    agency: Agency
    planned: Decimal | None
    value: Decimal | None

    @property
    def finding(self) -> str:
        """Which of VERDICTS holds."""
        if self.planned is None:
            return "empty" if self.value is None else "unplanned"
        if self.value is None:
            return "unset"
        if self.value == self.planned:
            return "equal"
        higher_is_better = self.indicator.direction == NodeIndicator.Direction.HIGHER
        return "better" if (self.value > self.planned) == higher_is_better else "worse"

    @property
    def verdict(self) -> str:
        return str(VERDICTS[self.finding][0])

    @property
    def kind(self) -> str:
        return VERDICTS[self.finding][1]

    @property
    def differs(self) -> bool:
        return self.finding not in ("equal", "empty")

    @property
    def difference(self) -> Decimal | None:
        return None if self.planned is None or self.value is None else self.value - self.planned

    @property
    def level_title(self) -> str:
        return reference.level(self.indicator.node.level).title


@dataclass(frozen=True)
class SetTarget:
    """What one Renja sets for one indicator, in the words of the RPJMD and beside its target of the year."""

    agency_id: int
    agency_name: str
    indicator_id: int
    level: str
    node_code: str
    node_title: str
    name: str
    unit: str
    direction: str
    planned: Decimal | None
    value: Decimal

    @property
    def level_title(self) -> str:
        return reference.level(self.level).title

    @property
    def direction_title(self) -> str:
        return str(NodeIndicator.Direction(self.direction).label)


def indicators_of(plan: WorkPlan) -> QuerySet[NodeIndicator]:
    """Indicators a Renja sets targets for: of the OPD's programs and of the sasaran these serve."""
    programs = _programs(plan.fiscal_year).filter(agency=plan.agency_id)
    wanted = Q(node__in=programs.values("pk")) | Q(node__in=programs.values("parent"))
    return _indicators(plan.fiscal_year).filter(wanted)


def targets_of(plan: WorkPlan) -> dict[int, Decimal]:
    """Primary key of the indicator -> what the Renja sets."""
    return dict(plan.targets.values_list("indicator", "value"))


def planned_of(indicator: NodeIndicator, year: int) -> Decimal | None:
    """The RPJMD's target of the year, of an indicator that came from `indicators_of`."""
    return next((target.value for target in indicator.targets.all() if target.year == year), None)


def set_in(plans: QuerySet[WorkPlan], year: int) -> list[SetTarget]:
    """Every target these Renja set, by OPD and in the order of codes, in one query."""
    planned = IndicatorTarget.objects.filter(indicator=OuterRef("indicator"), year=year).values("value")
    rows = (
        WorkPlanTarget.objects.filter(work_plan__in=plans)
        .select_related("work_plan__agency", "indicator__node")
        .annotate(planned=Subquery(planned))
        .order_by("work_plan__agency__code", "indicator__node__code", "indicator")
    )
    return [_set_target(row) for row in rows]


def determined(rows: QuerySet[VersionTarget]) -> list[SetTarget]:
    """Those of versions, as they stand there."""
    names = SetTarget.__dataclass_fields__
    return [SetTarget(**{name: getattr(row, name) for name in names}) for row in rows]


def _set_target(row: WorkPlanTarget) -> SetTarget:
    indicator, agency = row.indicator, row.work_plan.agency
    return SetTarget(
        agency_id=agency.pk,
        agency_name=agency.name,
        indicator_id=indicator.pk,
        level=indicator.node.level,
        node_code=indicator.node.code,
        node_title=indicator.node.title,
        name=indicator.name,
        unit=indicator.unit,
        direction=indicator.direction,
        planned=row.planned,
        value=row.value,
    )


def consistency(account: Account, year: FiscalYear) -> list[TargetCheck]:
    """Every indicator of a program or its sasaran, once for each OPD that serves it, in the order of codes."""
    roles.require_anywhere(account, "plan.view")
    serving: dict[int, dict[int, Agency]] = {}
    for program in _programs(year).exclude(agency=None).select_related("agency"):
        for node in (program.pk, program.parent_id):
            serving.setdefault(node, {})[program.agency_id] = program.agency
    rows = WorkPlanTarget.objects.filter(work_plan__fiscal_year=year)
    found = {
        (key, agency): value for key, agency, value in rows.values_list("indicator", "work_plan__agency", "value")
    }
    return [
        TargetCheck(one, agency, planned_of(one, year.year), found.get((one.pk, agency.pk)))
        for one in _indicators(year).filter(node__in=serving)
        for agency in sorted(serving[one.node_id].values(), key=lambda agency: agency.code)
    ]


def _programs(year: FiscalYear) -> QuerySet[PlanNode]:
    level = reference.agency_level().id
    return PlanNode.objects.filter(
        level=level, period__start_year__lte=year.year, period__end_year__gte=year.year
    ).order_by("code")


def _indicators(year: FiscalYear) -> QuerySet[NodeIndicator]:
    """In the order of codes, each with its target of the year."""
    targets = Prefetch("targets", queryset=IndicatorTarget.objects.filter(year=year.year))
    return NodeIndicator.objects.select_related("node").prefetch_related(targets).order_by("node__code", "pk")
