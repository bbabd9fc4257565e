"""Twelve months that sum to a budget, pure: Decimal in, Decimal out. Every function keeps the sum exact."""

from collections.abc import Sequence
from decimal import Decimal

from django.utils.translation import gettext_lazy as lazy

from .rules import RUPIAH

MONTHS = (
    lazy("Januari"),
    lazy("Februari"),
    lazy("Maret"),
    lazy("April"),
    lazy("Mei"),
    lazy("Juni"),
    lazy("Juli"),
    lazy("Agustus"),
    lazy("September"),
    lazy("Oktober"),
    lazy("November"),
    lazy("Desember"),
)


def spread(total: Decimal, first: int = 1) -> list[Decimal]:
    """`total` in equal whole rupiah from month `first` to December, which takes the remainder; zero before."""
    count = len(MONTHS) + 1 - first
    each = (total / count // RUPIAH) * RUPIAH
    return [Decimal(0)] * (first - 1) + [each] * (count - 1) + [total - each * (count - 1)]


def carried(months: Sequence[Decimal], total: Decimal, first: int) -> list[Decimal]:
    """The plan of the version before, fitted to the new total.

    More money is spread from month `first` on. Less is taken from December backwards, so that months that have
    passed change only when nothing else is left.
    """
    difference = total - sum(months, Decimal(0))
    if difference >= 0:
        return [month + more for month, more in zip(months, spread(difference, first), strict=True)]
    left, result = -difference, list(months)
    for position in range(len(result) - 1, -1, -1):
        taken = min(left, result[position])
        result[position] -= taken
        left -= taken
    return result
