"""RKPD of a year: compiled by Bappeda, reviewed by Inspektorat, enacted by the head of region, then changed."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from django.db import transaction
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from semai_kit import roles, workflow
from semai_kit.languages import official
from semai_kit.models import Account, FiscalYear

from ..errors import RuleBroken
from ..models import AnnualPlan, Proposal, WorkPlan
from ..selectors import five_year_plans
from ..selectors import versions as reading
from . import amendments, gates, review, versions

ENACTED = "ditetapkan"
CHANGING = "perubahan"
REVIEWS = ("reviu", "perubahan_reviu")


@dataclass(frozen=True)
class Enactment:
    """The head of region's regulation that makes the RKPD valid."""

    decree: str
    enacted_on: datetime.date


@transaction.atomic
def open_annual_plan(account: Account, year: FiscalYear) -> AnnualPlan:
    """Start the RKPD of a year, or return the one that exists."""
    gates.require(account, "annual_plan.edit", AnnualPlan(fiscal_year=year).permission_place(), year)
    return AnnualPlan.objects.get_or_create(fiscal_year=year)[0]


@transaction.atomic
def move(
    account: Account, plan: AnnualPlan, to: str, reason: str = "", enactment: Enactment | None = None
) -> AnnualPlan:
    """One step of the RKPD or its Perubahan.

    Enacting needs an Enactment, takes every usulan in Renja along and keeps a version; dropping a Perubahan brings
    the newest version back.
    """
    locked = AnnualPlan.objects.select_for_update(of=("self",)).select_related("fiscal_year").get(pk=plan.pk)
    origin = locked.state
    transition = locked.workflow().find(origin, to)
    if transition is not None:
        roles.require(account, transition.permission)
        gates.require_stage(locked.fiscal_year, transition.permission)
    dropping = (origin, to) == (CHANGING, ENACTED)
    if transition is not None and (to in REVIEWS or to == ENACTED) and not dropping:
        _require_approved_work_plans(locked.fiscal_year)
    if (origin, to) == (CHANGING, REVIEWS[1]):
        reason = _checked_change(locked, reason)
    workflow.transition(locked, to, account, reason)
    if dropping:
        amendments.drop(locked, reason)
    elif to == ENACTED:
        _enact(account, locked, enactment)
    elif origin == ENACTED:
        amendments.begin(account, locked, reason)
    return locked


def _enact(account: Account, plan: AnnualPlan, enactment: Enactment | None) -> None:
    if enactment is None or not enactment.decree.strip():
        raise RuleBroken(_("Isi nomor peraturan kepala daerah dan tanggal penetapannya."))
    plan.decree, plan.enacted_on = enactment.decree.strip(), enactment.enacted_on
    _require_later(plan)
    plan.save(update_fields=["decree", "enacted_on"])
    related = ("fiscal_year", "agency", "district", "village__district")
    taken = Proposal.objects.select_for_update(of=("self",)).select_related(*related)
    for proposal in taken.filter(fiscal_year=plan.fiscal_year, state=review.TAKEN):
        review.step(account, proposal, "masuk_rkpd")
    amendments.finish(plan, versions.record(account, plan))


def _require_later(plan: AnnualPlan) -> None:
    """A Perubahan has a regulation of its own, not older than the one it changes."""
    base = versions.newest(plan)
    if base is None:
        return
    if plan.decree == base.decree:
        raise RuleBroken(
            _("Nomor {decree} adalah dasar {label}; Perubahan memerlukan peraturan sendiri.").format(
                decree=plan.decree, label=base.label
            )
        )
    if plan.enacted_on < base.enacted_on:
        day = date_format(base.enacted_on, "j F Y")
        raise RuleBroken(
            _("Tanggal penetapan tidak boleh mendahului {label} yang diubah ({day}).").format(
                label=base.label, day=day
            )
        )


def _checked_change(plan: AnnualPlan, reason: str) -> str:
    """The reason with what the reviewer must know: programs that leave the RPJMD. Raises without any change."""
    if not reading.working_change(plan):
        raise RuleBroken(
            _("Belum ada yang berubah dibanding {version}.").format(version=versions.newest(plan).full_name)
        )
    checks = five_year_plans.checks_of(plan.fiscal_year)
    with official():  # the history keeps it
        outside = [f"{check.program.code} ({check.verdict})" for check in checks if check.is_outside]
    if not outside or not reason.strip():
        return reason
    return f"{reason.strip()}\nTidak selaras dengan RPJMD: {', '.join(outside)}."


def _require_approved_work_plans(year: FiscalYear) -> None:
    plans = WorkPlan.objects.filter(fiscal_year=year).select_related("agency")
    if not plans:
        raise RuleBroken(_("Belum ada Renja tahun {year}.").format(year=year))
    open_ones = [plan.agency.short_name for plan in plans if plan.state != amendments.APPROVED]
    if open_ones:
        raise RuleBroken(_("Renja berikut belum disetujui: {agencies}.").format(agencies=", ".join(open_ones)))
