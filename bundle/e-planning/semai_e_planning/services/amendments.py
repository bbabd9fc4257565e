"""Perubahan RKPD: opened from what was determined, every change with its reason, determined or dropped."""

from __future__ import annotations

from collections.abc import Iterable

from django.urls import reverse
from django.utils.translation import gettext as _
from semai_kit import notifications, roles, workflow
from semai_kit.models import Account, FiscalYear
from semai_kit.roles import Place

from ..errors import RuleBroken
from ..models import Amendment, AnnualPlan, AnnualPlanVersion, ItemChange, PlanNode, TargetChange, WorkPlan
from . import versions

APPROVED = "disetujui"
CHANGING = "perubahan"


def current(year: FiscalYear) -> Amendment | None:
    """The Perubahan being made in a year."""
    rows = Amendment.objects.filter(plan__fiscal_year=year, outcome=Amendment.Outcome.OPEN)
    return rows.select_related("plan__fiscal_year", "base__plan__fiscal_year").first()


def begin(account: Account, plan: AnnualPlan, reason: str) -> Amendment:
    """Start the next Perubahan; what was determined stays in force and is what it starts from."""
    base = versions.newest(plan)
    if base is None:
        raise RuleBroken(
            _("{plan} belum mempunyai versi yang ditetapkan, jadi belum ada yang diubah.").format(
                plan=plan.full_name
            )
        )
    plan.revision = base.number + 1
    plan.decree, plan.enacted_on = "", None
    plan.save(update_fields=["revision", "decree", "enacted_on"])
    begun = Amendment.objects.create(
        plan=plan, number=plan.revision, reason=reason.strip(), base=base, opened_by=account
    )
    _tell_planners(begun)
    return begun


def note_change(account: Account, plan: WorkPlan, node: PlanNode, reason: str) -> None:
    """Keep why a sub kegiatan changes while a Perubahan is being made; raises RuleBroken without a reason."""
    amendment = current(plan.fiscal_year)
    if amendment is None:
        return
    if not reason.strip():
        raise RuleBroken(_("Isi alasan perubahan: sub kegiatan ini berbeda dari RKPD yang sudah ditetapkan."))
    ItemChange.objects.create(
        amendment=amendment, agency=plan.agency, sub_activity=node, reason=reason.strip(), made_by=account
    )


def may_change_targets(plan: WorkPlan, amendment: Amendment | None) -> bool:
    """False for a Renja determined before versions kept targets: dropping could not give them back."""
    return amendment is None or plan.state != CHANGING or amendment.base.keeps_targets


def note_target_changes(account: Account, plan: WorkPlan, indicators: Iterable[int], reason: str) -> None:
    """The same for targets of indicators, by their primary keys."""
    amendment = current(plan.fiscal_year)
    if amendment is None:
        return
    if not may_change_targets(plan, amendment):
        raise RuleBroken(
            _(
                "{version} ditetapkan sebelum versi memuat target indikator, jadi targetnya baru dapat diubah "
                "dalam Perubahan berikutnya."
            ).format(version=amendment.base.full_name)
        )
    if not reason.strip():
        raise RuleBroken(_("Isi alasan perubahan: target indikator berbeda dari RKPD yang sudah ditetapkan."))
    TargetChange.objects.bulk_create(
        TargetChange(
            amendment=amendment, agency=plan.agency, indicator_id=key, reason=reason.strip(), made_by=account
        )
        for key in indicators
    )


def finish(plan: AnnualPlan, version: AnnualPlanVersion) -> None:
    """The open Perubahan, if there is one, became this version."""
    amendment = current(plan.fiscal_year)
    if amendment is not None:
        amendment.outcome, amendment.result = Amendment.Outcome.ENACTED, version
        amendment.save(update_fields=["outcome", "result"])


def drop(plan: AnnualPlan, reason: str) -> None:
    """Give the open Perubahan up: every Renja and pagu is again what was determined."""
    amendment = current(plan.fiscal_year)
    if amendment is None:
        raise RuleBroken(_("Tidak ada Perubahan RKPD yang sedang disusun."))
    base = amendment.base
    note = f"{amendment} dibatalkan: {reason.strip()}"
    planned = set(base.items.values_list("agency_id", flat=True))
    for work_plan in WorkPlan.objects.select_for_update(of=("self",)).filter(fiscal_year=plan.fiscal_year):
        versions.restore_work_plan(work_plan, base, note)
        if work_plan.agency_id not in planned:
            work_plan.delete()  # begun in this Perubahan
        elif work_plan.state != APPROVED:
            workflow.transition(work_plan, APPROVED, None, note)
    versions.restore_ceilings(plan, base)
    plan.revision, plan.decree, plan.enacted_on = base.number, base.decree, base.enacted_on
    plan.save(update_fields=["revision", "decree", "enacted_on"])
    amendment.outcome = Amendment.Outcome.DROPPED
    amendment.save(update_fields=["outcome"])


def _tell_planners(amendment: Amendment) -> None:
    """Every OPD with a Renja hears that it may start its Perubahan Renja."""
    for plan in WorkPlan.objects.filter(fiscal_year=amendment.plan.fiscal_year).select_related("agency"):
        planners = roles.holders("work_plan.edit", Place(agency=plan.agency))
        address = reverse("planning:work-plan", args=[plan.pk])
        notifications.notify(planners, f"{amendment} dibuka", address, body=amendment.reason)
