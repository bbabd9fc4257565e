"""Fictitious price standards: one list of each kind that the sample lines use, and a later change of one price."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from importlib.resources import files
from typing import Any

import yaml
from django.utils import timezone
from semai_kit import audit
from semai_kit.models import Account, FiscalYear

from .standards import ItemEntry, StandardEntry, create_standard, enforce_standard, fill_standard


def add_standards(year: FiscalYear, desk: Account) -> None:
    """In force from the middle of the year before, or from today where that is still to come."""
    decided = min(date(year.year - 1, 6, 30), timezone.localdate())
    for content in _content()["standards"]:
        _enforce(content, year, decided, desk, is_partial=False)


def change_standard(year: FiscalYear, desk: Account) -> None:
    """Comes after the lines were priced; they keep their price."""
    _enforce(_content()["change"], year, timezone.localdate(), desk, is_partial=True)


def _content() -> dict[str, Any]:
    path = files("semai_e_budgeting") / "data" / "sample_standards.yml"
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def _enforce(
    content: Mapping[str, Any], year: FiscalYear, decided: date, desk: Account, *, is_partial: bool
) -> None:
    entry = StandardEntry(
        content["kind"], content["decree"], decided, decided, year.year, is_partial=is_partial, note="Contoh"
    )
    items = [
        ItemEntry(code, name, unit, Decimal(price), accounts=tuple(accounts))
        for code, name, unit, price, accounts in content["items"]
    ]
    with audit.acting(desk):
        standard = create_standard(entry, desk)
        fill_standard(standard.pk, items, desk)
        enforce_standard(standard.pk, desk)
