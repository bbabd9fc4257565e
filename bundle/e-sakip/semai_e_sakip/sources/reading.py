"""Reading the answer of a provider value by value: errors name the place (`items[3].total`), nothing is guessed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any, TypeVar

from ..errors import AnswerInvalid

LARGEST = Decimal("90000000000000000")
T = TypeVar("T")


@dataclass(frozen=True)
class Entry:
    """One JSON object of an answer, with where it stands in it. Unknown keys are ignored: 1.1 stays readable."""

    contract: str
    where: str
    values: Mapping[str, Any]

    def wrong(self, key: str, problem: str) -> AnswerInvalid:
        return AnswerInvalid(self.contract, f"{self.where}.{key}".removeprefix("."), problem)

    def text(self, key: str, limit: int, *, required: bool = True) -> str:
        value = self.values.get(key)
        if value is None or value == "":
            if required:
                raise self.wrong(key, "kosong")
            return ""
        if isinstance(value, bool) or not isinstance(value, str | int):
            raise self.wrong(key, "harus berupa teks")
        return str(value).strip()[:limit]

    def whole(self, key: str, lowest: int, highest: int) -> int:
        value = self.values.get(key)
        if isinstance(value, bool) or not isinstance(value, int) or not lowest <= value <= highest:
            raise self.wrong(key, f"bukan bilangan {lowest} sampai {highest} ({value!r})")
        return value

    def figure(self, key: str, *, required: bool = True) -> Decimal | None:
        """A decimal written as a string, two decimals."""
        value = self.values.get(key)
        if value is None and not required:
            return None
        try:
            number = Decimal(value) if isinstance(value, str) else None
        except InvalidOperation:
            number = None
        if number is None or not number.is_finite() or abs(number) > LARGEST:
            raise self.wrong(key, f"bukan angka yang sah ({value!r})")
        return number.quantize(Decimal("0.01"))

    def money(self, key: str) -> Decimal:
        amount = self.figure(key)
        if amount is None or amount < 0:
            raise self.wrong(key, f"bukan jumlah rupiah yang sah ({amount})")
        return amount

    def entry(self, key: str) -> Entry | None:
        """An object, or None where the answer says null."""
        value = self.values.get(key)
        if value is None:
            return None
        return entry_of(self.contract, f"{self.where}.{key}".removeprefix("."), value)

    def entries(self, key: str) -> Iterator[Entry]:
        raw = self.values.get(key)
        if not isinstance(raw, list):
            raise self.wrong(key, "harus berupa daftar")
        place = f"{self.where}.{key}".removeprefix(".")
        for index, value in enumerate(raw):
            yield entry_of(self.contract, f"{place}[{index}]", value)


def entry_of(contract: str, where: str, value: Any) -> Entry:
    if not isinstance(value, Mapping):
        raise AnswerInvalid(contract, where or "jawaban", "harus berupa objek")
    return Entry(contract, where, value)


def answer_for(contract: str, payload: Any, year: int) -> Entry:
    """The answer as an entry; refused when it is about another year than was asked for."""
    entry = entry_of(contract, "", payload)
    if entry.values.get("year") != year:
        raise entry.wrong("year", f"tahun {entry.values.get('year')!r}, yang diminta {year}")
    return entry


def once(rows: tuple[T, ...], key: Callable[[T], object], entry: Entry, name: str) -> tuple[T, ...]:
    """The rows, refused when two of them have the same key."""
    seen: set[object] = set()
    for index, row in enumerate(rows):
        if key(row) in seen:
            raise entry.wrong(f"{name}[{index}]", f"{key(row)} tertulis dua kali")
        seen.add(key(row))
    return rows
