"""Rupiah: Decimal in Python, whole sen in the database (exact sums on every database)."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any

from django import forms
from django.core import exceptions
from django.db import models
from django.db.models import QuerySet, Sum
from django.db.models.query_utils import DeferredAttribute
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from lokal import format_rupiah
from lokal import terbilang as spell

SEN = Decimal("0.01")
LIMIT = Decimal("90000000000000000")  # a signed 64-bit count of sen, with room for sums


def rupiah(amount: Decimal | int | None, *, decimals: bool = False) -> str:
    """`Rp1.500.000`; an em dash for None."""
    return "—" if amount is None else format_rupiah(amount, decimals=decimals)


def exact_rupiah(amount: Decimal) -> str:
    """A unit price: `Rp62.500`, or `Rp62.500,50` where there are sen."""
    return rupiah(amount, decimals=amount != amount.to_integral_value())


def terbilang(amount: Decimal | int) -> str:
    """`satu juta lima ratus ribu rupiah`. Sen are spelled only when there are any."""
    whole = Decimal(amount)
    return spell(int(whole) if whole == whole.to_integral_value() else whole, currency=True)


def rounded(amount: Decimal) -> Decimal:
    """To whole sen, half up."""
    return amount.quantize(SEN, rounding=ROUND_HALF_UP)


def parse_rupiah(text: str) -> Decimal:
    """`1.500.000,50`, `Rp 1.500.000` or `1500000` as people type them. Raises ValueError.

    A dot separates thousands and must be followed by three digits; a comma separates sen. `1500.5` is refused
    rather than guessed.
    """
    cleaned = text.strip().removeprefix("Rp").removeprefix("rp").replace(" ", "").replace("\u00a0", "")
    sign = "-" if cleaned.startswith("-") else ""
    whole, comma, sen = cleaned.removeprefix("-").partition(",")
    groups = whole.split(".")
    grouped = len(groups) == 1 or (0 < len(groups[0]) <= 3 and all(len(g) == 3 for g in groups[1:]))
    digits = "".join(groups)
    if not grouped or not digits.isascii() or not digits.isdigit():
        raise ValueError(f"bukan jumlah uang: {text!r}")
    if comma and not (sen.isascii() and sen.isdigit() and len(sen) <= 2):
        raise ValueError(f"sen paling banyak dua angka: {text!r}")
    return Decimal(f"{sign}{digits}.{sen or '0'}")


class RupiahInput(forms.TextInput):
    """A text box with a numeric keyboard, showing thousands with dots."""

    input_type = "text"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__({"inputmode": "decimal", "class": "number", "autocomplete": "off", **(attrs or {})})

    def format_value(self, value: Any) -> str | None:
        if isinstance(value, (Decimal, int)):
            text = format_rupiah(Decimal(value), decimals=True, symbol=False)
            return text.removesuffix(",00")
        return value


class RupiahField(forms.Field):
    """Form field of MoneyField; accepts what parse_rupiah accepts."""

    widget = RupiahInput
    default_error_messages = {
        "invalid": lazy("Tulis jumlah seperti 1.500.000 atau 1500000,50."),
        "min_value": lazy("Paling sedikit %(limit)s."),
        "max_value": lazy("Paling banyak %(limit)s."),
    }

    def __init__(self, *, min_value: Decimal | int | None = 0, max_value: Decimal = LIMIT, **kwargs: Any) -> None:
        self.min_value, self.max_value = min_value, max_value
        super().__init__(**kwargs)

    def to_python(self, value: Any) -> Decimal | None:
        if value in self.empty_values:
            return None
        try:
            return parse_rupiah(str(value))
        except ValueError:
            raise exceptions.ValidationError(self.error_messages["invalid"], code="invalid") from None

    def validate(self, value: Decimal | None) -> None:
        super().validate(value)
        if value is None:
            return
        if self.min_value is not None and value < self.min_value:
            raise self._out_of_range("min_value", self.min_value)
        if value > self.max_value:
            raise self._out_of_range("max_value", self.max_value)

    def has_changed(self, initial: Any, data: Any) -> bool:
        try:
            return self.to_python(data) != (None if initial is None else rounded(Decimal(initial)))
        except (exceptions.ValidationError, InvalidOperation):
            return True

    def _out_of_range(self, code: str, limit: Decimal | int) -> exceptions.ValidationError:
        return exceptions.ValidationError(self.error_messages[code] % {"limit": rupiah(Decimal(limit))}, code=code)


class MoneyAttribute(DeferredAttribute):
    """Holds a Decimal with two decimals whatever is assigned: 0 and 0.00 are the same in the audit trail."""

    def __set__(self, instance: models.Model, value: Any) -> None:
        plain = value if hasattr(value, "resolve_expression") else self.field.to_python(value)
        instance.__dict__[self.field.attname] = plain


class MoneyField(models.BigIntegerField):
    """Decimal rupiah with two decimals, stored as whole sen. Sum() works; other arithmetic belongs in Python."""

    description = lazy("Rupiah")
    descriptor_class = MoneyAttribute

    def from_db_value(self, value: Any, *args: Any) -> Decimal | None:
        return None if value is None else Decimal(int(value)).scaleb(-2)

    def to_python(self, value: Any) -> Decimal | None:
        if value is None or value == "":
            return None
        if isinstance(value, float):
            raise TypeError("money is Decimal, never float")
        try:
            return rounded(Decimal(str(value)))
        except InvalidOperation:
            raise exceptions.ValidationError(
                _("“{value}” bukan jumlah uang.").format(value=value), code="invalid"
            ) from None

    def get_prep_value(self, value: Any) -> int | None:
        if value is None or hasattr(value, "resolve_expression"):
            return value
        if isinstance(value, float):
            raise TypeError("money is Decimal, never float")
        return int(rounded(Decimal(value)).scaleb(2))

    def value_to_string(self, obj: models.Model) -> str:
        value = self.value_from_object(obj)
        return "" if value is None else str(value)

    @property
    def validators(self) -> list[Any]:
        """The range of BigIntegerField is in sen; the form field limits rupiah."""
        return list(self._validators)

    def formfield(self, **kwargs: Any) -> forms.Field:
        return models.Field.formfield(self, **{"form_class": RupiahField, **kwargs})


def total(rows: QuerySet, field: str) -> Decimal:
    """Sum of a MoneyField over rows, 0 when there are none."""
    return rows.order_by().aggregate(total=Sum(field))["total"] or Decimal("0.00")
