"""Spreadsheet of a mapping; its export lists every old code, so that the gaps can be filled in and imported."""

from collections.abc import Iterator
from typing import Any

from semai_kit.spreadsheets import Column, Sheet, SheetRow

from .services.mapping import MappingEntry

OLD = Column("old_code", "Kode lama", required=True, help="Tingkat terdalam paket lama; tulis sebagai teks.")
NEW = Column("new_code", "Kode baru", help="Tingkat terdalam paket baru; kosong berarti tanpa pengganti.")
NOTE = Column("note", "Keterangan")


def mapping_sheet() -> Sheet:
    return Sheet("Pemetaan kode", (OLD, NEW, NOTE), max_rows=20000)


def mapping_export_sheet() -> Sheet:
    names = Column("old_name", "Uraian lama"), Column("new_name", "Uraian baru")
    return Sheet("Pemetaan kode", (OLD, names[0], NEW, names[1], NOTE), max_rows=20000)


def mapping_entry(row: SheetRow) -> MappingEntry:
    cells = row.values
    return MappingEntry(cells["old_code"], cells["new_code"] or "", cells["note"] or "")


def mapping_cells(rows: Iterator[Any]) -> Iterator[dict[str, Any]]:
    keys = [column.key for column in mapping_export_sheet().columns]
    return ({key: getattr(row, key) for key in keys} for row in rows)
