"""Filters for quantities, percent and keys; money has the kit's `rupiah`."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import template

from .. import words

register = template.Library()


@register.filter
def quantity(value: Decimal | int | None) -> str:
    return words.quantity(value)


@register.filter
def percent(value: Decimal | None) -> str:
    return words.percent(value)


@register.filter
def plain(value: Any) -> str:
    """A number as machines write it: for keys in forms and values of meters."""
    return str(int(value or 0))


@register.filter
def entry(mapping: dict[str, Any], key: str) -> Any:
    """The value of a key that is only known in the template."""
    return mapping.get(key)
