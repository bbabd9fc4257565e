"""Spreadsheet columns. No identifiers of persons are exported."""

from __future__ import annotations

from typing import Any

from semai_kit.spreadsheets import Column, Sheet

from . import reference
from .models import Application
from .services.earlier import OWED, REPORTED

APPLICATIONS = Sheet(
    "Permohonan",
    (
        Column("number", "Nomor"),
        Column("kind", "Jenis"),
        Column("title", "Kegiatan"),
        Column("applicant", "Pemohon"),
        Column("village", "Desa/kelurahan"),
        Column("district", "Kecamatan"),
        Column("agency", "OPD"),
        Column("asked", "Diminta", "decimal"),
        Column("recommended", "Rekomendasi", "decimal"),
        Column("approved", "Disetujui", "decimal"),
        Column("state", "Status"),
        Column("filed_on", "Diajukan", "date"),
    ),
)
RECIPIENTS = Sheet(
    "Penerima",
    (
        Column("title", "Kegiatan"),
        Column("recipient", "Penerima"),
        Column("village", "Desa/kelurahan"),
        Column("district", "Kecamatan"),
        Column("agency", "OPD"),
        Column("approved", "Disetujui", "decimal"),
        Column("paid", "Dicairkan", "decimal"),
        Column("state", "Status"),
    ),
)


def earlier_awards() -> Sheet:
    """The list of earlier recipients as an office fills it in; kinds and forms are the region's data."""
    return Sheet(
        "Penerima terdahulu",
        (
            Column("year", "Tahun", "integer", required=True, help="Tahun anggaran bantuan itu."),
            Column("kind", "Jenis", "choice", required=True, choices=tuple(k.title for k in reference.kinds())),
            Column(
                "form", "Bentuk", "choice", required=True, choices=tuple(f.title for f in reference.legal_forms())
            ),
            Column("name", "Nama penerima", required=True, max_length=160),
            Column("nik", "NIK", max_length=30, help="Wajib bagi perorangan. Ubah format kolom menjadi Text."),
            Column("npwp", "NPWP", max_length=30, help="Wajib bagi bentuk yang harus ber-NPWP."),
            Column("deed", "Nomor akta", max_length=60, help="Nomor akta atau surat terdaftar, bila tanpa NPWP."),
            Column("title", "Kegiatan", required=True, max_length=160),
            Column("amount", "Nilai", "decimal", required=True, help="Yang dicairkan, dalam rupiah."),
            Column(
                "report", "Laporan", "choice", required=True, choices=(REPORTED, OWED),
                help="Apakah laporan penggunaannya sudah diterima.",
            ),
        ),
    )  # fmt: skip


def application_row(record: Application) -> dict[str, Any]:
    """One application for the offices."""
    return {
        "number": record.number,
        "kind": record.kind.title,
        "title": record.title,
        "applicant": record.applicant.name,
        "village": record.village.name,
        "district": record.village.district.name,
        "agency": record.agency.short_name if record.agency else "",
        "asked": record.asked,
        "recommended": record.recommended,
        "approved": record.approved,
        "state": record.state_title,
        "filed_on": record.filed_on,
    }


def recipient_row(record: Application) -> dict[str, Any]:
    """One recipient for everyone."""
    return {
        "title": record.title,
        "recipient": record.applicant.public_name,
        "village": record.village.name,
        "district": record.village.district.name,
        "agency": record.agency.short_name if record.agency else "",
        "approved": record.approved,
        "paid": record.paid,
        "state": record.state_title,
    }
