"""Lists of recipients (DNC-PBH): composed by TAPD, signed by the head of region, which decides."""

from __future__ import annotations

from decimal import Decimal

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from semai_kit import numbering, officials, roles, workflow, years
from semai_kit.models import Account, FiscalYear
from semai_kit.money import rupiah

from ..errors import CeilingExceeded, RuleBroken
from ..models import Application, AwardList, GrantLine
from . import budget, review, telling

VIEW, EDIT = "award.view", "award.edit"
DRAFT, SIGNED = "draf", "ditandatangani"
APPROVED = "disetujui"


@transaction.atomic
def create(account: Account, year: FiscalYear, title: str) -> AwardList:
    """A new list with every approved application of the year that is in none."""
    roles.require(account, EDIT)
    years.require_open(year)
    made = AwardList(fiscal_year=year, created_by=account, title=title.strip())
    made.full_clean(exclude=["state"])
    made.save()
    waiting = Application.objects.filter(fiscal_year=year, state=APPROVED, award_list=None)
    for application in waiting.select_for_update(of=("self",)):
        _put(application, made)
    return made


@transaction.atomic
def add(account: Account, award_list: AwardList, application: Application) -> None:
    held = _draft(account, award_list)
    locked = _waiting(application)
    if locked.fiscal_year_id != held.fiscal_year_id or locked.award_list_id is not None:
        raise RuleBroken(_("Permohonan ini dari tahun lain atau sudah ada dalam sebuah daftar."))
    _put(locked, held)


@transaction.atomic
def take_out(account: Account, award_list: AwardList, application: Application) -> None:
    held = _draft(account, award_list)
    locked = _waiting(application)
    if locked.award_list_id != held.pk:
        raise RuleBroken(_("Permohonan ini tidak ada dalam daftar."))
    _put(locked, None)


@transaction.atomic
def move(account: Account, award_list: AwardList, to: str, reason: str = "") -> AwardList:
    """Submit, return or sign a list. Signing numbers it and moves its applications, unless a ceiling fell."""
    held = _lock(award_list)
    applications = list(held.applications.select_for_update(of=("self",)).order_by("pk"))
    if to != DRAFT and not applications:
        raise RuleBroken(_("Daftar ini kosong."))
    workflow.transition(held, to, account, reason)
    if to == SIGNED:
        _sign(account, held, applications)
    telling.list_moved(held, account)
    return held


def _sign(account: Account, held: AwardList, applications: list[Application]) -> None:
    _require_ceilings(applications)
    signer = officials.signatory(on=timezone.localdate())
    held.number = numbering.take("award_list", held.fiscal_year)
    held.signed_on = timezone.localdate()
    held.signer_title = f"{signer.acting} {signer.title}".strip()
    held.signer_name = signer.name
    held.save()
    for application in applications:
        review.step(account, application, "ditetapkan")


def _require_ceilings(applications: list[Application]) -> None:
    """Ceilings may have changed since each amount was approved: look once more, with every line locked."""
    lines = GrantLine.objects.filter(pk__in={a.grant_line_id for a in applications}).order_by("pk")
    for line in lines.select_for_update(of=("self",)):
        used = budget.committed(line)
        if line.vanished_at is not None or used > line.ceiling:
            ceiling = Decimal(0) if line.vanished_at else line.ceiling
            raise CeilingExceeded(
                _(
                    "Rekening {account_code}: disetujui {approved}, pagu sekarang {ceiling}. "
                    "Tinjau ulang permohonannya sebelum ditandatangani."
                ).format(account_code=line.account_code, approved=rupiah(used), ceiling=rupiah(ceiling))
            )


def _put(application: Application, award_list: AwardList | None) -> None:
    application.award_list = award_list
    application.save(update_fields=["award_list", "updated_at"])


def _draft(account: Account, award_list: AwardList) -> AwardList:
    roles.require(account, EDIT)
    held = _lock(award_list)
    years.require_open(held.fiscal_year)
    if held.state != DRAFT:
        raise RuleBroken(
            _("Daftar ini “{state_title}”, jadi isinya tidak dapat diubah.").format(state_title=_(held.state_title))
        )
    return held


def _waiting(application: Application) -> Application:
    locked = Application.objects.select_for_update(of=("self",)).get(pk=application.pk)
    if locked.state != APPROVED:
        raise RuleBroken(_("Permohonan ini berstatus “{state_title}”.").format(state_title=_(locked.state_title)))
    return locked


def _lock(award_list: AwardList) -> AwardList:
    related = AwardList.objects.select_related("fiscal_year")
    return related.select_for_update(of=("self",)).get(pk=award_list.pk)
