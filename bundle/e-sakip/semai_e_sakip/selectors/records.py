"""Positions, agreements, measurements, evaluations, recommendations and reports an account may read."""

from __future__ import annotations

from collections.abc import Collection

from django.db.models import Q, QuerySet
from django.utils import timezone
from semai_kit.models import Account, Agency, FiscalYear
from semai_kit.roles import scope_of

from ..models import Agreement, Evaluation, Indicator, Measurement, Position, Recommendation, Report


def agencies_for(account: Account, permission: str) -> QuerySet[Agency]:
    """Current OPD in which the account holds a permission."""
    return scope_of(account, permission).filter(Agency.objects.current(), agency="pk").order_by("code")


def positions(account: Account) -> QuerySet[Position]:
    """Everybody in office today and later, in the part of the region the account works for."""
    rows = Position.objects.select_related("official__agency", "superior__official__agency")
    rows = rows.filter(Q(official__valid_until=None) | Q(official__valid_until__gte=timezone.localdate()))
    rows = scope_of(account, "agreement.view").filter(rows, agency="official__agency")
    return rows.order_by("official__agency__code", "pk")


def without_agreement(account: Account, year: FiscalYear) -> QuerySet[Position]:
    """Officials for whom the account may open an agreement of the year that they do not have yet."""
    rows = positions(account).exclude(agreements__fiscal_year=year)
    return scope_of(account, "agreement.edit").filter(rows, agency="official__agency")


def agreements(account: Account, year: FiscalYear | None = None) -> QuerySet[Agreement]:
    rows = Agreement.objects.select_related(
        "agency", "fiscal_year", "position__official__agency", "position__superior__official__agency"
    )
    rows = rows if year is None else rows.filter(fiscal_year=year)
    rows = scope_of(account, "agreement.view").filter(rows, agency="agency")
    return rows.order_by("agency__code", "position__pk", "revision")


def measurements(account: Account, year: FiscalYear | None = None) -> QuerySet[Measurement]:
    rows = Measurement.objects.select_related("indicator__node__agency", "indicator__agency", "fiscal_year")
    rows = rows if year is None else rows.filter(fiscal_year=year)
    return scope_of(account, "measurement.view").filter(rows, agency="indicator__agency")


def at_hand(account: Account, year: FiscalYear, permission: str, states: Collection[str]) -> QuerySet[Measurement]:
    """Measurements of every quarter in these states that the account may take further."""
    rows = measurements(account, year).filter(state__in=states)
    return scope_of(account, permission).filter(rows, agency="indicator__agency")


def measurable(account: Account, permission: str) -> Q:
    """Condition over indicators: those whose measurements the account may read or write."""
    return scope_of(account, permission).q(agency="agency")


def editable_indicators(account: Account, year: FiscalYear) -> QuerySet[Indicator]:
    rows = Indicator.objects.filter(fiscal_year=year, vanished_at=None)
    rows = rows.filter(scope_of(account, "indicator.edit").q(agency="node__agency"))
    return rows.select_related("node__agency", "agency", "fiscal_year").prefetch_related("targets", "quarters")


def evaluations(account: Account, year: FiscalYear | None = None) -> QuerySet[Evaluation]:
    rows = Evaluation.objects.select_related("agency", "fiscal_year")
    rows = rows if year is None else rows.filter(fiscal_year=year)
    return scope_of(account, "evaluation.view").filter(rows, agency="agency").order_by("agency__code")


def recommendations(account: Account, year: FiscalYear | None = None) -> QuerySet[Recommendation]:
    rows = Recommendation.objects.select_related("agency", "fiscal_year", "evaluation")
    rows = rows if year is None else rows.filter(fiscal_year=year)
    return scope_of(account, "recommendation.view").filter(rows, agency="agency").order_by("deadline", "pk")


def reports(account: Account, year: FiscalYear | None = None) -> QuerySet[Report]:
    rows = Report.objects.select_related("agency", "fiscal_year")
    rows = rows if year is None else rows.filter(fiscal_year=year)
    return scope_of(account, "report.view").filter(rows, agency="agency").order_by("agency__code")
