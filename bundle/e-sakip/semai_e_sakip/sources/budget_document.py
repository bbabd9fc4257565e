"""The contract budget.execution-document 1.0 as this app reads it: money per sub kegiatan of the locked budget."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from .reading import Entry, answer_for, once

CONTRACT = "budget.execution-document"
PATH = "/documents"


@dataclass(frozen=True)
class PublishedBudget:
    """One sub kegiatan of one OPD; `total` in rupiah."""

    agency_code: str
    program_code: str
    program_name: str
    sub_activity_code: str
    sub_activity_name: str
    total: Decimal

    @property
    def key(self) -> tuple[str, str]:
        return self.agency_code, self.sub_activity_code


@dataclass(frozen=True)
class PublishedBudgets:
    year: int
    items: tuple[PublishedBudget, ...]


def parse(payload: Any, year: int) -> PublishedBudgets:
    """Read an answer of `GET /documents?year=…`. Raises AnswerInvalid."""
    answer = answer_for(CONTRACT, payload, year)
    items = tuple(_item(entry) for entry in answer.entries("items"))
    return PublishedBudgets(year, once(items, lambda item: item.key, answer, "items"))


def _item(entry: Entry) -> PublishedBudget:
    return PublishedBudget(
        agency_code=entry.text("agency_code", 60),
        program_code=entry.text("program_code", 60),
        program_name=entry.text("program_name", 400),
        sub_activity_code=entry.text("sub_activity_code", 60),
        sub_activity_name=entry.text("sub_activity_name", 400),
        total=entry.money("total"),
    )
