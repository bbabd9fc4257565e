"""Spreadsheets people fill in. `read` checks, `error_sheet` hands mistakes back, `write` and `template` produce."""

from semai_kit.spreadsheets.declaration import Column, Sheet
from semai_kit.spreadsheets.reading import CellError, Reading, SheetRefused, SheetRow, read
from semai_kit.spreadsheets.writing import error_sheet, template, write

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
