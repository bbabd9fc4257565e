"""The RPJMD tree as a whole, and how the year's Renja agree with it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from decimal import Decimal

from django.db.models import Count, F, Prefetch, Q, Sum
from django.utils.translation import gettext_lazy as lazy
from semai_kit import roles
from semai_kit.models import Account, Agency, FiscalYear

from .. import reference
from ..models import (
    Amendment,
    IndicatorTarget,
    NodeCeiling,
    NodeIndicator,
    PlanNode,
    PlanPeriod,
    VersionItem,
    WorkPlanItem,
)

ZERO = Decimal(0)
# How a program of the RPJMD and the year's Renja agree: what pages call it, and the kind of its badge.
VERDICTS = {
    "agreeing": (lazy("selaras"), "success"),
    "beyond": (lazy("melebihi RPJMD"), "danger"),
    "missing": (lazy("belum ada di Renja"), "warning"),
    "unplanned": (lazy("tidak direncanakan"), "neutral"),
    "without_ceiling": (lazy("tanpa pagu RPJMD"), "warning"),
}


@dataclass(frozen=True)
class YearValue:
    """A target or an amount of one year; empty when none was set."""

    year: int
    value: Decimal | None


@dataclass(frozen=True)
class IndicatorRow:
    indicator: NodeIndicator
    targets: tuple[YearValue, ...]


@dataclass
class Branch:
    """A node with what hangs below it, ready to be shown."""

    node: PlanNode
    level_title: str
    child_title: str
    indicators: list[IndicatorRow] = field(default_factory=list)
    ceilings: list[YearValue] = field(default_factory=list)
    children: list[Branch] = field(default_factory=list)
    is_closed: bool = False


@dataclass(frozen=True)
class ProgramCheck:
    """A program's indicative ceiling of the RPJMD beside what the year's Renja plan for it."""

    program: PlanNode
    agency: Agency | None
    ceiling: Decimal | None
    planned: Decimal
    items: int
    determined: Decimal | None = None

    @property
    def finding(self) -> str:
        """Which of VERDICTS holds."""
        if self.ceiling is None:
            return "without_ceiling" if self.items else "unplanned"
        if not self.items:
            return "missing"
        return "beyond" if self.planned > self.ceiling else "agreeing"

    @property
    def verdict(self) -> str:
        return str(VERDICTS[self.finding][0])

    @property
    def is_outside(self) -> bool:
        """Planned beyond what the RPJMD has for the year."""
        return self.finding in ("beyond", "without_ceiling")

    @property
    def kind(self) -> str:
        return VERDICTS[self.finding][1]

    @property
    def difference(self) -> Decimal | None:
        return None if self.ceiling is None else self.planned - self.ceiling


def periods(account: Account) -> list[PlanPeriod]:
    roles.require_anywhere(account, "plan.view")
    return list(PlanPeriod.objects.all())


def period_for(account: Account, year: FiscalYear | None) -> PlanPeriod | None:
    """The RPJMD covering the year, else the newest one."""
    found = periods(account)
    covering = [p for p in found if year is not None and p.start_year <= year.year <= p.end_year]
    return (covering or found or [None])[0]


def tree(period: PlanPeriod, opened: int | None = None, *, whole: bool = False) -> list[Branch]:
    """The RPJMD down to its programs; below, only the program that `opened` is or lies in, or all of them.

    A kabupaten has thousands of sub kegiatan, of which nobody reads more than one program's at a time.
    """
    program = _program_of(period, opened)
    nodes = PlanNode.objects.filter(period=period).select_related("agency")
    closed = nodes.none() if whole else nodes.filter(level=reference.agency_level().id).exclude(pk=program)
    within = Q(pk=program) | Q(parent=program) | Q(parent__parent=program) if program else Q(pk__in=[])
    indicators = NodeIndicator.objects.prefetch_related("targets")
    shown = nodes if whole else nodes.filter(Q(level__in=_levels_above()) | within)
    shown = shown.prefetch_related(Prefetch("indicators", queryset=indicators), "ceilings")
    found = [_branch(node, period.years) for node in shown] + [_closed_branch(node) for node in closed]
    branches = {branch.node.pk: branch for branch in sorted(found, key=lambda branch: branch.node.code)}
    roots: list[Branch] = []
    for branch in branches.values():
        siblings = branches[branch.node.parent_id].children if branch.node.parent_id else roots
        siblings.append(branch)
    return roots


def of_agency(branches: list[Branch], agency: Agency) -> list[Branch]:
    """The part of the tree an OPD carries out, with what stands above it: its Renstra."""
    kept = []
    for branch in branches:
        if branch.node.agency_id == agency.pk:
            kept.append(branch)
        elif below := of_agency(branch.children, agency):
            kept.append(replace(branch, children=below))
    return kept


def agencies_in(period: PlanPeriod) -> list[Agency]:
    """OPD with a program in the RPJMD."""
    return list(Agency.objects.filter(pk__in=period.nodes.values("agency")).order_by("name"))


def flat(branches: list[Branch]) -> Iterator[Branch]:
    """Every branch from the top down."""
    for branch in branches:
        yield branch
        yield from flat(branch.children)


def _levels_above() -> list[str]:
    ids = [level.id for level in reference.levels()]
    return ids[: ids.index(reference.agency_level().id)]


def _program_of(period: PlanPeriod, key: int | None) -> int | None:
    """The program that a node is or lies below; None for nodes above programs, and without a node."""
    names = ("pk", "parent", "parent__parent")
    levels = ("level", "parent__level", "parent__parent__level")
    row = PlanNode.objects.filter(period=period, pk=key).values(*names, *levels).first() if key else None
    wanted = reference.agency_level().id
    return (
        next((row[n] for n, level in zip(names, levels, strict=True) if row[level] == wanted), None)
        if row
        else None
    )


def consistency(account: Account, year: FiscalYear) -> list[ProgramCheck]:
    """Every program of the RPJMD covering the year, compared with the year's Renja as they stand."""
    roles.require_anywhere(account, "plan.view")
    return checks_of(year)


def checks_of(year: FiscalYear) -> list[ProgramCheck]:
    """The same for those who need no permission; during a Perubahan with what was determined beside it."""
    programs = (
        PlanNode.objects.filter(level="program", period__start_year__lte=year.year, period__end_year__gte=year.year)
        .select_related("agency")
        .order_by("code")
    )
    ceilings = dict(NodeCeiling.objects.filter(node__in=programs, year=year.year).values_list("node", "amount"))
    planned = {
        row["program"]: row
        for row in WorkPlanItem.objects.filter(work_plan__fiscal_year=year)
        .order_by()
        .values(program=F("sub_activity__parent__parent"))
        .annotate(total=Sum("pagu"), count=Count("pk"))
    }
    determined = _determined(year)
    return [
        _check(
            program,
            ceilings.get(program.pk),
            planned.get(program.pk),
            None if determined is None else determined.get(program.pk, ZERO),
        )
        for program in programs
    ]


def _determined(year: FiscalYear) -> dict[int, Decimal] | None:
    """Program -> its pagu in the version that the open Perubahan changes; None while there is no Perubahan."""
    amendment = Amendment.objects.filter(plan__fiscal_year=year, outcome=Amendment.Outcome.OPEN).first()
    if amendment is None:
        return None
    rows = VersionItem.objects.filter(version=amendment.base_id).order_by()
    return dict(rows.values_list("sub_activity__parent__parent").annotate(Sum("pagu")))


def _check(
    program: PlanNode, ceiling: Decimal | None, planned: dict | None, determined: Decimal | None
) -> ProgramCheck:
    return ProgramCheck(
        program=program,
        agency=program.agency,
        ceiling=ceiling,
        planned=planned["total"] if planned else ZERO,
        items=planned["count"] if planned else 0,
        determined=determined,
    )


def _branch(node: PlanNode, years: list[int]) -> Branch:
    below = reference.level_below(node.level)
    amounts = {ceiling.year: ceiling.amount for ceiling in node.ceilings.all()}
    return Branch(
        node=node,
        level_title=reference.level(node.level).title,
        child_title=below.title if below else "",
        indicators=[_indicator_row(indicator, years) for indicator in node.indicators.all()],
        ceilings=[YearValue(year, amounts.get(year)) for year in years] if amounts else [],
    )


def _closed_branch(node: PlanNode) -> Branch:
    return Branch(node, reference.level(node.level).title, "", is_closed=True)


def _indicator_row(indicator: NodeIndicator, years: list[int]) -> IndicatorRow:
    values: dict[int, IndicatorTarget] = {target.year: target for target in indicator.targets.all()}
    cells = (YearValue(year, values[year].value if year in values else None) for year in years)
    return IndicatorRow(indicator, tuple(cells))
