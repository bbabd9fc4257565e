"""What a standard item does to a budget line: unit and price come from it, and the price may not pass it.

What a region does with a price above its standard is an answer of the installer (`price_above_standard`):
`refuse` (also when nothing was answered), or `warn`, which takes it with a written reason that asistensi sees.
"""

from dataclasses import dataclass
from decimal import Decimal

from django.conf import settings
from django.utils.translation import gettext as _
from semai_kit.money import exact_rupiah
from semai_kit.refusals import Refused

from ..errors import PriceAboveStandard
from ..models import StandardItem
from ..selectors.standards import usable_items


@dataclass(frozen=True)
class Asked:
    """What a person gives about the price of a line; empty unit and price are taken from the standard."""

    unit: str
    price: Decimal | None
    tax_percent: Decimal
    reason: str


@dataclass(frozen=True)
class Priced:
    unit: str
    price: Decimal
    reason: str


def warns_only() -> bool:
    return settings.SEMAI.answers.get("price_above_standard") == "warn"


def chosen_standard(standard_id: int | None, year: int, *, held: int | None) -> StandardItem | None:
    """The item; one that a newer decree replaced only where the line already has it (`held`)."""
    if standard_id is None:
        return None
    items = StandardItem.objects.select_related("standard") if standard_id == held else usable_items(year)
    found = items.filter(pk=standard_id).first()
    if found is None:
        raise Refused(
            _("Standar harga ini tidak berlaku untuk tahun {year}. Pilih yang berlaku.").format(year=year)
        )
    return found


def priced(asked: Asked, standard: StandardItem | None, account_code: str) -> Priced:
    """Unit, price and reason as they are written. Raises Refused, PriceAboveStandard."""
    if standard is None:
        if asked.price is None or not asked.unit:
            raise Refused(_("Isi satuan dan harga satuan, atau pilih standar harga."))
        return Priced(asked.unit, asked.price, "")
    price = standard.price if asked.price is None else asked.price
    problem = standard_problem(standard, account_code, asked.tax_percent)
    if problem:
        raise Refused(problem)
    problem = price_problem(standard, price, asked.reason)
    if problem:
        raise PriceAboveStandard(problem)
    return Priced(asked.unit or standard.unit, price, asked.reason.strip() if price > standard.price else "")


def standard_problem(standard: StandardItem, account_code: str, tax_percent: Decimal) -> str:
    """Why the item cannot be used here, or nothing."""
    if not standard.usable_for(account_code):
        codes = ", ".join(standard.accounts)
        return _("{label} tidak boleh dipakai pada rekening {account_code}; hanya pada {codes}.").format(
            label=standard.label, account_code=account_code, codes=codes
        )
    if standard.includes_tax and tax_percent:
        return _("Harga {label} sudah termasuk PPN. Isi PPN 0.").format(label=standard.label)
    return ""


def price_problem(standard: StandardItem, price: Decimal, reason: str) -> str:
    """Why the price cannot be taken, or nothing."""
    if price <= standard.price:
        return ""
    above = _("Harga satuan {price} melebihi {label} ({decree}): {allowed} per {unit}, kelebihan {excess}.").format(
        price=exact_rupiah(price),
        label=standard.label,
        decree=standard.standard.decree,
        allowed=exact_rupiah(standard.price),
        unit=standard.unit,
        excess=exact_rupiah(price - standard.price),
    )
    if not warns_only():
        return _("{above} Turunkan harganya, atau minta perubahan standar kepada pengelola standar harga.").format(
            above=above
        )
    if reason.strip():
        return ""
    return _("{above} Tulis alasannya; alasan dilihat saat asistensi.").format(above=above)
