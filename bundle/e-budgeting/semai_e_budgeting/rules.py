"""Money rules of a budget line, pure: Decimal in, Decimal out.

Rounding: volume x unit price is rounded to the full rupiah, half away from zero; PPN is computed on that
rounded amount and rounded the same way; the total of the line is their sum. Everything above a line is a
plain sum of line totals, so no level of any recap can differ from another by rounding.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from django.utils.translation import gettext as _

RUPIAH = Decimal("1")
HUNDRED = Decimal("100")
MAXIMUM = Decimal("999999999999999")


class AmountTooLarge(ValueError):
    """The computed total does not fit the column that keeps it."""


@dataclass(frozen=True)
class Amount:
    volume: Decimal
    net: Decimal
    tax: Decimal

    @property
    def total(self) -> Decimal:
        return self.net + self.tax


def to_rupiah(value: Decimal) -> Decimal:
    return value.quantize(RUPIAH, rounding=ROUND_HALF_UP)


def volume_of(coefficients: Sequence[Decimal | None]) -> Decimal:
    """Product of the coefficients that are filled in; an empty one counts as 1."""
    product = Decimal(1)
    for coefficient in coefficients:
        if coefficient is not None:
            product *= coefficient
    return product


def amount_of(coefficients: Sequence[Decimal | None], unit_price: Decimal, tax_percent: Decimal) -> Amount:
    volume = volume_of(coefficients)
    net = to_rupiah(volume * unit_price)
    tax = to_rupiah(net * tax_percent / HUNDRED)
    if net + tax > MAXIMUM:
        raise AmountTooLarge(_("jumlah melebihi 999.999.999.999.999 rupiah"))
    return Amount(volume=volume, net=net, tax=tax)


@dataclass(frozen=True)
class PaguCheck:
    """Whether a new sum may be written. Lowering a sum is always allowed, also when pagu itself fell below it."""

    pagu: Decimal
    before: Decimal
    after: Decimal

    @property
    def excess(self) -> Decimal:
        return max(self.after - self.pagu, Decimal(0))

    @property
    def allowed(self) -> bool:
        return self.after <= self.pagu or self.after <= self.before
