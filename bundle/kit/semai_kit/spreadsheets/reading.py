"""Reading a spreadsheet somebody sent.

Refused as a whole: not XLSX, too large packed or unpacked, macros, no rows, too many rows, a missing required
column. Refused cell by cell: formulas, wrong types, missing values. Nothing is evaluated, no external entity read.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO
from xml.etree.ElementTree import ParseError

from defusedxml.common import DefusedXmlException
from django.utils.translation import gettext as _
from openpyxl import load_workbook
from openpyxl.utils import get_column_letter
from openpyxl.utils.exceptions import InvalidFileException

from semai_kit.spreadsheets.cells import CellInvalid, parse_cell
from semai_kit.spreadsheets.declaration import Column, Sheet
from semai_kit.spreadsheets.results import CellError, Reading, SheetRefused, SheetRow

MAX_COLUMNS = 60
MAX_PARTS = 500
ERROR_TITLE = "Kesalahan"
MACRO_PARTS = ("vbaproject.bin", "macrosheets/", "activex/")
UNREADABLE = (
    InvalidFileException,
    DefusedXmlException,
    ParseError,
    zipfile.BadZipFile,
    KeyError,
    ValueError,
    TypeError,
    AttributeError,
    IndexError,
    OverflowError,
)


@dataclass(frozen=True)
class RawCell:
    value: Any
    formula: bool


def read(file: BinaryIO | bytes, sheet: Sheet) -> Reading:
    """Read the first worksheet of an XLSX file. Raises SheetRefused."""
    content = _content(file, sheet)
    _check_package(content, sheet)
    try:
        numbered = list(_cells(content, sheet))
    except UNREADABLE as error:
        raise SheetRefused(
            _("Berkas ini rusak atau bukan XLSX yang wajar. Simpan ulang lalu coba lagi.")
        ) from error
    if not numbered:
        raise SheetRefused(_("Lembar pertama kosong."))
    titles = [_title(cell.value) for cell in numbered[0][1]]
    header = tuple(titles[: max((place for place, title in enumerate(titles, 1) if title), default=0)])
    positions = _positions(header, sheet)
    body = [(number, cells) for number, cells in numbered[1:] if any(c.value not in (None, "") for c in cells)]
    if not body:
        raise SheetRefused(_("Tidak ada baris isian di bawah judul kolom."))
    rows: list[SheetRow] = []
    errors: list[CellError] = []
    for number, cells in body:
        values, wrong = _row(number, cells, positions)
        errors.extend(wrong)
        if not wrong:
            rows.append(SheetRow(number, values))
    grid = tuple((number, tuple(cell.value for cell in cells[: len(header)])) for number, cells in body)
    return Reading(sheet, tuple(rows), tuple(errors), header, grid)


def _content(file: BinaryIO | bytes, sheet: Sheet) -> bytes:
    content = file if isinstance(file, bytes) else file.read(sheet.max_bytes + 1)
    if len(content) > sheet.max_bytes:
        raise SheetRefused(_("Berkas lebih besar dari {size} MB.").format(size=sheet.max_bytes // (1024 * 1024)))
    if not content.startswith(b"PK"):
        raise SheetRefused(
            _("Berkas bukan XLSX (atau diberi kata sandi). Simpan sebagai “Excel Workbook (.xlsx)”.")
        )
    return content


def _check_package(content: bytes, sheet: Sheet) -> None:
    """Look at the table of contents only: declared sizes bound what zipfile will ever unpack."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as package:
            parts = package.infolist()
            kinds = package.read("[Content_Types].xml") if _has(parts, "[Content_Types].xml") else b""
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError) as error:
        raise SheetRefused(_("Berkas ini rusak. Simpan ulang lalu coba lagi.")) from error
    if len(parts) > MAX_PARTS or sum(part.file_size for part in parts) > sheet.max_unpacked:
        raise SheetRefused(
            _("Isi berkas ini setelah dibuka terlalu besar. Hapus lembar dan gambar yang tidak perlu.")
        )
    names = [part.filename.lower() for part in parts]
    if b"macroEnabled" in kinds or any(mark in name for mark in MACRO_PARTS for name in names):
        raise SheetRefused(_("Berkas berisi makro. Simpan sebagai “Excel Workbook (.xlsx)” tanpa makro."))


def _has(parts: list[zipfile.ZipInfo], name: str) -> bool:
    return any(part.filename == name and part.file_size < 1024 * 1024 for part in parts)


def _cells(content: bytes, sheet: Sheet) -> Iterator[tuple[int, tuple[RawCell, ...]]]:
    """Non-empty rows of the first worksheet with their numbers, bounded in rows and columns."""
    book = load_workbook(io.BytesIO(content), read_only=True, data_only=False, keep_links=False, keep_vba=False)
    try:
        page = book.worksheets[0]
        page.reset_dimensions()
        filled = 0
        for number, cells in enumerate(page.iter_rows(max_col=MAX_COLUMNS), start=1):
            row = tuple(_raw(cell) for cell in cells)
            if any(cell.value not in (None, "") for cell in row):
                filled += 1
                yield number, row
            if filled > sheet.max_rows + 1 or number > sheet.max_rows * 2 + 100:
                raise SheetRefused(
                    _("Lebih dari {max_rows} baris. Bagi menjadi beberapa berkas.").format(max_rows=sheet.max_rows)
                )
    finally:
        book.close()


def _raw(cell: Any) -> RawCell:
    formula = cell.data_type == "f"
    return RawCell(str(cell.value) if formula else cell.value, formula)


def _title(value: Any) -> str:
    return " ".join(str(value if value is not None else "").split()).removesuffix("*").strip()


def _positions(header: tuple[str, ...], sheet: Sheet) -> dict[int, Column]:
    """Column by its place in the row; columns in any order, unknown ones ignored."""
    wanted = {column.title.casefold(): column for column in sheet.columns}
    found: dict[int, Column] = {}
    for position, title in enumerate(header):
        column = wanted.get(title.casefold())
        if column is None:
            continue
        if column in found.values():
            raise SheetRefused(_("Kolom “{title}” ada dua kali.").format(title=column.title))
        found[position] = column
    missing = [c.title for c in sheet.columns if c.required and c not in found.values()]
    if missing:
        raise SheetRefused(
            _("Kolom tidak ditemukan di baris pertama: {columns}. Pakai templat yang disediakan.").format(
                columns=", ".join(missing)
            )
        )
    return found


def _row(
    number: int, cells: tuple[RawCell, ...], positions: dict[int, Column]
) -> tuple[dict[str, Any], list[CellError]]:
    values: dict[str, Any] = {}
    errors: list[CellError] = []
    for position, column in positions.items():
        cell = cells[position] if position < len(cells) else RawCell(None, False)
        try:
            if cell.formula:
                raise CellInvalid(_("berisi rumus; tempel sebagai nilai"))
            values[column.key] = parse_cell(cell.value, column)
        except CellInvalid as wrong:
            place = f"{column.title} ({get_column_letter(position + 1)}{number})"
            errors.append(CellError(number, column.key, f"{place}: {wrong}"))
    return values, errors
