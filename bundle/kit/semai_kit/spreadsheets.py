"""Spreadsheets people fill in: declared columns, template, checked reading, error sheet, safe writing."""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from openpyxl import Workbook
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter

Kind = Literal["text", "integer", "decimal", "date", "choice"]


@dataclass(frozen=True)
class Column:
    key: str
    title: str
    kind: Kind = "text"
    required: bool = False
    help: str = ""
    choices: tuple[str, ...] = ()
    width: int = 0


@dataclass(frozen=True)
class Sheet:
    title: str
    columns: tuple[Column, ...]
    max_rows: int = 5000


def write(sheet: Sheet, rows: Iterable[Mapping[str, Any]]) -> bytes:
    """A workbook."""
    book = Workbook(write_only=True)
    page = book.create_sheet(sheet.title)
    page.append([c.title for c in sheet.columns])
    for row in rows:
        page.append([row.get(c.key) for c in sheet.columns])
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()
