"""Columns of the spreadsheets this app reads and writes."""

from __future__ import annotations

from typing import Any

from semai_kit.spreadsheets import Column, Sheet

from . import reference
from .models import Agreement, Indicator, Recommendation
from .selectors.achievements import IndicatorFigure
from .selectors.budgets import ProgramMoney


def definitions() -> Sheet:
    """Formula, source, person in charge and quarter targets of indicators; the export is the form to fill in."""
    titles = tuple(one.title for one in reference.accumulations())
    return Sheet(
        title="Indikator",
        columns=(
            Column("key", "Kunci", "integer", required=True, help="Jangan diubah; diisi oleh unduhan daftar."),
            Column("agency", "OPD", help="Hanya keterangan."),
            Column("code", "Kode", help="Hanya keterangan."),
            Column("name", "Indikator", help="Hanya keterangan."),
            Column("unit", "Satuan", help="Hanya keterangan."),
            Column("target", "Target tahun", "decimal", help="Hanya keterangan."),
            Column("formula", "Rumus", max_length=1000),
            Column("source", "Sumber data", max_length=200),
            Column("responsible", "Penanggung jawab", max_length=160),
            Column("accumulation", "Angka tahun", "choice", required=True, choices=titles),
            Column("key_indicator", "IKU", "choice", required=True, choices=("ya", "tidak")),
            *(Column(f"q{n}", f"Target {reference.quarter_title(n)}", "decimal") for n in reference.QUARTERS),
        ),
    )


def definition_row(indicator: Indicator) -> dict[str, Any]:
    quarters = {f"q{n}": value for n, value in enumerate(indicator.quarter_targets(), start=1)}
    return {
        "key": indicator.pk,
        "agency": indicator.agency.name if indicator.agency else "",
        "code": indicator.node.code,
        "name": indicator.name,
        "unit": indicator.unit,
        "target": indicator.target,
        "formula": indicator.formula,
        "source": indicator.source,
        "responsible": indicator.responsible,
        "accumulation": indicator.accumulation_title,
        "key_indicator": "ya" if indicator.is_key else "tidak",
        **quarters,
    }


FIGURES = Sheet(
    title="Capaian",
    columns=(
        Column("agency", "OPD"),
        Column("level", "Jenjang"),
        Column("code", "Kode"),
        Column("node", "Sasaran/program/kegiatan"),
        Column("name", "Indikator"),
        Column("key_indicator", "IKU"),
        Column("unit", "Satuan"),
        Column("polarity", "Arah"),
        Column("target", "Target", "decimal"),
        *(Column(f"q{n}", f"Realisasi {reference.quarter_title(n)}", "decimal") for n in reference.QUARTERS),
        Column("realised", "Realisasi tahun", "decimal"),
        Column("achievement", "Capaian (%)", "decimal"),
        Column("band", "Predikat"),
    ),
)


def figure_row(figure: IndicatorFigure) -> dict[str, Any]:
    indicator, node = figure.indicator, figure.indicator.node
    quarters = {f"q{one.quarter}": one.measurement.realised if one.measurement else None for one in figure.quarters}
    return {
        "agency": indicator.agency.name if indicator.agency else "",
        "level": node.level_title,
        "code": node.code,
        "node": node.title,
        "name": indicator.name,
        "key_indicator": "ya" if indicator.is_key else "",
        "unit": indicator.unit,
        "polarity": indicator.polarity_title,
        "target": figure.target,
        "realised": figure.realised,
        "achievement": figure.achievement,
        "band": figure.band.title if figure.band else "",
        **quarters,
    }


BUDGETS = Sheet(
    title="Anggaran",
    columns=(
        Column("agency", "OPD"),
        Column("code", "Kode program"),
        Column("name", "Program"),
        Column("budget", "Anggaran", "decimal"),
        Column("spent", "Realisasi", "decimal"),
        Column("absorption", "Serapan (%)", "decimal"),
        Column("achievement", "Capaian (%)", "decimal"),
        Column("efficiency", "Efisiensi"),
    ),
)


def budget_row(program: ProgramMoney) -> dict[str, Any]:
    judged = program.efficiency.band if program.efficiency else None
    names = ("code", "name", "budget", "spent", "absorption", "achievement")
    return {name: getattr(program, name) for name in names} | {
        "agency": program.agency.name,
        "efficiency": judged.title if judged else "",
    }


AGREEMENTS = Sheet(
    title="Perjanjian Kinerja",
    columns=(
        Column("agency", "OPD"),
        Column("position", "Jabatan"),
        Column("name", "Nama"),
        Column("number", "Nomor"),
        Column("signed_on", "Tanggal", "date"),
        Column("state", "Status"),
    ),
)


def agreement_row(agreement: Agreement) -> dict[str, Any]:
    return {
        "agency": agreement.agency.name if agreement.agency else "",
        "position": agreement.position.title,
        "name": agreement.position.official.name,
        "number": agreement.number,
        "signed_on": agreement.signed_on,
        "state": agreement.state_title,
    }


RECOMMENDATIONS = Sheet(
    title="Tindak lanjut",
    columns=(
        Column("agency", "OPD"),
        Column("text", "Rekomendasi"),
        Column("deadline", "Batas waktu", "date"),
        Column("state", "Status"),
        Column("answer", "Tindak lanjut"),
    ),
)


def recommendation_row(recommendation: Recommendation) -> dict[str, Any]:
    names = ("text", "deadline", "answer")
    return {name: getattr(recommendation, name) for name in names} | {
        "agency": recommendation.agency.name,
        "state": recommendation.state_title,
    }
