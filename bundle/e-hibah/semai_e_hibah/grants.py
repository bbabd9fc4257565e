"""The contract budget.grants 1.0 as this app reads it: JSON in, frozen values out, nothing else gets through.

Errors name the place in the answer (`items[3].ceiling`). Unknown keys are ignored so that 1.1 stays readable.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from semai_kit.money import LIMIT

from .errors import GrantsInvalid

CONTRACT = "budget.grants"
PATH = "/grants"
PREFIXES = ("5.1.05", "5.1.06")


@dataclass(frozen=True)
class PublishedLine:
    """One budget line of a grant account; `ceiling` in rupiah."""

    id: str
    agency_code: str
    account_code: str
    account_name: str
    description: str
    ceiling: Decimal


def parse(payload: Any, year: int) -> tuple[PublishedLine, ...]:
    """Read an answer of `GET /grants?year=…`; refuses another year and a line named twice. Raises GrantsInvalid."""
    if not isinstance(payload, dict):
        raise GrantsInvalid("jawaban", "harus berupa objek")
    if payload.get("year") != year:
        raise GrantsInvalid("year", f"{payload.get('year')!r}, yang diminta {year}")
    raw = payload.get("items")
    if not isinstance(raw, list):
        raise GrantsInvalid("items", "harus berupa daftar")
    lines = tuple(_line(source, f"items[{index}]") for index, source in enumerate(raw))
    if len({line.id for line in lines}) != len(lines):
        raise GrantsInvalid("items", "menyebut satu baris dua kali")
    return lines


def _line(source: Any, where: str) -> PublishedLine:
    if not isinstance(source, dict):
        raise GrantsInvalid(where, "harus berupa objek")
    code = _text(source, "account_code", where, 40)
    if not code.startswith(PREFIXES):
        raise GrantsInvalid(f"{where}.account_code", f"{code!r} bukan rekening hibah atau bantuan sosial")
    return PublishedLine(
        id=_text(source, "id", where, 60),
        agency_code=_text(source, "agency_code", where, 60),
        account_code=code,
        account_name=_text(source, "account_name", where, 300),
        description=_text(source, "description", where, 300),
        ceiling=_money(source, "ceiling", where),
    )


def _text(source: Mapping[str, Any], key: str, where: str, limit: int) -> str:
    value = source.get(key)
    if isinstance(value, bool) or not isinstance(value, str | int) or not str(value).strip():
        raise GrantsInvalid(f"{where}.{key}", "kosong atau bukan teks")
    return str(value).strip()[:limit]


def _money(source: Mapping[str, Any], key: str, where: str) -> Decimal:
    value = source.get(key)
    try:
        amount = Decimal(value) if isinstance(value, str) else None
    except InvalidOperation:
        amount = None
    if amount is None or not amount.is_finite() or not 0 <= amount <= LIMIT:
        raise GrantsInvalid(f"{where}.{key}", f"bukan jumlah rupiah yang sah ({value!r})")
    return amount.quantize(Decimal("0.01"))
