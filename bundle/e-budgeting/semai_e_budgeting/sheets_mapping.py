"""Spreadsheet of a mapping; its export lists every old code, so that the gaps can be filled in and imported."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from semai_kit.spreadsheets import Column, Sheet, SheetRow

from .selectors.mapping import MappedRow
from .services.mapping import MappingEntry

ENDED = "-"

OLD = Column("old_code", "Kode lama", required=True, help="Tingkat terdalam paket lama; tulis sebagai teks.")
NEW = Column(
    "new_code", "Kode baru", help="Tingkat terdalam paket baru; - berarti tanpa pengganti, kosong berarti dilewati."
)
NOTE = Column("note", "Keterangan")


def mapping_sheet() -> Sheet:
    return Sheet("Pemetaan kode", (OLD, NEW, NOTE), max_rows=20000)


def mapping_export_sheet() -> Sheet:
    names = Column("old_name", "Uraian lama"), Column("new_name", "Uraian baru")
    return Sheet("Pemetaan kode", (OLD, names[0], NEW, names[1], NOTE), max_rows=20000)


def filled(rows: Sequence[SheetRow]) -> list[SheetRow]:
    """Rows that say something: a code nobody mapped yet stays unmapped when an export comes back."""
    return [row for row in rows if row.values["new_code"]]


def mapping_entry(row: SheetRow) -> MappingEntry:
    cells = row.values
    new_code = "" if cells["new_code"] == ENDED else cells["new_code"]
    return MappingEntry(cells["old_code"], new_code, cells["note"] or "")


def mapping_cells(rows: Iterable[MappedRow]) -> Iterator[dict[str, Any]]:
    keys = [column.key for column in mapping_export_sheet().columns]
    for row in rows:
        cells = {key: getattr(row, key) for key in keys}
        yield {**cells, "new_code": ENDED} if row.state == "ended" else cells
