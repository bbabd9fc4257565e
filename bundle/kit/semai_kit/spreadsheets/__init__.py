"""Spreadsheets people fill in. `read` checks, `error_sheet` hands mistakes back, `write` and `template` produce.

openpyxl takes 10 MB and most processes never open a spreadsheet, so each function loads it when first called.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, BinaryIO

from semai_kit.spreadsheets.declaration import Column, Sheet
from semai_kit.spreadsheets.results import CellError, Reading, SheetRefused, SheetRow

__all__ = [
    "CellError",
    "Column",
    "Reading",
    "Sheet",
    "SheetRefused",
    "SheetRow",
    "error_sheet",
    "read",
    "template",
    "write",
]


def read(file: BinaryIO | bytes, sheet: Sheet) -> Reading:
    """Read the first worksheet of an XLSX file. Raises SheetRefused."""
    from semai_kit.spreadsheets import reading

    return reading.read(file, sheet)


def write(
    sheet: Sheet, rows: Iterable[Mapping[str, Any]], *further: tuple[Sheet, Iterable[Mapping[str, Any]]]
) -> bytes:
    """An XLSX file of these rows, and of further sheets; text that looks like a formula stays text."""
    from semai_kit.spreadsheets import writing

    return writing.write((sheet, rows), *further)


def template(sheet: Sheet) -> bytes:
    """An empty XLSX file to fill in, with a page of guidance."""
    from semai_kit.spreadsheets import writing

    return writing.template(sheet)


def error_sheet(reading: Reading) -> bytes:
    """The rows as they were sent plus a column saying what is wrong; it can be sent again as it is."""
    from semai_kit.spreadsheets import writing

    return writing.error_sheet(reading)
