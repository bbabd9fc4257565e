"""What every write passes: the permission at its place, an open year, and an open stage."""

from __future__ import annotations

import datetime

from django.utils import timezone
from django.utils.formats import date_format
from semai_kit import roles, years
from semai_kit.models import Account, FiscalYear
from semai_kit.roles import Place

from .. import reference
from ..errors import StageClosed
from ..models import Stage


def require(account: Account, permission: str, place: Place, year: FiscalYear) -> None:
    """Raise Denied, YearClosed or StageClosed unless the account may do this now."""
    roles.require_at(account, permission, place)
    require_stage(year, permission)


def require_stage(year: FiscalYear, action: str, today: datetime.date | None = None) -> None:
    """Raise YearClosed or StageClosed unless the year is open and one stage naming `action` is open today."""
    years.require_open(year)
    codes = reference.stage_codes_for(action)
    if not codes:
        return
    today = today or timezone.localdate()
    stages = list(Stage.objects.filter(fiscal_year=year, code__in=codes))
    if not any(stage.is_open(today) for stage in stages):
        raise StageClosed(_closed_message(stages, today))


def is_open(year: FiscalYear, action: str) -> bool:
    """Whether `action` is possible in the calendar today; for pages that show or hide a button."""
    try:
        require_stage(year, action)
    except (StageClosed, years.YearClosed):
        return False
    return True


def _closed_message(stages: list[Stage], today: datetime.date) -> str:
    dated = [stage for stage in stages if stage.opens_on and stage.closes_on]
    if not dated:
        return "Tahap untuk tindakan ini belum dijadwalkan. Bappeda mengisi tanggalnya di Kalender tahapan."
    periods = "; ".join(f"{stage.title} ({_day(stage.opens_on)} sampai {_day(stage.closes_on)})" for stage in dated)
    return (
        f"Tindakan ini hanya bisa pada tahap: {periods}. Hari ini {_day(today)}. "
        "Bappeda dapat mengubah tanggal di Kalender tahapan."
    )


def _day(day: datetime.date) -> str:
    return date_format(day, "j F Y")
