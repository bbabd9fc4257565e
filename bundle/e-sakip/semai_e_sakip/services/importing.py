"""Definitions and quarter targets of many indicators at once, from a spreadsheet."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _
from semai_kit.models import Account, FiscalYear
from semai_kit.spreadsheets import CellError, SheetRow
from semai_kit.years import require_open

from .. import reference
from ..errors import RuleBroken
from ..models import Indicator
from ..selectors.records import editable_indicators
from .tree import IndicatorDefinition, change_indicator, check_quarters

LARGEST = Decimal(10) ** 13
HUNDREDTH = Decimal("0.01")


def check(account: Account, year: FiscalYear, rows: Sequence[SheetRow]) -> Iterator[CellError]:
    """What is wrong by this app's rules: unknown or foreign indicators, repeats, quarters that miss the target."""
    known = _known(account, year)
    seen: set[int] = set()
    for row in rows:
        key = row.values["key"]
        indicator = known.get(key)
        if indicator is None:
            yield CellError(
                row.number, "key", _("Indikator ini tidak ada pada tahun ini atau bukan milik OPD Anda.")
            )
            continue
        if key in seen:
            yield CellError(row.number, "key", _("Indikator ini tertulis dua kali."))
        seen.add(key)
        wrong = [n for n in reference.QUARTERS if not _fits(row.values[f"q{n}"])]
        yield from (CellError(row.number, f"q{n}", _("Paling banyak 13 angka dan dua desimal.")) for n in wrong)
        if wrong:
            continue
        definition = _definition(row, indicator)
        try:
            check_quarters(definition.accumulation, indicator.target, definition.quarters)
        except RuleBroken as refusal:
            yield CellError(row.number, "q4", refusal.message)


@transaction.atomic
def apply(account: Account, year: FiscalYear, rows: Sequence[SheetRow]) -> int:
    """Write every row through the service of the form; returns how many."""
    require_open(year)
    known = _known(account, year)
    for row in rows:
        indicator = known[row.values["key"]]
        change_indicator(account, indicator, None, _definition(row, indicator))
    return len(rows)


def _fits(value: Decimal | None) -> bool:
    """Whether the database keeps the figure exactly."""
    return value is None or (abs(value) < LARGEST and value == value.quantize(HUNDREDTH))


def _known(account: Account, year: FiscalYear) -> dict[int, Indicator]:
    return {indicator.pk: indicator for indicator in editable_indicators(account, year)}


def _definition(row: SheetRow, indicator: Indicator) -> IndicatorDefinition:
    values = row.values
    quarters: dict[int, Decimal] = {
        quarter: values[f"q{quarter}"] for quarter in reference.QUARTERS if values[f"q{quarter}"] is not None
    }
    return IndicatorDefinition(
        formula=values["formula"],
        source=values["source"],
        responsible=values["responsible"],
        accumulation=next(a.id for a in reference.accumulations() if a.title == values["accumulation"]),
        is_key=values["key_indicator"] == "ya",
        quarters=quarters,
        agency=indicator.agency,
    )
