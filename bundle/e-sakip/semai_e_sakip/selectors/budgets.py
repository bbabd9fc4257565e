"""Money against performance: budget, spending and efficiency per program."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from semai_kit.models import Account, Agency, FiscalYear
from semai_kit.roles import scope_of

from .. import reference
from ..achievement import Efficiency, absorption, average, efficiency
from ..models import BudgetItem, Indicator, ProgramSpending
from .achievements import figure_of, with_figures

ZERO = Decimal(0)


@dataclass(frozen=True)
class ProgramMoney:
    """One program of one OPD; `spent` is that of the latest quarter entered, `quarters` all of them."""

    agency: Agency
    code: str
    name: str
    budget: Decimal
    quarters: tuple[Decimal | None, ...]
    achievement: Decimal | None
    efficiency: Efficiency | None

    @property
    def spent(self) -> Decimal:
        known = [amount for amount in self.quarters if amount is not None]
        return known[-1] if known else ZERO

    @property
    def absorption(self) -> Decimal | None:
        return absorption(self.budget, self.spent)


def programs(year: FiscalYear, agency: Agency | None = None) -> list[ProgramMoney]:
    """Every program with a budget: six queries however many there are."""
    items = BudgetItem.objects.filter(fiscal_year=year).select_related("agency")
    spendings = ProgramSpending.objects.filter(fiscal_year=year)
    measured = Indicator.objects.filter(fiscal_year=year, node__level="program", vanished_at=None)
    if agency is not None:
        items, spendings = items.filter(agency=agency), spendings.filter(agency=agency)
        measured = measured.filter(node__agency=agency)
    spent: dict[tuple[int, str], dict[int, Decimal]] = {}
    for row in spendings:
        spent.setdefault((row.agency_id, row.program_code), {})[row.quarter] = row.spent
    reached: dict[tuple[int | None, str], list[Decimal | None]] = {}
    for indicator in with_figures(measured):
        key = (indicator.node.agency_id, indicator.node.code)
        reached.setdefault(key, []).append(figure_of(indicator).achievement)
    grouped: dict[tuple[int, str], list[BudgetItem]] = {}
    for item in items.order_by("agency__code", "program_code"):
        grouped.setdefault((item.agency_id, item.program_code), []).append(item)
    return [_program(year, rows, spent.get(key, {}), reached.get(key, [])) for key, rows in grouped.items()]


def visible_programs(account: Account, year: FiscalYear) -> list[ProgramMoney]:
    """Programs of the OPD whose measurements the account may read."""
    scope = scope_of(account, "measurement.view")
    return [one for one in programs(year) if scope.everything or one.agency.pk in scope.agencies]


def _program(
    year: FiscalYear, rows: list[BudgetItem], spent: dict[int, Decimal], reached: list[Decimal | None]
) -> ProgramMoney:
    budget = sum((row.total for row in rows), ZERO)
    quarters = tuple(spent.get(quarter) for quarter in reference.QUARTERS)
    known = [amount for amount in quarters if amount is not None]
    mean = average(reached)
    absorbed = absorption(budget, known[-1]) if known else None
    first = rows[0]
    return ProgramMoney(
        first.agency,
        first.program_code,
        first.program_name,
        budget,
        quarters,
        mean,
        efficiency(reference.rule_for(year.year), mean, absorbed),
    )
