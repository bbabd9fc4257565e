"""The tables of the LKjIP: what each lists, and how a part of it reads. Pages show parts, documents hold the whole.

Every cell is text, so that a document that left the OPD can be kept exactly as it read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.formats import date_format
from semai_kit.models import FiscalYear
from semai_kit.money import rupiah

from ..models import Agreement, Indicator, Measurement, Recommendation, Report
from ..words import NOTHING, percent, quantity
from .achievements import Summary, figures, realised_in, with_figures
from .budgets import with_money

Cut = Callable[[str, Any], Any]
Row = tuple[str, ...]


def whole(section: str, rows: Any) -> Any:
    """Every row of a section."""
    return rows


@dataclass(frozen=True)
class Table:
    columns: tuple[str, ...]
    rows: tuple[Row, ...]

    @property
    def labelled(self) -> tuple[tuple[tuple[str, str], ...], ...]:
        """Rows whose cells know their column, as cards on a telephone need them."""
        return tuple(tuple(zip(self.columns, row, strict=True)) for row in self.rows)


@dataclass(frozen=True)
class Facts:
    """What texts and tables are made from. Indicators are keys until a table shows them."""

    report: Report
    keys: Sequence[int]
    key_indicators: Sequence[int]
    summary: Summary
    programs: Sequence[Mapping[str, Any]]
    spent: Decimal
    agreements: Sequence[Agreement]
    recommendations: Sequence[Recommendation]
    known: dict[int, Indicator] = field(default_factory=dict)

    @property
    def year(self) -> FiscalYear:
        return self.report.fiscal_year

    @property
    def budget(self) -> Decimal:
        return sum((row["budget"] for row in self.programs), Decimal(0))

    def indicators(self, part: Sequence[int]) -> list[Indicator]:
        """The indicators of these keys with all that figures need; each is read once."""
        fresh = [key for key in part if key not in self.known]
        if fresh:
            self.known.update(with_figures(Indicator.objects.all()).in_bulk(fresh))
        return [self.known[key] for key in part]


@dataclass(frozen=True)
class Source:
    """What a table lists, and how a part of that reads: what is not shown costs little."""

    columns: Callable[[Facts], Row]
    listed: Callable[[Facts], Sequence[Any] | QuerySet]
    written: Callable[[Facts, Sequence[Any]], Iterable[Row]]

    def shown(self, facts: Facts, section: str, cut: Cut) -> Table:
        return Table(self.columns(facts), tuple(self.written(facts, cut(section, self.listed(facts)))))


def _measured(facts: Facts) -> QuerySet[Measurement]:
    """Measurements that somebody wrote something about, in the order of the indicators."""
    rows = Measurement.objects.filter(indicator__in=facts.keys)
    rows = rows.exclude(Q(analysis="") & Q(obstacle=""))
    return rows.select_related("indicator").order_by("indicator__node__code", "indicator__pk", "quarter")


def _key_indicators(facts: Facts, part: Sequence[int]) -> Iterable[Row]:
    return ((one.node.title, one.name, one.unit, quantity(one.target)) for one in facts.indicators(part))


def _agreements(facts: Facts, part: Sequence[Agreement]) -> Iterable[Row]:
    return (
        (a.number, a.signer_position, a.signer_name, date_format(a.signed_on, "j F Y") if a.signed_on else NOTHING)
        for a in part
    )


def _achievements(facts: Facts, part: Sequence[int]) -> Iterable[Row]:
    return (
        (
            figure.indicator.name,
            figure.indicator.unit,
            quantity(figure.target),
            quantity(figure.realised),
            percent(figure.achievement),
            figure.band.title if figure.band else NOTHING,
        )
        for figure in figures(facts.indicators(part))
    )


def _comparison(facts: Facts, part: Sequence[int]) -> Iterable[Row]:
    rows = facts.indicators(part)
    before = realised_in(rows, facts.year.year - 1)
    return (
        (
            figure.indicator.name,
            quantity(before.get(figure.indicator.external_id)),
            quantity(figure.realised),
            quantity(figure.indicator.last_target.value if figure.indicator.last_target else None),
        )
        for figure in figures(rows)
    )


def _analysis(facts: Facts, part: Sequence[Measurement]) -> Iterable[Row]:
    return (
        (
            row.indicator.name,
            row.quarter_title,
            row.analysis or NOTHING,
            row.obstacle or NOTHING,
            row.remedy or NOTHING,
        )
        for row in part
    )


def _efficiency(facts: Facts, part: Sequence[Mapping[str, Any]]) -> Iterable[Row]:
    return (
        (
            f"{program.code} {program.name}",
            rupiah(program.budget),
            rupiah(program.spent),
            percent(program.absorption),
            percent(program.achievement),
            program.efficiency.band.title if program.efficiency and program.efficiency.band else NOTHING,
        )
        for program in with_money(facts.year, part)
    )


def _recommendations(facts: Facts, part: Sequence[Recommendation]) -> Iterable[Row]:
    return ((one.text, date_format(one.deadline, "j F Y"), one.state_title, one.answer or NOTHING) for one in part)


def _fixed(*columns: str) -> Callable[[Facts], Row]:
    return lambda facts: columns


def _years(facts: Facts) -> Row:
    year = facts.year.year
    return "Indikator", f"Realisasi {year - 1}", f"Realisasi {year}", "Target akhir periode"


TABLES: Mapping[str, Source] = {
    "key_indicators": Source(
        _fixed("Sasaran", "Indikator kinerja utama", "Satuan", "Target"),
        lambda facts: facts.key_indicators,
        _key_indicators,
    ),
    "agreements": Source(
        _fixed("Nomor", "Jabatan", "Nama", "Tanggal"), lambda facts: facts.agreements, _agreements
    ),
    "achievements": Source(
        _fixed("Indikator", "Satuan", "Target", "Realisasi", "Capaian", "Predikat"),
        lambda facts: facts.keys,
        _achievements,
    ),
    "comparison": Source(_years, lambda facts: facts.keys, _comparison),
    "analysis": Source(_fixed("Indikator", "Triwulan", "Analisis", "Hambatan", "Perbaikan"), _measured, _analysis),
    "efficiency": Source(
        _fixed("Program", "Anggaran", "Realisasi", "Serapan", "Capaian", "Efisiensi"),
        lambda facts: facts.programs,
        _efficiency,
    ),
    "recommendations": Source(
        _fixed("Rekomendasi", "Batas waktu", "Status", "Tindak lanjut"),
        lambda facts: facts.recommendations,
        _recommendations,
    ),
}
