"""Renja, pagu and RKPD as pages and exports show them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Count, F, Prefetch, Q, QuerySet, Sum
from semai_kit import roles
from semai_kit.models import Account, Agency, FiscalYear
from semai_kit.money import total

from ..models import AgencyCeiling, AnnualPlan, PlanNode, Proposal, WorkPlan, WorkPlanItem
from .proposals import BY_RANK

ZERO = Decimal(0)
SEN = Decimal("0.01")
IN_WORK_PLAN = ("masuk_renja", "masuk_rkpd", "masuk_apbd", "realisasi")


@dataclass(frozen=True)
class AgencyRow:
    """One OPD in one year: its pagu, what its Renja adds up to, and the Renja itself if it exists."""

    agency: Agency
    ceiling: Decimal | None
    planned: Decimal
    plan: WorkPlan | None
    accepted: int

    @property
    def room(self) -> Decimal | None:
        return None if self.ceiling is None else self.ceiling - self.planned


@dataclass(frozen=True)
class ProgramGroup:
    """A program of a Renja with its items and their sum."""

    program: PlanNode
    items: tuple[WorkPlanItem, ...]
    pagu: Decimal


def agency_rows(account: Account, year: FiscalYear) -> list[AgencyRow]:
    """Every current OPD and closed ones with a Renja. What the region plans is open to all of its offices."""
    roles.require_anywhere(account, "work_plan.view")
    plans = {plan.agency_id: plan for plan in WorkPlan.objects.filter(fiscal_year=year).select_related("agency")}
    ceilings = dict(AgencyCeiling.objects.filter(fiscal_year=year).values_list("agency_id", "amount"))
    planned = dict(
        WorkPlanItem.objects.filter(work_plan__fiscal_year=year)
        .order_by()
        .values_list("work_plan__agency_id")
        .annotate(Sum("pagu"))
    )
    accepted = dict(
        Proposal.objects.filter(fiscal_year=year, state="diterima")
        .order_by()
        .values_list("agency_id")
        .annotate(Count("pk"))
    )
    agencies = Agency.objects.current() | Agency.objects.filter(pk__in=plans)
    return [
        AgencyRow(
            agency=agency,
            ceiling=ceilings.get(agency.pk),
            planned=planned.get(agency.pk, ZERO),
            plan=plans.get(agency.pk),
            accepted=accepted.get(agency.pk, 0),
        )
        for agency in agencies.order_by("code")
    ]


def ceiling_of(plan: WorkPlan) -> Decimal | None:
    found = AgencyCeiling.objects.filter(fiscal_year=plan.fiscal_year_id, agency=plan.agency_id).first()
    return found.amount if found else None


def readable(account: Account, key: int) -> WorkPlan | None:
    roles.require_anywhere(account, "work_plan.view")
    return WorkPlan.objects.select_related("agency", "fiscal_year").filter(pk=key).first()


def items_of(plans: Iterable[WorkPlan]) -> QuerySet[WorkPlanItem]:
    """Items with everything a page or the contract shows, in code order, in a fixed number of queries."""
    taken = Proposal.objects.filter(state__in=IN_WORK_PLAN).select_related("village__district").order_by("number")
    return plain_items(plans).prefetch_related(Prefetch("proposals", queryset=taken, to_attr="taken"))


def plain_items(plans: Iterable[WorkPlan | int]) -> QuerySet[WorkPlanItem]:
    """The same without usulan."""
    return (
        WorkPlanItem.objects.filter(work_plan__in=plans)
        .select_related("work_plan__agency", "sub_activity__parent__parent")
        .order_by("work_plan__agency__code", "sub_activity__code")
    )


def proposal_note(proposal: Proposal) -> dict[str, str]:
    """What the contract tells of an usulan; the estimate is the verified one where there is one."""
    return {
        "number": proposal.number or "",
        "title": proposal.title,
        "village": proposal.village.name,
        "estimate": str(proposal.agreed_estimate.quantize(SEN)),
    }


@dataclass(frozen=True)
class YearSums:
    """What all Renja of a year come to: sub kegiatan per Renja in the order of OPD, pagu, and usulan taken in."""

    sizes: tuple[tuple[int, int], ...]
    pagu: Decimal
    proposals: int


def year_sums(year: FiscalYear) -> YearSums:
    items = WorkPlanItem.objects.filter(work_plan__fiscal_year=year)
    sizes = items.order_by("work_plan__agency__code").values_list("work_plan").annotate(Count("pk"))
    taken = Proposal.objects.filter(work_plan_item__work_plan__fiscal_year=year, state__in=IN_WORK_PLAN)
    return YearSums(tuple(sizes), total(items, "pagu"), taken.count())


def program_sizes(plan: WorkPlan) -> list[tuple[int, int]]:
    """Programs of a Renja in code order, each with as many rows as its sub kegiatan and their usulan take."""
    program = F("sub_activity__parent__parent")
    rows = plan.items.order_by("sub_activity__parent__parent__code").values_list(program)
    taken = Count("proposals", filter=Q(proposals__state__in=IN_WORK_PLAN), distinct=True)
    return list(rows.annotate(size=Count("pk", distinct=True) + taken))


def by_program(items: Iterable[WorkPlanItem]) -> list[ProgramGroup]:
    groups: dict[int, list[WorkPlanItem]] = {}
    for item in items:
        groups.setdefault(item.sub_activity.parent.parent_id, []).append(item)
    return [
        ProgramGroup(found[0].sub_activity.parent.parent, tuple(found), sum((i.pagu for i in found), ZERO))
        for found in groups.values()
    ]


def approved_plans(year: int, agency_code: str = "") -> QuerySet[WorkPlan]:
    """Approved Renja of a year, of one OPD if a code is given."""
    plans = WorkPlan.objects.filter(fiscal_year__year=year, state="disetujui").select_related("agency")
    return plans.filter(agency__code=agency_code) if agency_code else plans


def approval_status(year: int, agency_code: str = "") -> str:
    """`approved` when every Renja of the year (or OPD) is, `partial` when some are, `empty` when none is."""
    plans = WorkPlan.objects.filter(fiscal_year__year=year)
    plans = plans.filter(agency__code=agency_code) if agency_code else plans
    approved = plans.filter(state="disetujui").count()
    if not approved:
        return "empty"
    return "approved" if approved == plans.count() else "partial"


def candidates(plan: WorkPlan) -> QuerySet[Proposal]:
    """Accepted usulan of the OPD that are in no Renja yet, best ranked first."""
    rows = Proposal.objects.filter(fiscal_year=plan.fiscal_year, agency=plan.agency, state="diterima")
    return rows.select_related("village__district").order_by(*BY_RANK)


def sub_activities(plan: WorkPlan) -> QuerySet[PlanNode]:
    """Sub kegiatan of the OPD in the RPJMD that covers the year."""
    year = plan.fiscal_year.year
    return (
        PlanNode.objects.filter(
            level="sub_kegiatan", agency=plan.agency, period__start_year__lte=year, period__end_year__gte=year
        )
        .select_related("parent__parent")
        .order_by("code")
    )


def annual_plan(account: Account, year: FiscalYear) -> AnnualPlan | None:
    roles.require_anywhere(account, "annual_plan.view")
    return AnnualPlan.objects.filter(fiscal_year=year).select_related("fiscal_year").first()
