"""Writing Renja: items within the pagu, the usulan they take in, and the way to approval."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from semai_kit import workflow
from semai_kit.languages import counted
from semai_kit.models import Account, Agency, FiscalYear
from semai_kit.roles import Place

from ..errors import RuleBroken
from ..models import AnnualPlan, PlanNode, Proposal, WorkPlan, WorkPlanItem
from . import amendments, gates, review, versions
from .ceilings import require_room, require_within
from .proposals import lock as lock_proposal

APPROVED = amendments.APPROVED
CHANGING = amendments.CHANGING
DRAFT = "draf"


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
    existing = WorkPlan.objects.filter(fiscal_year=year, agency=agency).first()
    if existing is not None:
        return existing
    gates.require_editable_plan(year)
    return WorkPlan.objects.get_or_create(fiscal_year=year, agency=agency, defaults={"created_by": account})[0]


@transaction.atomic
def add_item(account: Account, plan: WorkPlan, content: ItemContent, reason: str = "") -> WorkPlanItem:
    """Add a sub kegiatan; `reason` is obligatory while a Perubahan is being made, as in what follows."""
    locked = editable(account, plan)
    require_room(locked.fiscal_year, locked.agency, content.pagu)
    amendments.note_change(account, locked, content.sub_activity, reason)
    item = WorkPlanItem(work_plan=locked)
    return _save_item(item, content)


@transaction.atomic
def change_item(account: Account, item: WorkPlanItem, content: ItemContent, reason: str = "") -> WorkPlanItem:
    locked = editable(account, item.work_plan)
    require_room(locked.fiscal_year, locked.agency, content.pagu, without=item)
    row = WorkPlanItem.objects.select_for_update(of=("self",)).select_related("work_plan__agency").get(pk=item.pk)
    if locked.state == CHANGING and row.sub_activity_id != content.sub_activity.pk:
        raise RuleBroken(_("Dalam Perubahan, sub kegiatan tidak diganti: hapus yang lama dan tambahkan yang baru."))
    amendments.note_change(account, locked, content.sub_activity, reason)
    return _save_item(row, content)


@transaction.atomic
def remove_item(account: Account, item: WorkPlanItem, reason: str = "") -> None:
    """Take a sub kegiatan out of the Renja; refused while it still holds usulan."""
    locked = editable(account, item.work_plan)
    _refuse_while_holding(item)
    amendments.note_change(account, locked, item.sub_activity, reason)
    item.delete()


@transaction.atomic
def take_proposal(account: Account, item: WorkPlanItem, proposal: Proposal) -> Proposal:
    """Put an accepted usulan of the same OPD into a sub kegiatan: it becomes 'masuk Renja'."""
    plan = editable(account, item.work_plan)
    locked = lock_proposal(proposal)
    if locked.agency_id != plan.agency_id or locked.fiscal_year_id != plan.fiscal_year_id:
        raise RuleBroken(
            _("Usulan ini ditujukan ke {agency} tahun {fiscal_year}, bukan ke Renja ini.").format(
                agency=locked.agency, fiscal_year=locked.fiscal_year
            )
        )
    locked.work_plan_item = item
    return review.step(account, locked, "masuk_renja")


@transaction.atomic
def release_proposal(account: Account, proposal: Proposal, reason: str) -> Proposal:
    """Take an usulan out of the Renja again; it is 'diterima' as before."""
    locked = lock_proposal(proposal)
    if locked.work_plan_item is None:
        raise RuleBroken(_("Usulan ini tidak ada di Renja mana pun."))
    editable(account, locked.work_plan_item.work_plan)
    return review.step(account, locked, "diterima", reason)


@transaction.atomic
def move(account: Account, plan: WorkPlan, to: str, reason: str = "") -> WorkPlan:
    """Submit, return, approve or unlock a Renja."""
    locked = _lock(plan)
    transition = locked.workflow().find(locked.state, to)
    if transition is not None:
        gates.require(account, transition.permission, locked.permission_place(), locked.fiscal_year)
    if to == "diajukan" and not locked.items.exists():
        raise RuleBroken(_("Renja masih kosong. Tambahkan sub kegiatan dahulu."))
    if locked.state == APPROVED and transition is not None:
        _refuse_unlocking(locked, to)
    origin = locked.state
    workflow.transition(locked, to, account, reason)
    if (origin, to) == (CHANGING, APPROVED):
        _go_back(locked, reason)
    locked.approved_at = timezone.now() if to == APPROVED else None
    locked.save(update_fields=["approved_at", "updated_at"])
    return locked


def may_unlock(plan: WorkPlan, to: str) -> bool:
    """Whether an approved Renja may go there now: unlocked before the determination, changed in a Perubahan."""
    annual = AnnualPlan.objects.filter(fiscal_year=plan.fiscal_year_id).first()
    return (CHANGING if to == CHANGING else DRAFT) == (DRAFT if annual is None else annual.state)


def _save_item(item: WorkPlanItem, content: ItemContent) -> WorkPlanItem:
    if content.sub_activity.level != "sub_kegiatan":
        raise RuleBroken(_("Pilih butir RPJMD pada jenjang sub kegiatan."))
    if content.sub_activity.agency_id != item.work_plan.agency_id:
        raise RuleBroken(
            _("Sub kegiatan {code} bukan milik {agency}.").format(
                code=content.sub_activity.code, agency=item.work_plan.agency
            )
        )
    for name in ItemContent.__dataclass_fields__:
        setattr(item, name, getattr(content, name))
    item.full_clean()
    item.save()
    return item


def editable(account: Account, plan: WorkPlan) -> WorkPlan:
    """The Renja locked for a change; raises Denied, StageClosed, YearClosed, RuleBroken."""
    locked = _lock(plan)
    gates.require(account, "work_plan.edit", locked.permission_place(), locked.fiscal_year)
    if locked.state not in WorkPlan.EDITABLE:
        raise RuleBroken(
            _(
                "Renja ini berstatus “{state_title}” dan tidak dapat diubah. "
                "Bappeda dapat mengembalikannya dengan alasan."
            ).format(state_title=_(locked.state_title))
        )
    return locked


def _refuse_unlocking(plan: WorkPlan, to: str) -> None:
    if may_unlock(plan, to):
        return
    annual = AnnualPlan.objects.filter(fiscal_year=plan.fiscal_year).first()
    if annual is None or annual.loop == "murni":
        said = (
            _("belum ditetapkan")
            if annual is None
            else _("berstatus “{state_title}”").format(state_title=_(annual.state_title))
        )
        way = _("Perubahan Renja menunggu RKPD ditetapkan.") if to == CHANGING else _("Kembalikan RKPD dahulu.")
    else:
        said = _("berstatus “{state_title}”").format(state_title=_(annual.state_title))
        way = _("Bappeda membuka Perubahan RKPD, lalu OPD memulai Perubahan Renja.")
    raise RuleBroken(
        _("{plan} {said}, jadi Renja tetap terkunci. {way}").format(
            plan=annual.full_name if annual else _("RKPD"), said=said, way=way
        )
    )


def _refuse_while_holding(item: WorkPlanItem) -> None:
    states = list(item.proposals.values_list("state", flat=True))
    if not states:
        return
    determined = sum(state != review.TAKEN for state in states)
    way = _("Keluarkan dahulu usulannya.")
    if "realisasi" in states:
        way = _("Ada yang sudah terealisasi, jadi sub kegiatan ini tidak dapat dihapus.")
    elif determined:
        way = _("{determined} sudah masuk RKPD atau APBD dan harus ditunda dahulu oleh Bappeda.").format(
            determined=determined
        )
    raise RuleBroken(
        counted(
            "Sub kegiatan ini masih menampung {count} usulan. {way}",
            len(states),
        ).format(count=len(states), way=way)
    )


def _go_back(plan: WorkPlan, reason: str) -> None:
    """Give a Perubahan Renja up; refused when what was determined no longer fits the pagu."""
    amendment = amendments.current(plan.fiscal_year)
    if amendment is None:
        raise RuleBroken(_("Tidak ada Perubahan RKPD yang sedang disusun."))
    versions.restore_work_plan(plan, amendment.base, f"Perubahan Renja dibatalkan: {reason.strip()}")
    require_within(plan.fiscal_year, plan.agency)


def _lock(plan: WorkPlan) -> WorkPlan:
    related = ("fiscal_year", "agency")
    return WorkPlan.objects.select_for_update(of=("self",)).select_related(*related).get(pk=plan.pk)
