"""Writing Renja: items within the pagu, the usulan they take in, and the way to approval."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from django.db import transaction
from django.utils import timezone
from semai_kit import workflow
from semai_kit.models import Account, Agency, FiscalYear
from semai_kit.roles import Place

from ..errors import RuleBroken
from ..models import AnnualPlan, PlanNode, Proposal, WorkPlan, WorkPlanItem
from . import gates, review
from .ceilings import require_room
from .proposals import lock as lock_proposal

DRAFT = "draf"
APPROVED = "disetujui"


@dataclass(frozen=True)
class ItemContent:
    """One sub kegiatan as the OPD plans it; pagu in rupiah."""

    sub_activity: PlanNode
    indicator: str
    target: Decimal
    unit: str
    location: str
    pagu: Decimal
    note: str


@transaction.atomic
def open_work_plan(account: Account, year: FiscalYear, agency: Agency) -> WorkPlan:
    """Start the Renja of an OPD, or return the one that exists."""
    gates.require(account, "work_plan.edit", Place(agency=agency), year)
    plan, _ = WorkPlan.objects.get_or_create(fiscal_year=year, agency=agency, defaults={"created_by": account})
    return plan


@transaction.atomic
def add_item(account: Account, plan: WorkPlan, content: ItemContent) -> WorkPlanItem:
    locked = _editable(account, plan)
    require_room(locked.fiscal_year, locked.agency, content.pagu)
    item = WorkPlanItem(work_plan=locked)
    return _save_item(item, content)


@transaction.atomic
def change_item(account: Account, item: WorkPlanItem, content: ItemContent) -> WorkPlanItem:
    locked = _editable(account, item.work_plan)
    require_room(locked.fiscal_year, locked.agency, content.pagu, without=item)
    row = WorkPlanItem.objects.select_for_update(of=("self",)).select_related("work_plan__agency").get(pk=item.pk)
    return _save_item(row, content)


@transaction.atomic
def remove_item(account: Account, item: WorkPlanItem) -> None:
    """Take a sub kegiatan out of the Renja; refused while it still holds usulan."""
    _editable(account, item.work_plan)
    count = item.proposals.count()
    if count:
        raise RuleBroken(f"Sub kegiatan ini masih menampung {count} usulan. Keluarkan dahulu usulannya.")
    item.delete()


@transaction.atomic
def take_proposal(account: Account, item: WorkPlanItem, proposal: Proposal) -> Proposal:
    """Put an accepted usulan of the same OPD into a sub kegiatan: it becomes 'masuk Renja'."""
    plan = _editable(account, item.work_plan)
    locked = lock_proposal(proposal)
    if locked.agency_id != plan.agency_id or locked.fiscal_year_id != plan.fiscal_year_id:
        raise RuleBroken(f"Usulan ini ditujukan ke {locked.agency} tahun {locked.fiscal_year}, bukan ke Renja ini.")
    locked.work_plan_item = item
    return review.step(account, locked, "masuk_renja")


@transaction.atomic
def release_proposal(account: Account, proposal: Proposal, reason: str) -> Proposal:
    """Take an usulan out of the Renja again; it is 'diterima' as before."""
    locked = lock_proposal(proposal)
    if locked.work_plan_item is None:
        raise RuleBroken("Usulan ini tidak ada di Renja mana pun.")
    _editable(account, locked.work_plan_item.work_plan)
    return review.step(account, locked, "diterima", reason)


@transaction.atomic
def move(account: Account, plan: WorkPlan, to: str, reason: str = "") -> WorkPlan:
    """Submit, return, approve or unlock a Renja."""
    locked = _lock(plan)
    transition = locked.workflow().find(locked.state, to)
    if transition is not None:
        gates.require(account, transition.permission, locked.permission_place(), locked.fiscal_year)
    if to == "diajukan" and not locked.items.exists():
        raise RuleBroken("Renja masih kosong. Tambahkan sub kegiatan dahulu.")
    if locked.state == APPROVED:
        _refuse_while_in_annual_plan(locked)
    workflow.transition(locked, to, account, reason)
    locked.approved_at = timezone.now() if to == APPROVED else None
    locked.save(update_fields=["approved_at", "updated_at"])
    return locked


def _save_item(item: WorkPlanItem, content: ItemContent) -> WorkPlanItem:
    if content.sub_activity.level != "sub_kegiatan":
        raise RuleBroken("Pilih butir RPJMD pada jenjang sub kegiatan.")
    if content.sub_activity.agency_id != item.work_plan.agency_id:
        raise RuleBroken(f"Sub kegiatan {content.sub_activity.code} bukan milik {item.work_plan.agency}.")
    for name in ItemContent.__dataclass_fields__:
        setattr(item, name, getattr(content, name))
    item.full_clean()
    item.save()
    return item


def _editable(account: Account, plan: WorkPlan) -> WorkPlan:
    locked = _lock(plan)
    gates.require(account, "work_plan.edit", locked.permission_place(), locked.fiscal_year)
    if locked.state != DRAFT:
        raise RuleBroken(
            f"Renja ini berstatus “{locked.state_title}” dan tidak dapat diubah. "
            "Bappeda dapat mengembalikannya dengan alasan."
        )
    return locked


def _refuse_while_in_annual_plan(plan: WorkPlan) -> None:
    annual = AnnualPlan.objects.filter(fiscal_year=plan.fiscal_year).exclude(state=DRAFT).first()
    if annual is not None:
        raise RuleBroken(
            f"{annual} berstatus “{annual.state_title}”, jadi Renja tetap terkunci. "
            "Kembalikan atau buka RKPD dahulu."
        )


def _lock(plan: WorkPlan) -> WorkPlan:
    related = ("fiscal_year", "agency")
    return WorkPlan.objects.select_for_update(of=("self",)).select_related(*related).get(pk=plan.pk)
