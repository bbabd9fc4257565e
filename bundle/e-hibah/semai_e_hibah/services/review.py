"""The seven steps: plain moves, and those that bring an OPD, an amount or a budget line with them."""

from __future__ import annotations

from decimal import Decimal

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from semai_kit import roles, workflow
from semai_kit.models import Account, Agency
from semai_kit.money import rupiah

from ..errors import RuleBroken
from ..models import Amount, Application, GrantLine
from . import budget, eligibility, telling
from .filing import lock, refuse_identifiers

# Moves that happen elsewhere, together with what they bring.
ELSEWHERE = {
    ("draf", "diajukan"): lazy("Kirim permohonan lewat halaman berkasnya."),
    ("kurang", "diajukan"): lazy("Kirim permohonan lewat halaman berkasnya."),
    ("draf", "ditarik"): lazy("Tarik permohonan lewat halaman berkasnya."),
    ("kurang", "ditarik"): lazy("Tarik permohonan lewat halaman berkasnya."),
    ("klasifikasi", "rekomendasi"): lazy("Pilih OPD lewat “Tentukan OPD”."),
    ("rekomendasi", "verifikasi"): lazy("Isi nilainya lewat “Rekomendasikan nilai”."),
    ("tapd", "disetujui"): lazy("Isi nilai dan rekeningnya lewat “Setujui nilai”."),
    ("disetujui", "ditetapkan"): lazy("Permohonan ditetapkan bersama daftar penerima (DNC-PBH)."),
    ("ditetapkan", "nphd"): lazy("NPHD dicatat lewat “Catat NPHD”."),
    ("nphd", "dicairkan"): lazy("Pencairan dicatat lewat “Catat pencairan”."),
    ("dicairkan", "selesai"): lazy("Permohonan ditutup lewat halaman laporan."),
}
# Steps that ask the rules before they are taken.
ELIGIBLE = {("diajukan", "kepala_daerah"), ("verifikasi", "tapd"), ("tapd", "disetujui")}


@transaction.atomic
def move(account: Account, application: Application, to: str, reason: str = "") -> Application:
    """Take a plain step. Raises Denied, TransitionRefused, NotEligible, RuleBroken, YearClosed."""
    locked = lock(application)
    explanation = ELSEWHERE.get((locked.state, to))
    if explanation:
        raise RuleBroken(explanation)
    return step(account, locked, to, reason)


@transaction.atomic
def classify(account: Account, application: Application, agency: Agency) -> Application:
    """Tim Pertimbangan gives the application to an OPD."""
    locked = lock(application)
    _require(account, locked, "klasifikasi", "application.classify")
    if not agency.is_current:
        raise RuleBroken(_("{agency} sudah tidak berlaku; pilih OPD penggantinya.").format(agency=agency))
    locked.agency = agency
    locked.save(update_fields=["agency", "updated_at"])
    return step(account, locked, "rekomendasi")


@transaction.atomic
def recommend(account: Account, application: Application, amount: Decimal, note: str) -> Application:
    """The OPD recommends an amount, with its considerations."""
    locked = lock(application)
    _require(account, locked, "rekomendasi", "application.recommend")
    _check_amount(locked, amount)
    if not note.strip():
        raise RuleBroken(_("Isi pertimbangan OPD."))
    _note(locked, Amount.Stage.RECOMMENDED, amount, note, account)
    locked.recommended = amount
    locked.save(update_fields=["recommended", "updated_at"])
    return step(account, locked, "verifikasi")


@transaction.atomic
def decide(
    account: Account, application: Application, amount: Decimal, line: GrantLine, note: str = ""
) -> Application:
    """TAPD approves an amount on a budget line. Raises CeilingExceeded when the line would pass its ceiling."""
    locked = lock(application)
    _require(account, locked, "tapd", "application.decide")
    _check_amount(locked, amount)
    held = budget.lock_line(line)
    _check_line(locked, held)
    budget.require_room(held, amount, without=locked)
    _note(locked, Amount.Stage.APPROVED, amount, note, account)
    locked.approved, locked.grant_line = amount, held
    locked.save(update_fields=["approved", "grant_line", "updated_at"])
    return step(account, locked, "disetujui")


def step(account: Account | None, locked: Application, to: str, reason: str = "") -> Application:
    """One step of an already locked application, inside the caller's transaction."""
    leaving = (locked.state, to)
    found = locked.workflow().find(*leaving)
    if account is not None and found is not None:
        roles.require_at(account, found.permission, locked.permission_place())
    refuse_identifiers(reason)
    if leaving in ELIGIBLE:
        eligibility.require(locked, to)
    workflow.transition(locked, to, account, reason)
    _let_go(locked, leaving)
    locked.last_reason = reason.strip()
    locked.state_since = timezone.now()
    locked.save(
        update_fields=[
            "last_reason", "state_since", "agency", "approved", "grant_line", "award_list", "updated_at"
        ]
    )  # fmt: skip
    telling.arrived(locked)
    return locked


def _let_go(application: Application, leaving: tuple[str, str]) -> None:
    """What a step back gives up; the figures stay in the history."""
    origin, to = leaving
    if origin == "disetujui" and to != "ditetapkan":
        application.award_list = None
        application.approved, application.grant_line = None, None
    if to in ("klasifikasi", "kepala_daerah"):
        application.agency = None


def _require(account: Account, application: Application, state: str, permission: str) -> None:
    roles.require_at(account, permission, application.permission_place())
    if application.state != state:
        wanted = _(application.workflow().state(state).title)
        raise RuleBroken(
            _("Permohonan berstatus “{state_title}”; tindakan ini hanya pada “{wanted}”.").format(
                state_title=_(application.state_title), wanted=wanted
            )
        )


def _check_amount(application: Application, amount: Decimal) -> None:
    if amount <= 0:
        raise RuleBroken(_("Isi nilai lebih dari nol."))
    if amount > application.asked:
        raise RuleBroken(
            _("Nilai {amount} melebihi yang diminta, {asked}.").format(
                amount=rupiah(amount), asked=rupiah(application.asked)
            )
        )


def _check_line(application: Application, line: GrantLine) -> None:
    if line.fiscal_year_id != application.fiscal_year_id or line.agency_id != application.agency_id:
        raise RuleBroken(_("Pilih rekening dari anggaran OPD pelaksana pada tahun permohonan."))
    if not line.account_code.startswith(application.kind.account):
        raise RuleBroken(
            _("Jenis permohonan ini memakai rekening {account}.").format(account=application.kind.account)
        )
    if line.vanished_at is not None:
        raise RuleBroken(_("Rekening ini sudah tidak ada dalam anggaran."))


def _note(application: Application, stage: str, amount: Decimal, note: str, account: Account) -> None:
    Amount.objects.create(application=application, stage=stage, amount=amount, note=note.strip(), account=account)
