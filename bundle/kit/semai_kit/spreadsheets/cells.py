"""One cell: from what a spreadsheet program stores to a typed value, with a message people understand."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

from semai_kit.money import parse_rupiah
from semai_kit.spreadsheets.declaration import Column

DATE_FORMATS = ("%d/%m/%Y", "%d-%m-%Y", "%Y-%m-%d", "%d.%m.%Y")
LARGEST = Decimal(10) ** 17
# Spreadsheet programs keep 15 digits of a number: of a NIK or NIP stored as one, the last digits are gone.
EXACT = 10**15


class CellInvalid(Exception):
    """What is wrong, in Indonesian."""


def parse_cell(value: Any, column: Column) -> Any:
    """Typed value of a cell; None (or "" for text) when it is empty and may be. Raises CellInvalid."""
    if isinstance(value, str):
        value = value.strip()
    if value is None or value == "":
        if column.required:
            raise CellInvalid(_("wajib diisi"))
        return "" if column.kind == "text" else None
    if isinstance(value, str) and value.startswith("#") and value.endswith(("!", "?", "A")) and value.isupper():
        raise CellInvalid(_("berisi galat {value}").format(value=value))
    return PARSERS[column.kind](value, column)


def _text(value: Any, column: Column) -> str:
    if isinstance(value, bool | datetime.date | datetime.time | datetime.timedelta):
        raise CellInvalid(_("harus teks; ubah format selnya menjadi Text"))
    if isinstance(value, int | float) and abs(value) >= EXACT:
        raise CellInvalid(
            _("lebih dari 15 angka, jadi sudah dibulatkan; ubah format selnya menjadi Text, tulis lagi")
        )
    text = str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
    if ILLEGAL_CHARACTERS_RE.search(text):
        raise CellInvalid(_("berisi karakter yang tidak dapat disimpan"))
    if len(text) > column.max_length:
        raise CellInvalid(
            _("{count} karakter; paling banyak {max_length}").format(count=len(text), max_length=column.max_length)
        )
    return text


def _integer(value: Any, column: Column) -> int:
    number = _decimal(value, column)
    if number != number.to_integral_value():
        raise CellInvalid(_("harus bilangan bulat, bukan {value}").format(value=value))
    return int(number)


def _decimal(value: Any, column: Column) -> Decimal:
    if isinstance(value, str):
        try:
            number = parse_rupiah(value)
        except ValueError:
            raise CellInvalid(_("“{value}” bukan angka").format(value=value[:40])) from None
    elif isinstance(value, int | float | Decimal) and not isinstance(value, bool):
        number = Decimal(str(value))
    else:
        raise CellInvalid(_("bukan angka"))
    if not number.is_finite() or abs(number) >= LARGEST:
        raise CellInvalid(_("angkanya terlalu besar"))
    return number


def _date(value: Any, column: Column) -> datetime.date:
    if isinstance(value, datetime.datetime):
        return value.date()
    if isinstance(value, datetime.date):
        return value
    for pattern in DATE_FORMATS:
        try:
            return datetime.datetime.strptime(str(value), pattern).date()
        except ValueError:
            continue
    raise CellInvalid(_("“{value}” bukan tanggal; tulis seperti 31/12/2027").format(value=str(value)[:40]))


def _choice(value: Any, column: Column) -> str:
    wanted = _text(value, column).casefold()
    for choice in column.choices:
        if choice.casefold() == wanted:
            return choice
    listed = ", ".join(column.choices[:12]) + (", …" if len(column.choices) > 12 else "")
    raise CellInvalid(
        _("“{value}” tidak dikenal. Pilihannya: {listed}").format(value=str(value)[:40], listed=listed)
    )


PARSERS: dict[str, Callable[[Any, Column], Any]] = {
    "text": _text,
    "integer": _integer,
    "decimal": _decimal,
    "date": _date,
    "choice": _choice,
}
