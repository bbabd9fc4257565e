"""Spreadsheet columns of e-budgeting. The export of an RKA has all columns of its import, so it can come back."""

from collections.abc import Iterator
from typing import Any

from semai_kit.spreadsheets import Column, Sheet

from .models import LineFields, Rka, RkaLine, RkaVersion
from .selectors.recap import Recap
from .selectors.versions import version_lines

FIGURES = (
    Column("description", "Uraian belanja", required=True),
    Column("specification", "Spesifikasi"),
    Column("volume_1", "Koefisien 1", kind="decimal", required=True),
    Column("unit_1", "Satuan 1", help="Misalnya Orang, Hari, Paket; kosong berarti satuan standar harga."),
    Column("volume_2", "Koefisien 2", kind="decimal"),
    Column("unit_2", "Satuan 2"),
    Column("volume_3", "Koefisien 3", kind="decimal"),
    Column("unit_3", "Satuan 3"),
    Column(
        "unit_price",
        "Harga satuan",
        kind="decimal",
        help="Rupiah tanpa titik pemisah; kosong berarti menurut standar harga.",
    ),
    Column("tax_percent", "PPN persen", kind="decimal", help="Kosong berarti 0."),
    Column("location", "Lokasi"),
    Column("note", "Keterangan"),
    Column("standard_code", "Kode standar harga", help="Jenis dan kode, misalnya SSH 1.1.12.01.0001."),
    Column("price_reason", "Alasan di atas standar", help="Bila daerah mengizinkan harga di atas standar."),
)
SUB_ACTIVITY = Column("sub_activity_code", "Kode sub kegiatan", required=True, help="Kode dari rencana kerja.")
ACCOUNT = Column("account_code", "Kode rekening", required=True, help="Sampai sub rincian objek.")
FUNDING = Column("funding_code", "Kode sumber dana", required=True, help="Kode singkat, lihat Referensi.")
TOTAL = Column("total", "Jumlah", kind="decimal", help="Dihitung aplikasi.")


def line_sheet() -> Sheet:
    """What an import reads; totals are left out, because an old total beside a new figure misleads."""
    return Sheet("Rincian belanja", (SUB_ACTIVITY, ACCOUNT, FUNDING, *FIGURES))


def export_sheet() -> Sheet:
    return Sheet("Rincian belanja", (*line_sheet().columns, TOTAL))


def version_sheet() -> Sheet:
    names = (Column("account_name", "Uraian rekening"), Column("funding_name", "Sumber dana"))
    return Sheet("Versi RKA", (SUB_ACTIVITY, ACCOUNT, names[0], FUNDING, names[1], *FIGURES, TOTAL))


def account_sheet() -> Sheet:
    return Sheet(
        "Kode",
        (
            Column(
                "code", "Kode", required=True, max_length=40, help="Misalnya 5.1.02.01.01.0024; tulis sebagai teks."
            ),
            Column("name", "Uraian", required=True, max_length=300),
        ),
        max_rows=20000,
    )


def recap_sheet(*, with_pagu: bool) -> Sheet:
    money = [Column("total", "Jumlah", kind="decimal")]
    if with_pagu:
        money = [Column("pagu", "Pagu", kind="decimal"), *money, Column("remaining", "Sisa", kind="decimal")]
    columns = (
        Column("code", "Kode"),
        Column("name", "Uraian"),
        Column("count", "Banyak rincian", kind="integer"),
        *money,
    )
    return Sheet("Rekap", columns)


def recap_rows(recap: Recap, *, with_pagu: bool) -> Iterator[dict[str, Any]]:
    for row in recap.rows:
        cells = {"code": row.code, "name": row.name, "count": row.count, "total": row.total}
        yield {**cells, "pagu": row.pagu, "remaining": row.remaining} if with_pagu else cells
    yield {"code": "", "name": "Jumlah seluruhnya", "total": recap.grand_total}


def export_rows(rka: Rka) -> Iterator[dict[str, Any]]:
    lines = RkaLine.objects.filter(rka=rka).select_related("item", "account", "funding")
    for line in lines.order_by("item__sub_activity_code", "account__code", "pk"):
        yield {
            "sub_activity_code": line.item.sub_activity_code,
            "account_code": line.account.code,
            "funding_code": line.funding.code,
            **_figures(line),
        }


def version_rows(version: RkaVersion) -> Iterator[dict[str, Any]]:
    for line in version_lines(version):
        yield {
            "sub_activity_code": line.sub_activity_code,
            "account_code": line.account_code,
            "account_name": line.account_name,
            "funding_code": line.funding_code,
            "funding_name": line.funding_name,
            **_figures(line),
        }


def _figures(line: LineFields) -> dict[str, Any]:
    return {column.key: getattr(line, column.key) for column in (*FIGURES, TOTAL)}
