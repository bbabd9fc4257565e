"""Read API of e-sakip: `GET /api/performance/indicators`, for a signed-in session that may read performance."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from django.http import HttpRequest
from ninja import NinjaAPI, Schema
from ninja.errors import HttpError
from ninja.security import django_auth
from semai_kit.models import Agency, FiscalYear
from semai_kit.roles import require_anywhere

from . import reference
from .bands import Band, band_of
from .models import Indicator
from .selectors.achievements import Outcome, indicators, outcomes, summary

AT_ONCE = 500  # rows in memory beside the answer

api = NinjaAPI(
    title="e-SAKIP", version="1.0", description="Capaian indikator kinerja.", docs_url=None, openapi_url=None
)


class IndicatorOut(Schema):
    """Figures are strings with two decimals, or null while there is none; achievement in percent."""

    id: int
    agency_code: str
    level: str
    code: str
    name: str
    unit: str
    polarity: str
    is_key: bool
    target: str | None
    realised: str | None
    achievement: str | None
    band: str


class IndicatorsOut(Schema):
    year: int
    measured: int
    average: str | None
    indicators: list[IndicatorOut]


@api.get(
    "/performance/indicators", auth=django_auth, response=IndicatorsOut, summary="Capaian indikator satu tahun"
)
def list_indicators(request: HttpRequest, year: int, agency: str = "", key_only: bool = False) -> IndicatorsOut:
    """`agency` is an OPD code; only verified measurements count."""
    require_anywhere(request.user, "performance.view")
    found_year = FiscalYear.objects.filter(year=year).first() if 0 < year < 10_000 else None
    if found_year is None:
        raise HttpError(404, f"Tahun {year} tidak ada.")
    found_agency = Agency.objects.filter(code=agency).first() if agency and "\0" not in agency else None
    if agency and found_agency is None:
        raise HttpError(404, f"OPD {agency} tidak ada.")
    rows = indicators(found_year, found_agency, key_only=key_only).prefetch_related(None)
    found = outcomes(rows, found_year)
    total, bands = summary(found.values(), found_year), reference.rule_for(year).bands
    return IndicatorsOut(
        year=year,
        measured=total.measured,
        average=_figure(total.average),
        indicators=[_out(row, found[row.pk], bands) for row in rows.iterator(AT_ONCE)],
    )


def _out(indicator: Indicator, found: Outcome, bands: Sequence[Band]) -> IndicatorOut:
    node = indicator.node
    return IndicatorOut(
        id=indicator.pk,
        agency_code=indicator.agency.code if indicator.agency else "",
        level=node.level,
        code=node.code,
        name=indicator.name,
        unit=indicator.unit,
        polarity=indicator.polarity,
        is_key=indicator.is_key,
        target=_figure(found.target),
        realised=_figure(found.realised),
        achievement=_figure(found.achievement),
        band="" if found.achievement is None else band_of(found.achievement, bands).title,
    )


def _figure(value: Decimal | None) -> str | None:
    return None if value is None else f"{value:.2f}"
