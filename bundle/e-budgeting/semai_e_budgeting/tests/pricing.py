"""Cases with a price standard in force, and lines priced by it."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.test import override_settings

from semai_e_budgeting.models import PriceStandard, StandardItem
from semai_e_budgeting.selectors.standards import usable_items
from semai_e_budgeting.services.standards import (
    ItemEntry,
    StandardEntry,
    create_standard,
    enforce_standard,
    fill_standard,
)
from semai_e_budgeting.tests.base import Budget

PAPER = ItemEntry("1.1.7.1", "Kertas F4", "Rim", Decimal(62500), accounts=("5.1.02.01.01",))
MEAL = ItemEntry("2.1", "Konsumsi rapat", "Orang/Kali", Decimal(52000))


def warning() -> override_settings:
    """The region takes a price above its standard with a written reason."""
    answers = {**settings.SEMAI.answers, "price_above_standard": "warn"}
    return override_settings(SEMAI=replace(settings.SEMAI, answers=answers))


class Pricing(Budget):
    """Shorthands of the cases here."""

    def standard(self, *items: ItemEntry, decree: str = "Perbup 12/2026", **changes: Any) -> PriceStandard:
        values: dict[str, Any] = {
            "kind": "SSH",
            "decree": decree,
            "decree_date": date(2026, 6, 1),
            "effective_on": date(2026, 6, 1),
            "first_year": 2027,
        }
        desk = self.account("bpkad")
        standard = create_standard(StandardEntry(**(values | changes)), desk)
        fill_standard(standard.pk, items or (PAPER, MEAL), desk)
        return enforce_standard(standard.pk, desk)

    def item_of(self, code: str = PAPER.code) -> StandardItem:
        return usable_items(2027).get(code=code)

    def by_standard(self, price: str | None = None, **changes: Any) -> Any:
        values = {"standard_id": self.item_of().pk, "unit_1": "", "description": "Kertas F4"}
        entry = replace(self.entry(), **(values | changes))
        return replace(entry, unit_price=None if price is None else Decimal(price))
