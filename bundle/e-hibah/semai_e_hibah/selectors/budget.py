"""Grant lines of a year with what is approved on each."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import QuerySet, Sum
from semai_kit.models import FiscalYear
from semai_kit.money import total

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


def lines(year: FiscalYear) -> QuerySet[GrantLine]:
    return GrantLine.objects.filter(fiscal_year=year).select_related("agency")


def uses(lines_: Iterable[GrantLine]) -> list[LineUse]:
    """The same lines with what is approved on each."""
    shown = list(lines_)
    approved = Application.objects.filter(grant_line__in=shown, state__in=COMMITTED).order_by()
    sums = dict(approved.values_list("grant_line").annotate(Sum("approved")))
    return [LineUse(line, sums.get(line.pk) or Decimal("0.00")) for line in shown]


def sums(year: FiscalYear) -> tuple[Decimal, Decimal]:
    """The ceilings of a year that still stand, and what is approved on all of its lines."""
    approved = Application.objects.filter(grant_line__fiscal_year=year, state__in=COMMITTED)
    return total(lines(year).filter(vanished_at=None), "ceiling"), total(approved, "approved")


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
