"""When people may file: one window per fiscal year, made with the usual days and changed by the office."""

from __future__ import annotations

import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from semai_kit import roles, years
from semai_kit.models import Account, FiscalYear

from .. import reference
from ..errors import RuleBroken
from ..models import FilingWindow


def load() -> str:
    """Run by every migrate: open years without a window get the usual one; data files are checked."""
    for year in FiscalYear.objects.filter(status=FiscalYear.Status.OPEN, filing_window=None):
        ensure(year)
    return f"reference data: {len(reference.kinds())} kinds of grants"


def ensure(year: FiscalYear) -> FilingWindow:
    opens, closes = (reference.usual_day(text, year.year) for text in reference.filing().usual_window)
    window, _ = FilingWindow.objects.get_or_create(
        fiscal_year=year, defaults={"opens_on": opens, "closes_on": closes}
    )
    return window


@transaction.atomic
def change(account: Account, year: FiscalYear, opens_on: datetime.date, closes_on: datetime.date) -> FilingWindow:
    """Set the days of a year. Raises Denied, YearClosed, RuleBroken when they are the wrong way round."""
    roles.require(account, "filing.edit")
    years.require_open(year)
    if opens_on > closes_on:
        raise RuleBroken(_("Tanggal dibuka harus sebelum tanggal ditutup."))
    window = ensure(year)
    window.opens_on, window.closes_on = opens_on, closes_on
    window.save()
    return window


def open_year(today: datetime.date | None = None) -> FiscalYear | None:
    """The year people file for today: the nearest open one whose window is open, or None."""
    today = today or timezone.localdate()
    windows = FilingWindow.objects.filter(
        opens_on__lte=today, closes_on__gte=today, fiscal_year__status=FiscalYear.Status.OPEN
    )
    found = windows.select_related("fiscal_year").order_by("fiscal_year__year").first()
    return found.fiscal_year if found else None
