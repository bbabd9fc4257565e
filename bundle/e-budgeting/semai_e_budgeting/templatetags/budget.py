"""Filters of e-budgeting's templates: numbers the Indonesian way and coefficients as a phrase."""

from decimal import Decimal, InvalidOperation
from typing import Any

from django import template
from django.utils import formats
from semai_kit import money

register = template.Library()


@register.filter
def number(value: Decimal | int | None) -> str:
    """1250.500 as `1.250,5`; nothing for None."""
    if value is None:
        return ""
    exact = Decimal(value)
    places = max(-exact.normalize().as_tuple().exponent, 0)
    return formats.number_format(exact, decimal_pos=places, use_l10n=True, force_grouping=True)


@register.filter
def exact_rupiah(amount: Decimal | None) -> str:
    """A price, with sen where there are any; nothing for None."""
    return "" if amount is None else money.exact_rupiah(amount)


@register.filter
def tidy(text: str) -> str:
    """A target as planning sends it: `4.00` as `4`, `2.75` as `2,75`, words as they are."""
    try:
        return number(Decimal(text))
    except InvalidOperation:
        return text


@register.filter
def coefficients(line: Any) -> str:
    """`25 Orang × 4 Kali` of anything that has volume_n and unit_n; no line end between number and unit."""
    pairs = [(getattr(line, f"volume_{n}"), getattr(line, f"unit_{n}")) for n in (1, 2, 3)]
    return " × ".join(f"{number(volume)}\u00a0{unit}" for volume, unit in pairs if volume is not None)


@register.filter
def mark(changed: frozenset[str], names: str) -> str:
    """CSS class when one of these comma-separated fields changed."""
    return "changed" if changed & set(names.split(",")) else ""
