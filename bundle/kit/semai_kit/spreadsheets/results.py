"""What reading a spreadsheet comes to: good rows, errors, or a refusal of the whole file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from semai_kit.refusals import Refused
from semai_kit.spreadsheets.declaration import Sheet


class SheetRefused(Refused):
    """The file as a whole cannot be used."""


@dataclass(frozen=True)
class CellError:
    """What is wrong in one cell (key "" for the whole row). `row` is the number people see in the spreadsheet."""

    row: int
    key: str
    message: str


@dataclass(frozen=True)
class SheetRow:
    """A row without errors: typed values by column key; empty cells are None ("" for text)."""

    number: int
    values: Mapping[str, Any]


@dataclass(frozen=True)
class Reading:
    """The outcome: good rows, errors of the others, and the sheet as it was sent."""

    sheet: Sheet
    rows: tuple[SheetRow, ...]
    errors: tuple[CellError, ...]
    header: tuple[str, ...]
    grid: tuple[tuple[int, tuple[Any, ...]], ...]

    @property
    def ok(self) -> bool:
        return not self.errors

    def with_errors(self, more: Iterable[CellError]) -> Reading:
        """The same reading with errors found by the app's own rules; their rows leave `rows`."""
        added = tuple(more)
        bad = {error.row for error in added}
        rows = tuple(row for row in self.rows if row.number not in bad)
        return replace(self, rows=rows, errors=tuple(sorted((*self.errors, *added), key=lambda e: e.row)))
