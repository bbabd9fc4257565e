"""Sample RPJMD, pagu and Renja."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

from django.conf import settings
from semai_kit import audit
from semai_kit.models import Account, Agency, FiscalYear
from semai_kit.region import read_region

from ..models import NodeIndicator, PlanNode, PlanPeriod, WorkPlan, WorkPlanItem
from ..selectors.targets import indicators_of, planned_of
from ..services import annual_plans, ceilings, targets, work_plans
from ..services import five_year_plans as writing
from .people import PLANNER, People, content

MILLION = Decimal(1_000_000)
HUNDREDTH = Decimal("0.01")
HALFWAY_EVERY = 3


def enter_five_year_plan(people: People) -> PlanPeriod:
    """The whole tree of five_year_plan.yml."""
    document = content("five_year_plan.yml")
    names = ("title", "start_year", "end_year", "decree", "vision")
    details = writing.PeriodContent(**{name: document[name] for name in names})
    period = writing.save_period(people.bappeda, None, details)
    for mission in document["missions"]:
        top = _node(people, period, None, mission)
        for goal in mission["goals"]:
            aim = _node(people, period, top, goal)
            for objective in goal["objectives"]:
                target = _node(people, period, aim, objective)
                for program in objective["programs"]:
                    _enter_program(people, period, target, program)
    return period


def point_near(village_code: str, index: int) -> tuple[Decimal, Decimal] | tuple[None, None]:
    """A made-up place: around the village's office, else somewhere in the middle of the region's bounds."""
    region = read_region(settings.SEMAI.region_file)
    point, bounds = region.points.get(village_code), region.bounds
    aside, beyond = (index * 7 % 11 - 5) / 10, (index * 5 % 13 - 6) / 12  # within -0.5 and 0.5
    if point is None:
        if bounds is None or index % 4 == 3:
            return None, None
        middle = (bounds.south + bounds.north) / 2, (bounds.west + bounds.east) / 2
        size = (bounds.north - bounds.south) / 4, (bounds.east - bounds.west) / 4
    else:
        middle, size = (point.latitude, point.longitude), (0.01, 0.01)
    spot = middle[0] + aside * size[0], middle[1] + beyond * size[1]
    if bounds is not None and not bounds.hold(*spot):
        return None, None
    latitude, longitude = (Decimal(f"{degrees:.6f}") for degrees in spot)
    return latitude, longitude


def set_ceilings(people: People, year: FiscalYear) -> None:
    """Pagu of an OPD = what its programs may cost that year according to the RPJMD."""
    sums: dict[Agency, Decimal] = {}
    for program in _programs():
        agency = people.by_urusan[program["urusan"]]
        amount = program["ceilings"][year.year - content("five_year_plan.yml")["start_year"]] * MILLION
        sums[agency] = sums.get(agency, Decimal(0)) + amount
    for agency, amount in sums.items():
        ceilings.set_ceiling(people.bappeda, year, agency, amount)


def enter_work_plans(people: People, year: FiscalYear) -> dict[str, WorkPlanItem]:
    """A Renja of every OPD with programs; sub kegiatan code -> its item."""
    items: dict[str, WorkPlanItem] = {}
    nodes = {node.code: node for node in PlanNode.objects.filter(level="sub_kegiatan")}
    for program in _programs():
        agency = people.by_urusan[program["urusan"]]
        account = people.by_agency[agency.pk]
        with audit.acting(account):
            plan = work_plans.open_work_plan(account, year, agency)
            for code, _, indicator, unit, target, pagu in _sub_activities(program):
                items[code] = work_plans.add_item(
                    account,
                    plan,
                    work_plans.ItemContent(
                        sub_activity=nodes[code],
                        indicator=indicator,
                        target=Decimal(target),
                        unit=unit,
                        location="Seluruh kecamatan",
                        pagu=pagu * MILLION,
                        note="",
                    ),
                )
    for plan in WorkPlan.objects.filter(fiscal_year=year).select_related("agency", "fiscal_year"):
        _set_targets(people, plan)
    return items


def _set_targets(people: People, plan: WorkPlan) -> None:
    """What the RPJMD expects of the year, but now and then only half of the way there."""
    values = {}
    for place, indicator in enumerate(indicators_of(plan)):
        planned = planned_of(indicator, plan.fiscal_year.year)
        halfway = planned is not None and indicator.baseline is not None and place % HALFWAY_EVERY == 1
        values[indicator.pk] = _middle(planned, indicator.baseline) if halfway else planned
    account = people.by_agency[plan.agency_id]
    with audit.acting(account):
        targets.set_targets(account, plan, values)


def submit(people: People, plan: WorkPlan) -> None:
    account = people.by_agency[plan.agency_id]
    with audit.acting(account):
        work_plans.move(account, plan, "diajukan")


def approve(people: People, plan: WorkPlan) -> None:
    with audit.acting(people.bappeda):
        work_plans.move(people.bappeda, plan, "disetujui")


def enact(people: People, year: FiscalYear, enactment: annual_plans.Enactment) -> None:
    """Walk the year's RKPD from its start to its enactment."""
    with audit.acting(people.bappeda):
        plan = annual_plans.open_annual_plan(people.bappeda, year)
        plan = annual_plans.move(people.bappeda, plan, "reviu")
    with audit.acting(people.inspektorat):
        note = "Kaidah dan keselarasan dengan RPJMD telah direviu; tidak ada catatan yang menghalangi penetapan."
        plan = annual_plans.move(people.inspektorat, plan, "siap", note)
    with audit.acting(people.head):
        annual_plans.move(people.head, plan, "ditetapkan", "", enactment)


def begin_amendment(people: People, year: FiscalYear) -> None:
    """A Perubahan in the making: one planner shrinks a sub kegiatan, drops another and lowers a target."""
    reasons = content("five_year_plan.yml")["amendment"]
    with audit.acting(people.bappeda):
        annual = annual_plans.open_annual_plan(people.bappeda, year)
        annual_plans.move(people.bappeda, annual, "perubahan", reasons["opened"])
    plan = _plan_to_change(people, year)
    planner = people.by_agency[plan.agency_id]
    with audit.acting(planner):
        plan = work_plans.move(planner, plan, "perubahan", reasons["started"])
        for item, step in zip(plan.items.filter(proposals=None).order_by("pk"), ("remove", "shrink"), strict=False):
            if step == "remove":
                work_plans.remove_item(planner, item, reasons["removed"])
            else:
                smaller = replace(_content_of(item), pagu=item.pagu * 9 / 10, target=item.target * 9 / 10)
                work_plans.change_item(planner, item, smaller, reasons["changed"])
        _lower_a_target(planner, plan, reasons["target"])


def _lower_a_target(planner: Account, plan: WorkPlan, reason: str) -> None:
    """The first one goes halfway back to where the RPJMD began."""
    row = plan.targets.select_related("indicator").order_by("pk").first()
    if row is not None and row.indicator.baseline is not None:
        targets.set_targets(planner, plan, {row.indicator_id: _middle(row.value, row.indicator.baseline)}, reason)


def _middle(one: Decimal, other: Decimal) -> Decimal:
    return ((one + other) / 2).quantize(HUNDREDTH)


def _plan_to_change(people: People, year: FiscalYear) -> WorkPlan:
    """That of the persona `opd`, or the first one where that OPD has no Renja."""
    plans = list(WorkPlan.objects.filter(fiscal_year=year).select_related("agency").order_by("agency__code"))
    own = [plan for plan in plans if people.by_agency[plan.agency_id].username == PLANNER]
    return (own or plans)[0]


def _content_of(item: WorkPlanItem) -> work_plans.ItemContent:
    names = work_plans.ItemContent.__dataclass_fields__
    return work_plans.ItemContent(**{name: getattr(item, name) for name in names})


def _node(
    people: People,
    period: PlanPeriod,
    parent: PlanNode | None,
    entry: Mapping[str, Any],
    agency: Agency | None = None,
) -> PlanNode:
    details = writing.NodeContent(str(entry["code"]), entry["title"], agency)
    node = writing.add_node(people.bappeda, period, parent, details)
    if "indicator" in entry:
        _indicator(people, period, node, entry["indicator"])
    return node


def _indicator(people: People, period: PlanPeriod, node: PlanNode, entry: Mapping[str, Any]) -> None:
    details = writing.IndicatorContent(
        name=entry["name"],
        unit=entry["unit"],
        baseline=Decimal(entry["baseline"]),
        direction=entry.get("direction", NodeIndicator.Direction.HIGHER),
        targets={year: Decimal(value) for year, value in zip(period.years, entry["targets"], strict=True)},
    )
    writing.save_indicator(people.bappeda, node, None, details)


def _enter_program(people: People, period: PlanPeriod, parent: PlanNode, entry: Mapping[str, Any]) -> None:
    program = _node(people, period, parent, entry, people.by_urusan[entry["urusan"]])
    amounts = {year: value * MILLION for year, value in zip(period.years, entry["ceilings"], strict=True)}
    writing.set_node_ceilings(people.bappeda, program, amounts)
    for activity in entry["activities"]:
        kegiatan = _node(people, period, program, activity)
        for code, title, *_ in activity["sub"]:
            _node(people, period, kegiatan, {"code": code, "title": title})


def _programs() -> Iterator[Mapping[str, Any]]:
    for mission in content("five_year_plan.yml")["missions"]:
        for goal in mission["goals"]:
            for objective in goal["objectives"]:
                yield from objective["programs"]


def _sub_activities(program: Mapping[str, Any]) -> Iterator[list[Any]]:
    for activity in program["activities"]:
        yield from activity["sub"]
