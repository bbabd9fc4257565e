"""What every write passes: the permission at its place, an open year, and an open stage."""

from __future__ import annotations

import datetime

from django.utils import timezone
from django.utils.formats import date_format
from semai_kit import roles, years
from semai_kit.models import Account, FiscalYear
from semai_kit.roles import Place

from .. import reference
from ..errors import RuleBroken, StageClosed
from ..models import AnnualPlan, Stage


def require(account: Account, permission: str, place: Place, year: FiscalYear) -> None:
    """Raise Denied, YearClosed or StageClosed unless the account may do this now."""
    roles.require_at(account, permission, place)
    require_stage(year, permission)


def require_stage(year: FiscalYear, action: str, today: datetime.date | None = None) -> None:
    """Raise YearClosed or StageClosed unless the year is open and one stage naming `action` is open today."""
    years.require_open(year)
    if not reference.stage_codes_for(action):
        return
    codes = reference.stage_codes_for(action, loop_of(year) if action in reference.loop_actions() else "")
    today = today or timezone.localdate()
    stages = list(Stage.objects.filter(fiscal_year=year, code__in=codes))
    if not any(stage.is_open(today) for stage in stages):
        raise StageClosed(_closed_message(stages, today))


def loop_of(year: FiscalYear) -> str:
    """Which loop of the calendar rules Renja, pagu and RKPD of a year: that of the RKPD, or of its Perubahan."""
    plan = AnnualPlan.objects.filter(fiscal_year=year).first()
    return AnnualPlan(state="draf").loop if plan is None else plan.loop


def require_editable_plan(year: FiscalYear) -> None:
    """Raise RuleBroken while the year's RKPD is reviewed or determined: pagu and Renja stay as they are then."""
    plan = AnnualPlan.objects.filter(fiscal_year=year).first()
    if plan is not None and plan.state not in AnnualPlan.EDITABLE:
        raise RuleBroken(
            f"{plan} berstatus “{plan.state_title}”. Pagu dan Renja hanya berubah lewat Perubahan RKPD, "
            "atau sesudah RKPD dikembalikan dari reviu."
        )


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
