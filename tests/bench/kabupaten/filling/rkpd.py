"""The RKPD of the year before: determined, changed by a Perubahan, and being changed by another."""

from __future__ import annotations

import datetime
from dataclasses import fields, replace
from decimal import Decimal

from django.utils import timezone
from semai_e_planning.models import (
    AgencyCeiling,
    PlanNode,
    Stage,
    WorkPlan,
    WorkPlanItem,
    WorkPlanTarget,
)
from semai_e_planning.selectors.targets import indicators_of, planned_of
from semai_e_planning.services import annual_plans, calendar, targets, work_plans
from semai_kit import audit, years
from semai_kit.models import Account, FiscalYear

from tests.bench.kabupaten import size

CHANCE = size.chance()
MILLION = Decimal(1_000_000)
YEAR = size.YEAR - 1
EVERY = 10  # one sub kegiatan of so many changes in each Perubahan
REASON = "Menyesuaikan pendapatan transfer dan hasil evaluasi triwulan kedua."


def determine(tree: dict[int, list[PlanNode]], people: dict[str, Account], planners: dict[int, Account]) -> None:
    """Determine the year before, with one Perubahan behind it and one under way; `planners` by OPD."""
    year = years.open_year(YEAR, None)
    calendar.ensure_stages(year)
    open_calendar(year)
    with audit.acting(people["bappeda"]):
        for agency, nodes in tree.items():
            enter_work_plan(year, agency, nodes, planners[agency])
    annual = annual_plans.open_annual_plan(people["bappeda"], year)
    _enact(year, people, "reviu", "siap", 0)
    for number in (1, 2):
        annual_plans.move(people["bappeda"], annual, "perubahan", REASON)
        for plan in WorkPlan.objects.filter(fiscal_year=year).order_by("agency__code"):
            _change(plan, planners[plan.agency_id], people["bappeda"])
        if number == 1:
            _enact(year, people, "perubahan_reviu", "perubahan_siap", number)


def open_calendar(year: FiscalYear) -> None:
    """Let every stage of a year be open now."""
    today = timezone.localdate()
    span = datetime.timedelta(days=30)
    Stage.objects.filter(fiscal_year=year).update(opens_on=today - span, closes_on=today + span)


def enter_work_plan(
    year: FiscalYear, agency: int, nodes: list[PlanNode], account: Account, state: str = "disetujui"
) -> list[WorkPlanItem]:
    """The Renja of one OPD with its targets, within a pagu twice as large."""
    approved_at = timezone.now() if state == "disetujui" else None
    plan = WorkPlan.objects.create(
        fiscal_year=year, agency_id=agency, created_by=account, approved_at=approved_at, state=state
    )
    items = audit.bulk_create(
        [
            WorkPlanItem(
                work_plan=plan,
                sub_activity=node,
                indicator=f"Keluaran {node.code}",
                target=Decimal(CHANCE.randint(1, 40)),
                unit="paket",
                location="Tersebar di wilayah kabupaten",
                pagu=CHANCE.randint(50, 2000) * MILLION,
            )
            for node in nodes
        ]
    )
    pagu = sum((item.pagu for item in items), Decimal(0)) * 2
    AgencyCeiling.objects.create(fiscal_year=year, agency_id=agency, amount=pagu, created_by=account)
    audit.bulk_create(
        [
            WorkPlanTarget(work_plan=plan, indicator=indicator, value=planned_of(indicator, year.year))
            for indicator in indicators_of(plan)
        ]
    )
    return items


def _enact(year: FiscalYear, people: dict[str, Account], reviewed: str, ready: str, number: int) -> None:
    plan = annual_plans.open_annual_plan(people["bappeda"], year)
    plan = annual_plans.move(people["bappeda"], plan, reviewed, REASON)
    plan = annual_plans.move(people["inspektorat"], plan, ready, "Selaras dengan RPJMD.")
    enactment = annual_plans.Enactment(f"Peraturan Bupati {number + 1}/{YEAR}", datetime.date(YEAR, number + 1, 1))
    annual_plans.move(people["kepala_daerah"], plan, "ditetapkan", "", enactment)


def _change(plan: WorkPlan, planner: Account, verifier: Account) -> None:
    """One sub kegiatan of ten gets more or less, and one target of the OPD moves."""
    plan = work_plans.move(planner, plan, "perubahan", REASON)
    items = list(plan.items.select_related("sub_activity").order_by("pk"))
    for item in CHANCE.sample(items, max(1, len(items) // EVERY)):
        content = work_plans.ItemContent(**{f.name: getattr(item, f.name) for f in fields(work_plans.ItemContent)})
        pagu = content.pagu * CHANCE.randint(80, 110) // 100
        work_plans.change_item(planner, item, replace(content, pagu=pagu), REASON)
    row = plan.targets.order_by("pk").first()
    assert row is not None
    targets.set_targets(planner, plan, {row.indicator_id: row.value + 1}, REASON)
    plan = work_plans.move(planner, plan, "perubahan_diajukan")
    work_plans.move(verifier, plan, "disetujui")
