"""Spreadsheet columns of ceilings, of the pagu monitor, and of two versions or a cash plan of a DPA."""

from collections.abc import Iterator
from typing import Any

from semai_kit.languages import official
from semai_kit.spreadsheets import Column, Sheet

from .cash_plan import MONTHS
from .selectors.dpa import CashPlan
from .selectors.versions import Comparison


def ceiling_sheet(*, full: bool = False) -> Sheet:
    """What an import reads; `full` adds what an export tells beside it."""
    columns = (
        Column("agency_code", "Kode OPD", required=True),
        Column("code", "Kode", help="Program, kegiatan atau sub kegiatan; kosong berarti seluruh OPD."),
        Column("amount", "Plafon", kind="decimal", required=True, help="Rupiah tanpa titik pemisah."),
    )
    more = (Column("name", "Uraian"), Column("used", "Rincian RKA", kind="decimal"))
    return Sheet("Plafon", columns + (more if full else ()))


def pagu_sheet() -> Sheet:
    money = {
        "plan": "Pagu e-planning",
        "waiting": "Menunggu diterima",
        "ceiling": "KUA-PPAS",
        "changed_ceiling": "Perubahan KUA-PPAS",
        "lines": "Rincian",
        "dpa": "DPA berlaku",
    }
    return Sheet(
        "Pantauan pagu",
        (Column("agency_name", "OPD"), *(Column(key, title, kind="decimal") for key, title in money.items())),
    )


def comparison_sheet() -> Sheet:
    return Sheet(
        "Perbandingan",
        (
            Column("sub_activity_code", "Kode sub kegiatan"),
            Column("account_code", "Kode rekening"),
            Column("description", "Uraian"),
            Column("funding_name", "Sumber dana"),
            Column("kind", "Perubahan"),
            Column("before", "Semula", kind="decimal"),
            Column("after", "Menjadi", kind="decimal"),
            Column("difference", "Selisih", kind="decimal"),
        ),
    )


def comparison_rows(comparison: Comparison) -> Iterator[dict[str, Any]]:
    for compared in comparison.lines:
        line = compared.line
        yield {
            "sub_activity_code": line.sub_activity_code,
            "account_code": line.account_code,
            "description": line.description,
            "funding_name": line.funding_name,
            "kind": compared.title,
            "before": compared.old.total if compared.old else None,
            "after": compared.new.total if compared.new else None,
            "difference": compared.difference,
        }
    yield {
        "description": "Jumlah",
        "before": comparison.old.total,
        "after": comparison.new.total,
        "difference": comparison.difference,
    }


def cash_sheet() -> Sheet:
    with official():
        months = tuple(Column(f"month_{n}", str(title), kind="decimal") for n, title in enumerate(MONTHS, start=1))
    first = (Column("code", "Kode sub kegiatan"), Column("name", "Sub kegiatan"))
    return Sheet("Anggaran kas", (*first, Column("total", "Anggaran", kind="decimal"), *months))


def cash_rows(plan: CashPlan) -> Iterator[dict[str, Any]]:
    for row in plan.rows:
        months = {f"month_{n}": amount for n, amount in enumerate(row.months, start=1)}
        item = row.item
        yield {"code": item.sub_activity_code, "name": item.sub_activity_name, "total": item.total, **months}
