"""Spreadsheet columns. No identifiers of persons are exported."""

from __future__ import annotations

from typing import Any

from semai_kit.spreadsheets import Column, Sheet

from .models import Application

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
