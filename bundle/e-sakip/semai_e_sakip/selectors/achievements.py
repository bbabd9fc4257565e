"""Indicators with what they should and did reach: per quarter, for the year, in percent and in words.

Only verified measurements count for the year; the others show, so that people see what is under way.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Prefetch, QuerySet
from semai_kit.models import Agency, FiscalYear

from .. import reference
from ..achievement import Rule, achievement, average, raw_achievement, year_figure
from ..bands import Band, band_of
from ..models import AnnualTarget, Indicator, Measurement

COUNTED = "terverifikasi"


@dataclass(frozen=True)
class QuarterFigure:
    """One quarter: target, measurement (None while there is none), achievement in percent."""

    quarter: int
    title: str
    target: Decimal | None
    measurement: Measurement | None
    achievement: Decimal | None


@dataclass(frozen=True)
class IndicatorFigure:
    """`achievement` is bounded by the rule, `raw` is not; both None until something was verified."""

    indicator: Indicator
    target: Decimal | None
    realised: Decimal | None
    achievement: Decimal | None
    raw: Decimal | None
    band: Band | None
    quarters: tuple[QuarterFigure, ...]


@dataclass(frozen=True)
class Outcome:
    """What an indicator should reach in its year, what it reached so far, and that in percent."""

    target: Decimal | None
    realised: Decimal | None
    achievement: Decimal | None


@dataclass(frozen=True)
class Summary:
    """Of several indicators: how many, how many measured, their mean and its band."""

    indicators: int
    measured: int
    average: Decimal | None
    band: Band | None


def indicators(year: FiscalYear, agency: Agency | None = None, *, key_only: bool = False) -> QuerySet[Indicator]:
    """Published and local indicators of the year with all that figures need: four queries."""
    rows = Indicator.objects.filter(fiscal_year=year, vanished_at=None)
    if agency is not None:
        rows = rows.filter(agency=agency)
    if key_only:
        rows = rows.filter(is_key=True)
    return with_figures(rows).order_by("node__code", "pk")


def with_figures(rows: QuerySet[Indicator]) -> QuerySet[Indicator]:
    measurements = Measurement.objects.order_by("quarter")
    return rows.select_related("node__agency", "agency", "fiscal_year").prefetch_related(
        "targets", "quarters", Prefetch("measurements", queryset=measurements)
    )


def outcomes(rows: QuerySet[Indicator], year: FiscalYear) -> dict[int, Outcome]:
    """What indicators of a year reached, by their keys: three queries, and no record is made of each row."""
    rule, plain = reference.rule_for(year.year), rows.order_by()
    targets = AnnualTarget.objects.filter(indicator__in=plain.values("pk"), year=year.year)
    target_of = dict(targets.values_list("indicator", "value"))
    counted: dict[int, dict[int, Decimal]] = {}
    verified = Measurement.objects.filter(indicator__in=plain.values("pk"), state=COUNTED).order_by()
    for key, quarter, realised in verified.values_list("indicator", "quarter", "realised"):
        counted.setdefault(key, {})[quarter] = realised
    found = {}
    for key, polarity, accumulation, own in plain.values_list("pk", "polarity", "accumulation", "work_plan_target"):
        figures_ = counted.get(key, {})
        target = target_of.get(key) if own is None else own  # as Indicator.target says
        realised = year_figure(accumulation, [figures_.get(quarter) for quarter in reference.QUARTERS])
        found[key] = Outcome(target, realised, achievement(rule, polarity, target, realised))
    return found


def figure_of(indicator: Indicator) -> IndicatorFigure:
    rule = reference.rule_for(indicator.fiscal_year.year)
    measured = {one.quarter: one for one in indicator.measurements.all()}
    targets = indicator.quarter_targets()
    quarters = tuple(
        _quarter(rule, indicator, quarter, targets[quarter - 1], measured.get(quarter))
        for quarter in reference.QUARTERS
    )
    counted = [
        one.measurement.realised if one.measurement and one.measurement.state == COUNTED else None
        for one in quarters
    ]
    return _year(rule, indicator, year_figure(indicator.accumulation, counted), quarters)


def figures(rows: Iterable[Indicator]) -> list[IndicatorFigure]:
    return [figure_of(row) for row in rows]


def summary(found: Iterable[IndicatorFigure | Outcome], year: FiscalYear) -> Summary:
    rows = list(found)
    mean = average(row.achievement for row in rows)
    band = None if mean is None else band_of(mean, reference.rule_for(year.year).bands)
    return Summary(len(rows), sum(1 for row in rows if row.achievement is not None), mean, band)


def realised_in(indicators_: Iterable[Indicator], year: int) -> dict[str, Decimal]:
    """What the same published indicators reached in another year: external id -> figure."""
    ids = [one.external_id for one in indicators_ if one.external_id]
    rows = with_figures(Indicator.objects.filter(fiscal_year__year=year, external_id__in=ids))
    found = {row.external_id: figure_of(row).realised for row in rows}
    return {key: value for key, value in found.items() if value is not None}


def _year(
    rule: Rule, indicator: Indicator, realised: Decimal | None, quarters: tuple[QuarterFigure, ...]
) -> IndicatorFigure:
    target = indicator.target
    reached = achievement(rule, indicator.polarity, target, realised)
    raw = None
    if target is not None and realised is not None:
        raw = raw_achievement(rule, indicator.polarity, target, realised)
    band = None if reached is None else band_of(reached, rule.bands)
    return IndicatorFigure(indicator, target, realised, reached, raw, band, quarters)


def _quarter(
    rule: Rule, indicator: Indicator, quarter: int, target: Decimal | None, measurement: Measurement | None
) -> QuarterFigure:
    realised = measurement.realised if measurement else None
    reached = achievement(rule, indicator.polarity, target, realised)
    return QuarterFigure(quarter, reference.quarter_title(quarter), target, measurement, reached)
