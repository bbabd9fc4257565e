"""Figures as people read them; templates have the same as filters."""

from __future__ import annotations

from decimal import Decimal

from django.utils.formats import number_format

NOTHING = "–"


def quantity(value: Decimal | int | None) -> str:
    """1.234,5 without trailing zeros; a dash for nothing."""
    if value is None:
        return NOTHING
    exact = Decimal(value)
    shown = exact.quantize(Decimal(1)) if exact == exact.to_integral_value() else exact.normalize()
    return number_format(shown, use_l10n=True, force_grouping=True)


def percent(value: Decimal | None) -> str:
    """97,5%; a dash for nothing."""
    return NOTHING if value is None else f"{quantity(value)}%"
