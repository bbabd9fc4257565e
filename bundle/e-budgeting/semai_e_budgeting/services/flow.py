"""The way of an RKA: send (makes an immutable version), asistensi, return, TAPD, lock; and remarks on the way."""

from decimal import Decimal

from django.db import transaction
from django.db.models import Sum
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from semai_kit import notifications
from semai_kit.languages import counted
from semai_kit.models import Account
from semai_kit.money import rupiah
from semai_kit.refusals import Refused
from semai_kit.roles import holders, require
from semai_kit.workflow import Transition, available, transition
from semai_kit.years import require_open

from ..errors import NotEditable, SendRefused
from ..models import (
    LineFields,
    PlanDifference,
    PlanItem,
    Remark,
    Rka,
    RkaLine,
    RkaVersion,
    RkaVersionItem,
    RkaVersionLine,
)
from .limits import excesses, limits_of, shift_problems, sums_of
from .states import EDITABLE, LOCKED, REOPENED, SENT, UNDER_REVIEW

COPIED = tuple(field.attname for field in LineFields._meta.fields)


@transaction.atomic
def move_rka(rka_id: int, to: str, account: Account, reason: str = "") -> Rka:
    """One step of the workflow; the kit checks permission, legality and reason, this checks the figures."""
    rka = Rka.objects.select_for_update(of=("self",)).select_related("agency", "fiscal_year").get(pk=rka_id)
    require(account, "budget.view", agency=rka.agency)
    require_open(rka.fiscal_year)
    if not is_ordinary(rka.state, to):
        raise Refused(_("Pergeseran dibuka dan dibatalkan dari halaman DPA."))
    if to in (SENT, LOCKED):
        problems = problems_of(rka)
        if problems:
            raise SendRefused(problems)
    transition(rka, to, account, reason)
    if to == SENT:
        make_version(rka, account)
    waiting = _next_actors(rka, account)
    title, address = f"{rka}: {rka.state_title}", reverse("budget:rka", args=[rka.pk])
    notifications.notify(waiting, title, address, body=reason.strip())
    return rka


def _next_actors(rka: Rka, but: Account) -> list[Account]:
    """Who may take the next ordinary step; whoever could drop a pergeseran need not hear of every step.

    What is locked waits for a decree.
    """
    steps = [step for step in rka.workflow().leaving(rka.state) if is_ordinary(rka.state, step.to)]
    permissions = dict.fromkeys(step.permission for step in steps)
    if rka.state == LOCKED:
        permissions["budget.decree"] = None
    found = [who for name in permissions for who in holders(name, rka.permission_place()) if who.pk != but.pk]
    return list({who.pk: who for who in found}.values())


def is_ordinary(origin: str, to: str) -> bool:
    """Opening and dropping a pergeseran move an RKA too, but only together with its round (services/rounds.py)."""
    return to != REOPENED and not (to == LOCKED and origin in EDITABLE)


def ordinary_steps(rka: Rka, account: Account) -> list[Transition]:
    return [step for step in available(rka, account) if is_ordinary(rka.state, step.to)]


def problems_of(rka: Rka) -> list[str]:
    """Everything that keeps an RKA from being sent or locked, as full sentences."""
    limits = limits_of(rka)
    beyond = excesses(rka, limits, {}, sums_of(rka)) + shift_problems(rka, limits)
    return (_plan_problems(rka) if limits.follows_plan else []) + beyond


def _plan_problems(rka: Rka) -> list[str]:
    items = list(
        PlanItem.objects.filter(fiscal_year_id=rka.fiscal_year_id, agency_id=rka.agency_id).annotate(
            used=Sum("lines__total")
        )
    )
    problems = []
    if not any(item.used for item in items):
        problems.append(_("Belum ada rincian belanja."))
    for item in items:
        used = item.used or Decimal(0)
        if item.vanished_at is not None and used:
            problems.append(
                _(
                    "{item} tidak ada lagi di e-planning tetapi masih berisi {used}; "
                    "pindahkan atau hapus rinciannya."
                ).format(item=item, used=rupiah(used))
            )
        elif used > item.pagu:
            problems.append(
                _("{item} melebihi pagu: pagu {pagu}, rincian {used}, kelebihan {excess}.").format(
                    item=item, pagu=rupiah(item.pagu), used=rupiah(used), excess=rupiah(used - item.pagu)
                )
            )
    waiting = PlanDifference.objects.filter(
        item__fiscal_year_id=rka.fiscal_year_id, item__agency_id=rka.agency_id, field="pagu"
    ).count()
    if waiting:
        problems.append(
            counted(
                "Ada {waiting} perubahan pagu dari e-planning yang belum diterima OPD.",
                waiting,
            ).format(waiting=waiting)
        )
    return problems


def make_version(rka: Rka, account: Account) -> RkaVersion:
    """Snapshot of every sub kegiatan and line, inside the transaction that sends the RKA."""
    lines = list(RkaLine.objects.filter(rka=rka).select_related("item", "account", "funding"))
    number = (rka.versions.order_by("-number").values_list("number", flat=True).first() or 0) + 1
    total = sum((line.total for line in lines), Decimal(0))
    version = RkaVersion.objects.create(rka=rka, number=number, total=total, made_by=account)
    RkaVersionItem.objects.bulk_create(_version_items(version, rka, lines))
    RkaVersionLine.objects.bulk_create([_version_line(version, line) for line in lines])
    return version


def _version_items(version: RkaVersion, rka: Rka, lines: list[RkaLine]) -> list[RkaVersionItem]:
    used: dict[int, Decimal] = {}
    for line in lines:
        used[line.item_id] = used.get(line.item_id, Decimal(0)) + line.total
    items = PlanItem.objects.filter(fiscal_year_id=rka.fiscal_year_id, agency_id=rka.agency_id)
    return [
        RkaVersionItem(
            version=version,
            sub_activity_code=item.sub_activity_code,
            sub_activity_name=item.sub_activity_name,
            program_name=item.program_name,
            activity_name=item.activity_name,
            pagu=item.pagu,
            total=used.get(item.pk, Decimal(0)),
        )
        for item in items
        if item.vanished_at is None or item.pk in used
    ]


def _version_line(version: RkaVersion, line: RkaLine) -> RkaVersionLine:
    return RkaVersionLine(
        version=version,
        line_id=line.pk,
        sub_activity_code=line.item.sub_activity_code,
        sub_activity_name=line.item.sub_activity_name,
        account_code=line.account.code,
        account_name=line.account.name,
        funding_code=line.funding.code,
        funding_name=line.funding.name,
        **{field: getattr(line, field) for field in COPIED},
    )


@transaction.atomic
def add_remark(
    rka_id: int, text: str, account: Account, *, item_id: int | None = None, line_id: int | None = None
) -> Remark:
    """A remark stays for ever; it belongs to the version under review."""
    rka = Rka.objects.select_related("agency").get(pk=rka_id)
    require(account, "budget.remark", agency=rka.agency)
    if rka.state not in UNDER_REVIEW:
        raise NotEditable(_("Catatan hanya dapat ditulis saat RKA sedang diperiksa."))
    if not text.strip():
        raise Refused(_("Isi catatan."))
    line = RkaLine.objects.filter(pk=line_id, rka=rka).first() if line_id else None
    item = (
        line.item if line else PlanItem.objects.filter(pk=item_id, agency=rka.agency).first() if item_id else None
    )
    return Remark.objects.create(
        rka=rka,
        version=rka.versions.order_by("-number").first(),
        item=item,
        line_id=line.pk if line else None,
        line_text=line.description if line else "",
        text=text.strip(),
        author=account,
    )


@transaction.atomic
def answer_remark(remark_id: int, text: str, account: Account) -> Remark:
    remark = Remark.objects.select_for_update(of=("self",)).select_related("rka__agency").get(pk=remark_id)
    require(account, "budget.edit", agency=remark.rka.agency)
    if not text.strip():
        raise Refused(_("Isi tanggapan."))
    if remark.answer:
        raise Refused(_("Catatan ini sudah ditanggapi."))
    remark.answer = text.strip()
    remark.answered_by = account
    remark.answered_at = timezone.now()
    remark.save()
    return remark
