"""Fictitious content, entered through the app's own services by sample personas, so that it obeys every rule.

The working year holds usulan in every state up to Renja; the year before shows where they end, and has a
Perubahan RKPD in the making.
"""

from __future__ import annotations

import datetime

from django.db import transaction
from django.utils import timezone
from semai_kit import audit, sample, years
from semai_kit.models import FiscalYear

from ..models import AgencyCeiling, PlanPeriod, Proposal, Stage, WorkPlan
from ..services import calendar
from . import plans, usulan
from .people import People, engage

OPENED_DAYS_AGO = 30
FIRST_CLOSING = 90
CLOSING_STEP = 15


@transaction.atomic
def load(password: str) -> str:
    """Create personas and content, all or nothing; a second run only renews the passwords. Raises SampleRefused."""
    sample.refuse_real(Proposal, WorkPlan, AgencyCeiling)
    loaded = Proposal.objects.filter(created_by__is_sample=True).exists()
    if PlanPeriod.objects.exists() and not loaded:
        raise sample.SampleRefused("sudah ada RPJMD asli; data contoh tidak dimuat")
    people = engage(password)
    if loaded:
        return f"sample data: already there; log in as {', '.join(people.usernames)}"
    year = years.default_year()
    if year is None:
        raise sample.SampleRefused("belum ada tahun anggaran; jalankan migrate dengan berkas daerah lebih dahulu")
    _fill(people, year)
    count = Proposal.objects.count()
    return f"sample data: {count} usulan, {WorkPlan.objects.count()} Renja; log in as {', '.join(people.usernames)}"


def _fill(people: People, year: FiscalYear) -> None:
    with audit.acting(people.bappeda):
        period = plans.enter_five_year_plan(people)
        before = years.open_year(year.year - 1, None) if year.year > period.start_year else None
        for open_year in (one for one in (before, year) if one is not None):
            _open_every_stage(people, open_year)
            plans.set_ceilings(people, open_year)
    if before is not None:
        usulan.enter_finished_year(people, before)
        plans.begin_amendment(people, before)
    usulan.enter_working_year(people, year)
    sample.read_what_is_old()


def _open_every_stage(people: People, year: FiscalYear) -> None:
    """So that whoever tries the app can take every step today; a real calendar replaces it."""
    today = timezone.localdate()
    opens = today - datetime.timedelta(days=OPENED_DAYS_AGO)
    dates = [
        calendar.StageDates(
            stage.code, opens, today + datetime.timedelta(days=FIRST_CLOSING + CLOSING_STEP * stage.position)
        )
        for stage in Stage.objects.filter(fiscal_year=year)
    ]
    calendar.set_dates(people.bappeda, year, dates)
