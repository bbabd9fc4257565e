"""Grant lines of a year with what is approved on each."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from django.db.models import QuerySet, Sum
from semai_kit.models import FiscalYear

from ..models import Application, GrantFetch, GrantLine
from ..services.budget import COMMITTED


@dataclass(frozen=True)
class LineUse:
    """A grant line, what is approved on it and what is left (negative when the ceiling fell), in rupiah."""

    line: GrantLine
    committed: Decimal

    @property
    def remaining(self) -> Decimal:
        return self.line.ceiling - self.committed


def lines(year: FiscalYear) -> list[LineUse]:
    rows = GrantLine.objects.filter(fiscal_year=year).select_related("agency")
    sums = dict(
        Application.objects.filter(grant_line__fiscal_year=year, state__in=COMMITTED)
        .order_by()
        .values_list("grant_line")
        .annotate(Sum("approved"))
    )
    return [LineUse(line, sums.get(line.pk) or Decimal("0.00")) for line in rows]


def fetch_of(year: FiscalYear) -> GrantFetch | None:
    return GrantFetch.objects.filter(fiscal_year=year).first()


def lines_for(application: Application) -> QuerySet[GrantLine]:
    """Lines an application may be approved on: of its OPD, year and account."""
    return GrantLine.objects.filter(
        fiscal_year=application.fiscal_year,
        agency=application.agency,
        account_code__startswith=application.kind.account,
        vanished_at=None,
    ).select_related("agency")
