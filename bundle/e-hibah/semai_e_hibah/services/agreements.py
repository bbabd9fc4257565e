"""Agreements (NPHD) and payments in stages, each within the ceiling of its stage."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from decimal import Decimal

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from semai_kit import numbering, roles, years
from semai_kit.models import Account
from semai_kit.money import rounded, rupiah, total

from ..errors import CeilingExceeded, RuleBroken
from ..models import Agreement, Application, Disbursement, Report
from ..reference import HUNDRED, Stage
from . import review
from .filing import lock

SIGN = "agreement.edit"
PAY = "disbursement.pay"
PAYABLE = ("nphd", "dicairkan")


@dataclass(frozen=True)
class AgreementContent:
    """Who signs for the region, and when."""

    signed_on: datetime.date
    official_name: str
    official_title: str
    official_nip: str


@dataclass(frozen=True)
class Payment:
    """What was paid: rupiah, the number of the SP2D, the day."""

    amount: Decimal
    order_number: str
    paid_on: datetime.date


@dataclass(frozen=True)
class NextStage:
    """The stage that may be paid next and at most how much; `waiting` says why not yet."""

    position: int
    stage: Stage
    ceiling: Decimal
    waiting: str = ""


@transaction.atomic
def record(account: Account, application: Application, content: AgreementContent) -> Agreement:
    """Number and keep the agreement on the approved amount."""
    locked = lock(application)
    roles.require_at(account, SIGN, locked.permission_place())
    if locked.state != "ditetapkan":
        raise RuleBroken(
            _("Permohonan berstatus “{state_title}”; NPHD dibuat setelah ditetapkan.").format(
                state_title=_(locked.state_title)
            )
        )
    _require_day(content.signed_on, locked.award_list.signed_on if locked.award_list else None)
    made = Agreement(application=locked, amount=locked.approved, **vars(content))
    made.full_clean(exclude=["number", "application"])
    made.number = numbering.take("agreement", locked.fiscal_year, agency=locked.agency)
    made.save()
    review.step(account, locked, "nphd")
    return made


@transaction.atomic
def pay(account: Account, application: Application, payment: Payment) -> Disbursement:
    """Record the payment of the next stage, which starts its report. Raises CeilingExceeded, RuleBroken."""
    locked = lock(application)
    roles.require_at(account, PAY, locked.permission_place())
    years.require_open(locked.fiscal_year, "execution")
    if locked.state not in PAYABLE:
        raise RuleBroken(
            _("Permohonan berstatus “{state_title}”; pencairan dicatat setelah NPHD.").format(
                state_title=_(locked.state_title)
            )
        )
    agreement = locked.agreement
    following = next_stage(agreement)
    if following is None:
        raise RuleBroken(_("Semua tahap sudah dicairkan."))
    if following.waiting:
        raise RuleBroken(following.waiting)
    _require_day(payment.paid_on, agreement.signed_on)
    if not 0 < payment.amount <= following.ceiling:
        raise CeilingExceeded(
            _("{stage} paling banyak {ceiling}, bukan {amount}.").format(
                stage=_(following.stage.title), ceiling=rupiah(following.ceiling), amount=rupiah(payment.amount)
            )
        )
    made = Disbursement(agreement=agreement, stage=following.position, title=following.stage.title, **vars(payment))
    made.full_clean(exclude=["agreement"])
    made.save()
    due = locked.kind.report_due(payment.paid_on, locked.fiscal_year.year)
    Report.objects.create(disbursement=made, due_on=due)
    if locked.state == "nphd":
        review.step(account, locked, "dicairkan")
    return made


def next_stage(agreement: Agreement) -> NextStage | None:
    """The next stage with its ceiling: the share of all stages so far, less what was paid. None after the last."""
    stages = agreement.application.kind.stages
    paid = list(agreement.disbursements.all())
    if len(paid) >= len(stages):
        return None
    position = len(paid) + 1
    share = sum((stage.percent for stage in stages[:position]), Decimal(0))
    ceiling = rounded(agreement.amount * share / HUNDRED) - total(agreement.disbursements.all(), "amount")
    stage = stages[position - 1]
    open_reports = Report.objects.filter(disbursement__agreement=agreement).exclude(state="diterima")
    waiting = ""
    if stage.after_report and open_reports.exists():
        waiting = _("{stage} menunggu laporan tahap sebelumnya diterima.").format(stage=_(stage.title))
    return NextStage(position, stage, ceiling, waiting)


def fully_paid(agreement: Agreement) -> bool:
    return total(agreement.disbursements.all(), "amount") == agreement.amount


def _require_day(day: datetime.date, earliest: datetime.date | None) -> None:
    if day > timezone.localdate():
        raise RuleBroken(_("Tanggal ini belum terjadi."))
    if earliest is not None and day < earliest:
        raise RuleBroken(
            _("Tanggal ini sebelum {earliest:%d/%m/%Y}, tanggal dokumen sebelumnya.").format(earliest=earliest)
        )
