"""Reports an account sees, and what waits in them."""

from __future__ import annotations

from django.db.models import QuerySet
from semai_kit import roles
from semai_kit.models import Account, FiscalYear

from ..models import Report

VIEW = "report.view"
APPLICATION = "disbursement__agreement__application"


def visible(account: Account, year: FiscalYear | None = None) -> QuerySet[Report]:
    rows = Report.objects.select_related(
        f"{APPLICATION}__applicant", f"{APPLICATION}__agency", f"{APPLICATION}__fiscal_year"
    )
    if year is not None:
        rows = rows.filter(**{f"{APPLICATION}__fiscal_year": year})
    return roles.scope_of(account, VIEW).filter(rows, agency=f"{APPLICATION}__agency")


def readable(account: Account, key: int) -> Report | None:
    return visible(account).filter(pk=key).first()


def to_check(account: Account, year: FiscalYear) -> QuerySet[Report]:
    """Handed-in reports this account may accept or return."""
    rows = visible(account, year).filter(state="diserahkan")
    return roles.scope_of(account, "report.check").filter(rows, agency=f"{APPLICATION}__agency")
