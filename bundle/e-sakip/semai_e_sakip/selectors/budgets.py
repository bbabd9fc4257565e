"""Money against performance: budget, spending and efficiency per program."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Exists, Min, OuterRef, QuerySet, Sum
from semai_kit.models import Account, Agency, FiscalYear
from semai_kit.roles import scope_of

from .. import reference
from ..achievement import Efficiency, absorption, average, efficiency
from ..models import BudgetItem, Indicator, ProgramSpending
from .achievements import outcomes

ZERO = Decimal(0)
Key = tuple[int, str]


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


def budgeted(year: FiscalYear, agency: Agency | None = None) -> QuerySet:
    """Programs with a budget as groups of their sub kegiatan: keys `agency`, `program_code`, `name`, `budget`."""
    rows = BudgetItem.objects.filter(fiscal_year=year)
    rows = rows if agency is None else rows.filter(agency=agency)
    grouped = rows.values("agency", "program_code").annotate(name=Min("program_name"), budget=Sum("total"))
    return grouped.order_by("agency__code", "program_code")


def visible(account: Account, year: FiscalYear) -> QuerySet:
    """Programs of the OPD whose measurements the account may read."""
    return scope_of(account, "measurement.view").filter(budgeted(year), agency="agency")


def programs(year: FiscalYear, agency: Agency | None = None) -> list[ProgramMoney]:
    """Every program with a budget."""
    return with_money(year, budgeted(year, agency))


def with_money(year: FiscalYear, groups: Iterable[Mapping[str, Any]]) -> list[ProgramMoney]:
    """These programs with spending and achievement: seven queries however many there are."""
    shown = list(groups)
    agencies = Agency.objects.in_bulk({row["agency"] for row in shown})
    codes = {row["program_code"] for row in shown}
    spent: dict[Key, dict[int, Decimal]] = {}
    for row in ProgramSpending.objects.filter(fiscal_year=year, agency__in=agencies, program_code__in=codes):
        spent.setdefault((row.agency_id, row.program_code), {})[row.quarter] = row.spent
    achieved = _achieved(year, agencies, codes)
    return [_program(year, agencies[row["agency"]], row, spent, achieved) for row in shown]


def all_spent(year: FiscalYear, agency: Agency | None = None) -> Decimal:
    """What was spent on all programs with a budget, until the latest quarter entered for each."""
    budget = BudgetItem.objects.filter(
        fiscal_year=year, agency=OuterRef("agency"), program_code=OuterRef("program_code")
    )
    rows = ProgramSpending.objects.filter(Exists(budget), fiscal_year=year)
    rows = rows if agency is None else rows.filter(agency=agency)
    latest = {
        (owner, code): amount
        for owner, code, amount in rows.order_by("quarter").values_list("agency", "program_code", "spent")
    }
    return sum(latest.values(), ZERO)


def _achieved(
    year: FiscalYear, agencies: Collection[int], codes: Collection[str]
) -> dict[Key, list[Decimal | None]]:
    rows = Indicator.objects.filter(
        fiscal_year=year, vanished_at=None, node__level="program", node__agency__in=agencies, node__code__in=codes
    )
    found = outcomes(rows, year)
    achieved: dict[Key, list[Decimal | None]] = {}
    for key, agency, code in rows.values_list("pk", "node__agency", "node__code"):
        achieved.setdefault((agency, code), []).append(found[key].achievement)
    return achieved


def _program(
    year: FiscalYear,
    agency: Agency,
    row: Mapping[str, Any],
    entered: Mapping[Key, Mapping[int, Decimal]],
    achieved: Mapping[Key, list[Decimal | None]],
) -> ProgramMoney:
    key = (agency.pk, row["program_code"])
    quarters = tuple(entered.get(key, {}).get(quarter) for quarter in reference.QUARTERS)
    known = [amount for amount in quarters if amount is not None]
    mean = average(achieved.get(key, ()))
    absorbed = absorption(row["budget"], known[-1]) if known else None
    return ProgramMoney(
        agency,
        row["program_code"],
        row["name"],
        row["budget"],
        quarters,
        mean,
        efficiency(reference.rule_for(year.year), mean, absorbed),
    )
