"""The LKjIP as a document: chapters of the outline, texts filled from the data, tables made by the app.

Everything in it is text, so that a document that left the OPD can be kept exactly as it read.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.utils.formats import date_format
from semai_kit.languages import official
from semai_kit.money import rupiah
from semai_kit.region import read_region

from ..achievement import absorption
from ..models import Agreement, Recommendation, Report
from ..words import percent, quantity
from .achievements import IndicatorFigure, Summary, figures, indicators, realised_in, summary
from .budgets import ProgramMoney, programs

NOTHING = "–"


@dataclass(frozen=True)
class Table:
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    @property
    def labelled(self) -> tuple[tuple[tuple[str, str], ...], ...]:
        """Rows whose cells know their column, as cards on a telephone need them."""
        return tuple(tuple(zip(self.columns, row, strict=True)) for row in self.rows)


@dataclass(frozen=True)
class ShownSection:
    """`own`: the text was written by somebody, not made from the data."""

    id: str
    title: str
    text: str
    own: bool
    table: Table | None


@dataclass(frozen=True)
class ShownChapter:
    title: str
    sections: tuple[ShownSection, ...]


@dataclass(frozen=True)
class Document:
    title: str
    chapters: tuple[ShownChapter, ...]

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Document:
        chapters = tuple(
            ShownChapter(chapter["title"], tuple(_stored_section(one) for one in chapter["sections"]))
            for chapter in stored["chapters"]
        )
        return cls(stored["title"], chapters)


@dataclass(frozen=True)
class Facts:
    """What texts and tables are made from, read once per document."""

    report: Report
    figures: list[IndicatorFigure]
    summary: Summary
    programs: list[ProgramMoney]
    agreements: list[Agreement]
    recommendations: list[Recommendation]

    @property
    def entity(self) -> str:
        region = read_region(settings.SEMAI.region_file)
        return self.report.agency.name if self.report.agency else f"Pemerintah {region.name}"

    @property
    def budget(self) -> Decimal:
        return sum((program.budget for program in self.programs), Decimal(0))

    @property
    def spent(self) -> Decimal:
        return sum((program.spent for program in self.programs), Decimal(0))


def document_of(report: Report) -> Document:
    """As it was frozen, or composed from the data while it is a draft."""
    return compose(report) if report.frozen is None else Document.from_json(report.frozen)


def compose(report: Report) -> Document:
    """In Indonesian whoever looks: the document is frozen with it."""
    with official():
        return _composed(report)


def _composed(report: Report) -> Document:
    facts = _facts(report)
    own = dict(report.texts.values_list("section", "text"))
    words = _words(facts)
    chapters = tuple(
        ShownChapter(
            chapter.title,
            tuple(
                ShownSection(
                    section.id,
                    section.title,
                    own.get(section.id) or section.text.format(**words),
                    section.id in own,
                    BLOCKS[section.block](facts) if section.block else None,
                )
                for section in chapter.sections
            ),
        )
        for chapter in report.outline.chapters
    )
    return Document(f"Laporan Kinerja {facts.entity} Tahun {report.fiscal_year.year}", chapters)


def _facts(report: Report) -> Facts:
    year, agency = report.fiscal_year, report.agency
    rows = indicators(year, agency) if agency else indicators(year).filter(node__agency=None)
    found = figures(rows)
    agreements = Agreement.objects.filter(fiscal_year=year, state="ditandatangani").order_by("number")
    recommendations = Recommendation.objects.filter(fiscal_year=year).select_related("agency")
    if agency is not None:
        agreements, recommendations = agreements.filter(agency=agency), recommendations.filter(agency=agency)
    return Facts(
        report, found, summary(found, year), programs(year, agency), list(agreements), list(recommendations)
    )


def _words(facts: Facts) -> dict[str, str]:
    region = read_region(settings.SEMAI.region_file)
    open_ones = [one for one in facts.recommendations if one.state != "selesai"]
    return {
        "region": region.name,
        "head_title": region.head_title,
        "entity": facts.entity,
        "year": str(facts.report.fiscal_year.year),
        "indicators": str(facts.summary.indicators),
        "measured": str(facts.summary.measured),
        "average": percent(facts.summary.average),
        "band": facts.summary.band.title if facts.summary.band else "belum dapat dinilai",
        "budget": rupiah(facts.budget),
        "spent": rupiah(facts.spent),
        "absorption": percent(absorption(facts.budget, facts.spent)),
        "agreements": str(len(facts.agreements)),
        "recommendations": str(len(facts.recommendations)),
        "open_recommendations": str(len(open_ones)),
    }


def _key_indicators(facts: Facts) -> Table:
    rows = [figure for figure in facts.figures if figure.indicator.is_key]
    return Table(
        ("Sasaran", "Indikator kinerja utama", "Satuan", "Target"),
        tuple((f.indicator.node.title, f.indicator.name, f.indicator.unit, quantity(f.target)) for f in rows),
    )


def _agreements(facts: Facts) -> Table:
    rows = tuple(
        (a.number, a.signer_position, a.signer_name, date_format(a.signed_on, "j F Y") if a.signed_on else NOTHING)
        for a in facts.agreements
    )
    return Table(("Nomor", "Jabatan", "Nama", "Tanggal"), rows)


def _achievements(facts: Facts) -> Table:
    rows = tuple(
        (
            figure.indicator.name,
            figure.indicator.unit,
            quantity(figure.target),
            quantity(figure.realised),
            percent(figure.achievement),
            figure.band.title if figure.band else NOTHING,
        )
        for figure in facts.figures
    )
    return Table(("Indikator", "Satuan", "Target", "Realisasi", "Capaian", "Predikat"), rows)


def _comparison(facts: Facts) -> Table:
    year = facts.report.fiscal_year.year
    before = realised_in([figure.indicator for figure in facts.figures], year - 1)
    rows = tuple(
        (
            figure.indicator.name,
            quantity(before.get(figure.indicator.external_id)),
            quantity(figure.realised),
            quantity(figure.indicator.last_target.value if figure.indicator.last_target else None),
        )
        for figure in facts.figures
    )
    return Table(("Indikator", f"Realisasi {year - 1}", f"Realisasi {year}", "Target akhir periode"), rows)


def _analysis(facts: Facts) -> Table:
    noted = [
        (figure, one.measurement)
        for figure in facts.figures
        for one in figure.quarters
        if one.measurement is not None and (one.measurement.analysis or one.measurement.obstacle)
    ]
    rows = tuple(
        (
            figure.indicator.name,
            row.quarter_title,
            row.analysis or NOTHING,
            row.obstacle or NOTHING,
            row.remedy or NOTHING,
        )
        for figure, row in noted
    )
    return Table(("Indikator", "Triwulan", "Analisis", "Hambatan", "Perbaikan"), rows)


def _efficiency(facts: Facts) -> Table:
    rows = tuple(
        (
            f"{program.code} {program.name}",
            rupiah(program.budget),
            rupiah(program.spent),
            percent(program.absorption),
            percent(program.achievement),
            program.efficiency.band.title if program.efficiency and program.efficiency.band else NOTHING,
        )
        for program in facts.programs
    )
    return Table(("Program", "Anggaran", "Realisasi", "Serapan", "Capaian", "Efisiensi"), rows)


def _recommendations(facts: Facts) -> Table:
    rows = tuple(
        (one.text, date_format(one.deadline, "j F Y"), one.state_title, one.answer or NOTHING)
        for one in facts.recommendations
    )
    return Table(("Rekomendasi", "Batas waktu", "Status", "Tindak lanjut"), rows)


BLOCKS: Mapping[str, Callable[[Facts], Table]] = {
    "key_indicators": _key_indicators,
    "agreements": _agreements,
    "achievements": _achievements,
    "comparison": _comparison,
    "analysis": _analysis,
    "efficiency": _efficiency,
    "recommendations": _recommendations,
}


def _stored_section(stored: Mapping[str, Any]) -> ShownSection:
    table = stored["table"]
    made = None if table is None else Table(tuple(table["columns"]), tuple(tuple(row) for row in table["rows"]))
    return ShownSection(stored["id"], stored["title"], stored["text"], stored["own"], made)
