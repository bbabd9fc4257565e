"""Fiscal years: which one a user looks at, and which ones may be written."""

from __future__ import annotations

from functools import lru_cache

from django.apps import apps
from django.conf import settings
from django.db import transaction
from django.db.models import OuterRef, Subquery
from django.http import HttpRequest
from django.utils.translation import gettext as _

from semai_kit import roles, stages
from semai_kit.models import Account, FiscalYear, YearStage
from semai_kit.refusals import Refused
from semai_kit.region import read_region

SESSION_KEY = "fiscal_year"


class YearClosed(Refused):
    """The fiscal year is locked or archived."""


class NoYear(Refused):
    """There is no fiscal year yet; the message says who opens one."""


def require_open(year: FiscalYear, stage: str = "") -> None:
    """Raise YearClosed unless the year and its stage, as stored now, are open.

    The stage is the app's own (`year_stage` in apps.py) unless another is named; an app without one asks for the
    year alone.
    """
    wanted = stage or app_stage()
    row = YearStage.objects.filter(fiscal_year=OuterRef("pk"), stage=wanted).values("status")[:1]
    found = FiscalYear.objects.annotate(stage_status=Subquery(row)).get(pk=year.pk)
    if found.status != FiscalYear.Status.OPEN:
        title = FiscalYear.Status(found.status).label.lower()
        raise YearClosed(
            _("Tahun anggaran {year} berstatus {title}, jadi tidak dapat diubah.").format(
                year=year.year, title=title
            )
        )
    if found.stage_status not in (None, FiscalYear.Status.OPEN):
        title = FiscalYear.Status(found.stage_status).label.lower()
        named = _(stages.stage(wanted).title).lower()
        raise YearClosed(
            _("Tahap {named} tahun {year} berstatus {title}, jadi tidak dapat diubah.").format(
                named=named, year=year.year, title=title
            )
        )


@lru_cache(maxsize=1)
def app_stage() -> str:
    """The stage the installed app writes in, "" when it names none."""
    return next((c.year_stage for c in apps.get_app_configs() if getattr(c, "year_stage", "")), "")


def preferred_year() -> int | None:
    """The year the region file says is being planned and budgeted."""
    return read_region(settings.SEMAI.region_file).fiscal_year


def default_year(candidates: list[FiscalYear] | None = None) -> FiscalYear | None:
    """The working year if it exists, else the newest open one, else the newest."""
    if candidates is None:
        candidates = list(FiscalYear.objects.all())
    wanted = preferred_year()
    chosen = [y for y in candidates if y.year == wanted] or [y for y in candidates if y.is_open] or candidates
    return chosen[0] if chosen else None


def current(request: HttpRequest) -> FiscalYear | None:
    """The year chosen in the header of this session, or the default. Needs `request.fiscal_years`."""
    candidates = list(request.fiscal_years)
    chosen = request.session.get(SESSION_KEY)
    found = next((year for year in candidates if year.year == chosen), None)
    return found or default_year(candidates)


def choose(request: HttpRequest, year: FiscalYear) -> None:
    request.session[SESSION_KEY] = year.year


@transaction.atomic
def open_year(year: int, account: Account | None) -> FiscalYear:
    """Create the year, or open it again if it was locked. Raises roles.Denied, YearClosed when archived."""
    if account is not None:
        roles.require(account, "kit.years.manage")
    row, _made = FiscalYear.objects.get_or_create(year=year)
    if row.status == FiscalYear.Status.ARCHIVED:
        raise YearClosed(_("Tahun anggaran {year} sudah diarsipkan dan tidak dapat dibuka lagi.").format(year=year))
    return set_status(row, FiscalYear.Status.OPEN, account)


@transaction.atomic
def set_status(year: FiscalYear, status: str, account: Account | None) -> FiscalYear:
    """Open, lock or archive a year; an archived year stays archived."""
    if account is not None:
        roles.require(account, "kit.years.manage")
    row = FiscalYear.objects.select_for_update().get(pk=year.pk)
    if row.status == FiscalYear.Status.ARCHIVED and status != row.status:
        raise YearClosed(
            _("Tahun anggaran {year} sudah diarsipkan dan tidak dapat dibuka lagi.").format(year=row.year)
        )
    if row.status != status:
        row.status = FiscalYear.Status(status)
        row.save()
    return row
