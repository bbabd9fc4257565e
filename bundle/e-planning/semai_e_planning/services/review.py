"""Moving usulan through verification, one by one or many at once."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from semai_kit import notifications, workflow
from semai_kit.models import Account
from semai_kit.refusals import Refused

from ..errors import RuleBroken
from ..models import Proposal
from . import gates
from .proposals import DRAFT, lock, permission_to_write

TAKEN = "masuk_renja"
# These moves belong to a Renja or an RKPD and happen there, together with what they change.
ELSEWHERE = {
    ("diterima", "masuk_renja"): lazy(
        "Usulan dimasukkan lewat halaman Renja OPD, pada sub kegiatan yang menampungnya."
    ),
    ("masuk_renja", "diterima"): lazy("Usulan dikeluarkan lewat halaman Renja OPD."),
    ("masuk_renja", "masuk_rkpd"): lazy("Usulan masuk RKPD saat kepala daerah menetapkan RKPD."),
}
LEAVES_WORK_PLAN = {("masuk_rkpd", "ditunda"), ("masuk_apbd", "ditunda"), (TAKEN, "diterima")}


@dataclass(frozen=True)
class RefusedMove:
    """A proposal of a bulk action that stayed where it was, and why."""

    proposal: Proposal
    message: str


@dataclass(frozen=True)
class BulkOutcome:
    moved: tuple[Proposal, ...]
    refused: tuple[RefusedMove, ...]


@transaction.atomic
def move(account: Account, proposal: Proposal, to: str, reason: str = "") -> Proposal:
    """Take one step of verification. Raises Denied, StageClosed, TransitionRefused, RuleBroken."""
    locked = lock(proposal)
    explanation = ELSEWHERE.get((locked.state, to))
    if explanation:
        raise RuleBroken(str(explanation))
    return step(account, locked, to, reason)


def move_many(account: Account, proposals: list[Proposal], to: str, reason: str = "") -> BulkOutcome:
    """Take the same step for each; every proposal is its own transaction, refusals do not hold up the others."""
    moved: list[Proposal] = []
    refused: list[RefusedMove] = []
    for proposal in proposals:
        try:
            moved.append(move(account, proposal, to, reason))
        except Refused as refusal:
            refused.append(RefusedMove(proposal, refusal.message))
    return BulkOutcome(tuple(moved), tuple(refused))


def step(account: Account, locked: Proposal, to: str, reason: str = "") -> Proposal:
    """One step of an already locked proposal, inside the caller's transaction."""
    transition = locked.workflow().find(locked.state, to)
    if transition is not None:
        gates.require(account, transition.permission, locked.permission_place(), locked.fiscal_year)
    if locked.state == DRAFT:
        gates.require(account, permission_to_write(locked), locked.permission_place(), locked.fiscal_year)
        _refuse_beyond_limit(locked)
    return _take(account, locked, to, reason)


def release(locked: Proposal, reason: str) -> Proposal:
    """Back to 'diterima' because the Renja that took it in went back to an earlier version; nobody's own step."""
    return _take(None, locked, "diterima", reason)


def _take(account: Account | None, locked: Proposal, to: str, reason: str) -> Proposal:
    leaving = (locked.state, to)
    workflow.transition(locked, to, account, reason)
    locked.last_reason = reason.strip()
    locked.state_since = timezone.now()
    if leaving[0] == DRAFT and not locked.number:
        locked.number = _next_number(locked)
    if leaving in LEAVES_WORK_PLAN:
        locked.work_plan_item = None
    locked.save(update_fields=["last_reason", "state_since", "number", "work_plan_item", "updated_at"])
    _tell_author(locked, account)
    return locked


def _tell_author(proposal: Proposal, account: Account | None) -> None:
    """Who entered the usulan hears of every step that somebody else took; desks have their queues."""
    author = proposal.created_by
    if author is not None and author != account:
        title = f"{proposal.title}: {proposal.state_title}"
        address = reverse("planning:proposal", args=[proposal.pk])
        notifications.notify([author], title, address, body=proposal.last_reason)


def _refuse_beyond_limit(proposal: Proposal) -> None:
    """A village submits at most as many usulan a year as the region answered (0: no limit); its own count alone."""
    limit = int(settings.SEMAI.answers.get("proposals_per_village") or 0)
    if not limit or proposal.number or proposal.source != Proposal.Source.MUSRENBANG:
        return
    _hold_village(proposal)
    submitted = Proposal.objects.filter(
        village=proposal.village_id,
        fiscal_year=proposal.fiscal_year_id,
        source=Proposal.Source.MUSRENBANG,
        number__isnull=False,
    ).count()
    if submitted >= limit:
        raise RuleBroken(
            _(
                "{village} sudah mengajukan {submitted} usulan tahun {year}; "
                "batasnya {limit} per desa/kelurahan. Usulan ini tetap tersimpan sebagai draf."
            ).format(village=proposal.village, submitted=submitted, year=proposal.fiscal_year.year, limit=limit)
        )


def _hold_village(proposal: Proposal) -> None:
    """Let submissions of one village wait for one another, so that counting and numbering agree."""
    type(proposal.village).objects.select_for_update().get(pk=proposal.village_id)


def _next_number(proposal: Proposal) -> str:
    """'2027/53.10.01.2001/007': counted per village and year."""
    _hold_village(proposal)
    prefix = f"{proposal.fiscal_year.year}/{proposal.village.code}/"
    last = Proposal.objects.filter(number__startswith=prefix).order_by("-number").values_list("number", flat=True)
    used = int(last[0].removeprefix(prefix)) if last else 0
    return f"{prefix}{used + 1:04d}"
