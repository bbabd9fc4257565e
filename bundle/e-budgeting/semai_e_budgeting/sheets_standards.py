"""Spreadsheet of price standards; an exported list can be imported again."""

from typing import Any

from semai_kit.spreadsheets import Column, Sheet, SheetRow

from .models import StandardItem
from .services.standards import ItemEntry

YES, NO = "ya", "tidak"
COLUMNS = (
    Column("code", "Kode barang", required=True, help="Tanpa spasi, misalnya 1.1.12.01.0001; tulis sebagai teks."),
    Column("name", "Uraian", required=True),
    Column("specification", "Spesifikasi"),
    Column("unit", "Satuan", required=True, help="Misalnya Rim, Orang/Hari, M2."),
    Column("price", "Harga satuan", kind="decimal", required=True, help="Rupiah tanpa titik pemisah."),
    Column("includes_tax", "Termasuk PPN", kind="choice", choices=(YES, NO), help="Kosong berarti tidak."),
    Column(
        "accounts",
        "Kode rekening",
        help="Rekening atau induknya, dipisah titik koma; kosong berarti boleh untuk semua.",
    ),
)


def standard_sheet() -> Sheet:
    return Sheet("Standar harga", COLUMNS, max_rows=20000)


def standard_list_sheet() -> Sheet:
    """The list over several decrees."""
    return Sheet("Standar harga", (Column("kind", "Jenis"), *COLUMNS, Column("decree", "Keputusan")))


def item_entry(row: SheetRow) -> ItemEntry:
    cells = row.values
    accounts = (part.strip() for part in (cells["accounts"] or "").replace(",", ";").split(";"))
    return ItemEntry(
        code=cells["code"],
        name=cells["name"],
        unit=cells["unit"],
        price=cells["price"],
        specification=cells["specification"] or "",
        includes_tax=cells["includes_tax"] == YES,
        accounts=tuple(dict.fromkeys(code for code in accounts if code)),
    )


def item_cells(item: StandardItem) -> dict[str, Any]:
    return {
        "kind": item.standard.kind,
        "decree": item.standard.decree,
        "code": item.code,
        "name": item.name,
        "specification": item.specification,
        "unit": item.unit,
        "price": item.price,
        "includes_tax": YES if item.includes_tax else NO,
        "accounts": "; ".join(item.accounts),
    }
