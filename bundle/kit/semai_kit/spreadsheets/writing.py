"""Writing spreadsheets: lists, templates with help, and the user's own sheet with a column of errors.

Text is always stored as text, so a cell that starts with = + - or @ never becomes a formula.
"""

from __future__ import annotations

import datetime
import io
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from openpyxl import Workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE, WriteOnlyCell
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter, quote_sheetname
from openpyxl.worksheet.datavalidation import DataValidation

from semai_kit.spreadsheets.declaration import Column, Sheet
from semai_kit.spreadsheets.reading import ERROR_TITLE
from semai_kit.spreadsheets.results import Reading

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
HEADER_FONT = Font(bold=True, color="FFFFFF")
HEADER_FILL = PatternFill("solid", fgColor="0F5C57")
ERROR_FILL = PatternFill("solid", fgColor="FBE3E1")
ERROR_FONT = Font(color="9C1F1F")
FORMATS = {"decimal": "#,##0.00", "integer": "#,##0", "date": "dd/mm/yyyy", "text": "@", "choice": "@"}
WIDTHS = {"decimal": 20, "integer": 14, "date": 14, "text": 32, "choice": 22}
VALIDATED_ROWS = 5000


def write(*pages: tuple[Sheet, Iterable[Mapping[str, Any]]]) -> bytes:
    """An XLSX whose pages have a header and one line per mapping of column key to value."""
    book = Workbook(write_only=True)
    for sheet, rows in pages:
        page = _page(book, sheet.title, sheet.columns)
        page.append([_header(page, column.title) for column in sheet.columns])
        for row in rows:
            page.append([_cell(page, row.get(column.key), FORMATS[column.kind]) for column in sheet.columns])
    return _saved(book)


def template(sheet: Sheet) -> bytes:
    """An empty sheet to fill in: required columns marked *, drop-downs for choices, help on a second sheet."""
    book = Workbook(write_only=True)
    page = _page(book, sheet.title, sheet.columns)
    page.append(
        [_header(page, f"{column.title} *" if column.required else column.title) for column in sheet.columns]
    )
    chosen = [column for column in sheet.columns if column.kind == "choice"]
    _add_lists(book, page, sheet, chosen)
    guide = book.create_sheet("Petunjuk")
    guide.column_dimensions["A"].width, guide.column_dimensions["B"].width = 28, 90
    guide.append([_header(guide, "Kolom"), _header(guide, "Cara mengisi")])
    for column in sheet.columns:
        guide.append([_cell(guide, column.title, "@"), _cell(guide, _guidance(column), "@")])
    return _saved(book)


def error_sheet(reading: Reading) -> bytes:
    """Every row as it was sent, with a first column that says what is wrong; wrong rows are coloured."""
    book = Workbook(write_only=True)
    page = book.create_sheet(_safe_title(reading.sheet.title))
    page.freeze_panes = "B2"
    titles = reading.header
    kept = [i for i, title in enumerate(titles) if title.casefold() != ERROR_TITLE.casefold()]
    page.column_dimensions["A"].width = 60
    for place in range(2, len(kept) + 2):
        page.column_dimensions[get_column_letter(place)].width = 24
    page.append([_header(page, ERROR_TITLE), *(_header(page, titles[i]) for i in kept)])
    messages: dict[int, list[str]] = {}
    for error in reading.errors:
        messages.setdefault(error.row, []).append(error.message)
    for number, values in reading.grid:
        wrong = "; ".join(messages.get(number, []))
        cells = [_cell(page, values[i] if i < len(values) else None) for i in kept]
        page.append([_error(page, wrong), *(_mark(cell) if wrong else cell for cell in cells)])
    return _saved(book)


def _page(book: Workbook, title: str, columns: tuple[Column, ...]) -> Any:
    page = book.create_sheet(_safe_title(title))
    page.freeze_panes = "A2"
    for place, column in enumerate(columns, 1):
        page.column_dimensions[get_column_letter(place)].width = max(WIDTHS[column.kind], len(column.title) + 3)
    return page


def _add_lists(book: Workbook, page: Any, sheet: Sheet, chosen: list[Column]) -> None:
    """Drop-downs read a hidden sheet, because an inline list is limited to 255 characters."""
    if not chosen:
        return
    lists = book.create_sheet("Pilihan")
    lists.sheet_state = "hidden"
    for index in range(max(len(column.choices) for column in chosen)):
        lists.append([_cell(lists, c.choices[index] if index < len(c.choices) else None, "@") for c in chosen])
    for place, column in enumerate(chosen, 1):
        letter = get_column_letter(place)
        source = f"{quote_sheetname('Pilihan')}!${letter}$1:${letter}${len(column.choices)}"
        rule = DataValidation(type="list", formula1=source, allow_blank=not column.required, showErrorMessage=True)
        target = get_column_letter(sheet.columns.index(column) + 1)
        rule.add(f"{target}2:{target}{min(sheet.max_rows, VALIDATED_ROWS) + 1}")
        page.data_validations.append(rule)


def _guidance(column: Column) -> str:
    kinds = {
        "text": "Teks.",
        "integer": "Bilangan bulat.",
        "decimal": "Angka; sen dengan koma.",
        "date": "Tanggal, misalnya 31/12/2027.",
        "choice": f"Pilih salah satu: {', '.join(column.choices[:20])}{', …' if len(column.choices) > 20 else ''}.",
    }
    need = "Wajib diisi." if column.required else "Boleh kosong."
    return " ".join(part for part in (need, kinds[column.kind], column.help) if part)


def _cell(page: Any, value: Any, number_format: str = "") -> WriteOnlyCell:
    """A cell; strings are text whatever they start with."""
    if isinstance(value, datetime.datetime) and value.tzinfo is not None:
        value = value.astimezone().replace(tzinfo=None)
    plain = value is None or isinstance(value, bool | int | float | Decimal | datetime.date | datetime.time)
    if plain:
        cell = WriteOnlyCell(page, value=value)
        if number_format and value is not None and not isinstance(value, bool):
            cell.number_format = number_format
        return cell
    text = ILLEGAL_CHARACTERS_RE.sub("", str(value))
    cell = WriteOnlyCell(page, value=text)
    cell.data_type = "s"
    cell.number_format = "@"
    if text.startswith(FORMULA_STARTS):
        cell.quotePrefix = True
    return cell


def _header(page: Any, title: str) -> WriteOnlyCell:
    cell = _cell(page, title)
    cell.font, cell.fill = HEADER_FONT, HEADER_FILL
    cell.alignment = Alignment(vertical="center", wrap_text=True)
    return cell


def _error(page: Any, message: str) -> WriteOnlyCell:
    cell = _cell(page, message or None)
    cell.font = ERROR_FONT
    cell.alignment = Alignment(wrap_text=True, vertical="top")
    return _mark(cell) if message else cell


def _mark(cell: WriteOnlyCell) -> WriteOnlyCell:
    cell.fill = ERROR_FILL
    return cell


def _safe_title(title: str) -> str:
    """Worksheet titles hold at most 31 characters and none of these."""
    return "".join(" " if c in "[]:*?/\\" else c for c in title)[:31]


def _saved(book: Workbook) -> bytes:
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()
