"""Filters for quantities and keys; money has the kit's `rupiah`."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import template
from django.utils.formats import number_format

register = template.Library()


@register.filter
def quantity(value: Decimal | int | None) -> str:
    """1.234,5 without trailing zeros; a dash for nothing."""
    if value is None:
        return "–"
    exact = Decimal(value)
    shown = exact.quantize(Decimal(1)) if exact == exact.to_integral_value() else exact.normalize()
    return number_format(shown, use_l10n=True, force_grouping=True)


@register.filter
def plain(value: Any) -> str:
    """A number as machines write it: for keys in forms and values of progress bars."""
    return str(int(value or 0))


@register.filter
def calendar_year(value: int) -> str:
    """2027, not 2.027."""
    return str(value)
