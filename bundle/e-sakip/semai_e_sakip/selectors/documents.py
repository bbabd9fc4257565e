"""The LKjIP as a document: chapters of the outline, texts filled from the data, tables made by the app.

Everything in it is text, so that a document that left the OPD can be kept exactly as it read.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from django.conf import settings
from semai_kit.languages import official
from semai_kit.money import rupiah
from semai_kit.region import read_region

from ..achievement import absorption
from ..models import Agreement, Recommendation, Report
from ..words import percent
from .achievements import indicators, outcomes, summary
from .budgets import all_spent, budgeted
from .document_tables import TABLES, Cut, Facts, Table, whole


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
    def from_json(cls, stored: Mapping[str, Any], cut: Cut = whole) -> Document:
        chapters = tuple(
            ShownChapter(chapter["title"], tuple(_stored_section(one, cut) for one in chapter["sections"]))
            for chapter in stored["chapters"]
        )
        return cls(stored["title"], chapters)


def document_of(report: Report, cut: Cut = whole) -> Document:
    """As it was frozen, or composed from the data while it is a draft; `cut` chooses rows of its tables."""
    return compose(report, cut) if report.frozen is None else Document.from_json(report.frozen, cut)


def compose(report: Report, cut: Cut = whole) -> Document:
    """In Indonesian whoever looks: the document is frozen with it."""
    with official():
        return _composed(report, cut)


def title_of(report: Report) -> str:
    """Its title, without the rest."""
    if report.frozen is not None:
        return str(report.frozen["title"])
    return f"Laporan Kinerja {entity_of(report)} Tahun {report.fiscal_year.year}"


def entity_of(report: Report) -> str:
    """Whose report it is, in words."""
    region = read_region(settings.SEMAI.region_file)
    return report.agency.name if report.agency else f"Pemerintah {region.name}"


def _composed(report: Report, cut: Cut) -> Document:
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
                    TABLES[section.block].shown(facts, section.id, cut) if section.block else None,
                )
                for section in chapter.sections
            ),
        )
        for chapter in report.outline.chapters
    )
    return Document(title_of(report), chapters)


def _facts(report: Report) -> Facts:
    year, agency = report.fiscal_year, report.agency
    rows = indicators(year, agency) if agency else indicators(year).filter(node__agency=None)
    agreements = Agreement.objects.filter(fiscal_year=year, state="ditandatangani").order_by("number")
    recommendations = Recommendation.objects.filter(fiscal_year=year)
    if agency is not None:
        agreements, recommendations = agreements.filter(agency=agency), recommendations.filter(agency=agency)
    keys = dict(rows.values_list("pk", "is_key"))
    return Facts(
        report=report,
        keys=list(keys),
        key_indicators=[key for key, is_key in keys.items() if is_key],
        summary=summary(outcomes(rows, year).values(), year),
        programs=list(budgeted(year, agency)),
        spent=all_spent(year, agency),
        agreements=list(agreements),
        recommendations=list(recommendations),
    )


def _words(facts: Facts) -> dict[str, str]:
    region = read_region(settings.SEMAI.region_file)
    open_ones = [one for one in facts.recommendations if one.state != "selesai"]
    return {
        "region": region.name,
        "head_title": region.head_title,
        "entity": entity_of(facts.report),
        "year": str(facts.year.year),
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


def _stored_section(stored: Mapping[str, Any], cut: Cut) -> ShownSection:
    table = stored["table"]
    made = None
    if table is not None:
        made = Table(tuple(table["columns"]), tuple(tuple(row) for row in cut(stored["id"], table["rows"])))
    return ShownSection(stored["id"], stored["title"], stored["text"], stored["own"], made)
