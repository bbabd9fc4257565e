"""RKPD of a year: compiled by Bappeda, reviewed by Inspektorat, enacted by the head of region."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from django.db import transaction
from semai_kit import roles, workflow
from semai_kit.models import Account, FiscalYear

from ..errors import RuleBroken
from ..models import AnnualPlan, Proposal, WorkPlan
from . import gates, review

ENACTED = "ditetapkan"


@dataclass(frozen=True)
class Enactment:
    """The head of region's regulation that makes the RKPD valid."""

    decree: str
    enacted_on: datetime.date


@transaction.atomic
def open_annual_plan(account: Account, year: FiscalYear) -> AnnualPlan:
    """Start the RKPD of a year, or return the one that exists."""
    gates.require(account, "annual_plan.edit", AnnualPlan(fiscal_year=year).permission_place(), year)
    plan, _ = AnnualPlan.objects.get_or_create(fiscal_year=year)
    return plan


@transaction.atomic
def move(
    account: Account, plan: AnnualPlan, to: str, reason: str = "", enactment: Enactment | None = None
) -> AnnualPlan:
    """One step of the RKPD. Enacting needs an Enactment and takes every usulan in Renja along."""
    locked = AnnualPlan.objects.select_for_update(of=("self",)).select_related("fiscal_year").get(pk=plan.pk)
    transition = locked.workflow().find(locked.state, to)
    if transition is not None:
        roles.require(account, transition.permission)
        gates.require_stage(locked.fiscal_year, transition.permission)
    if to == "reviu":
        _require_approved_work_plans(locked.fiscal_year)
    if to == ENACTED:
        _require_approved_work_plans(locked.fiscal_year)
        locked = _enact(account, locked, enactment)
    elif locked.state == ENACTED:
        locked.revision += 1
        locked.decree, locked.enacted_on = "", None
        locked.save(update_fields=["revision", "decree", "enacted_on"])
    workflow.transition(locked, to, account, reason)
    return locked


def _enact(account: Account, plan: AnnualPlan, enactment: Enactment | None) -> AnnualPlan:
    if enactment is None or not enactment.decree.strip():
        raise RuleBroken("Isi nomor peraturan kepala daerah dan tanggal penetapannya.")
    plan.decree, plan.enacted_on = enactment.decree.strip(), enactment.enacted_on
    plan.save(update_fields=["decree", "enacted_on"])
    related = ("fiscal_year", "agency", "district", "village__district")
    taken = Proposal.objects.select_for_update(of=("self",)).select_related(*related)
    for proposal in taken.filter(fiscal_year=plan.fiscal_year, state="masuk_renja"):
        review.step(account, proposal, "masuk_rkpd")
    return plan


def _require_approved_work_plans(year: FiscalYear) -> None:
    plans = WorkPlan.objects.filter(fiscal_year=year).select_related("agency")
    if not plans:
        raise RuleBroken(f"Belum ada Renja tahun {year}.")
    open_ones = [plan.agency.short_name for plan in plans if plan.state != "disetujui"]
    if open_ones:
        raise RuleBroken(f"Renja berikut belum disetujui: {', '.join(open_ones)}.")
