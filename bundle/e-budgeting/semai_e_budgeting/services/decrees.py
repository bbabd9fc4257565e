"""A Perda or Perkada makes DPA versions of what was locked: the APBD, a pergeseran, or the Perubahan."""

from dataclasses import dataclass
from datetime import date

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _
from semai_kit import notifications, numbering
from semai_kit.models import Account, FiscalYear
from semai_kit.refusals import Refused
from semai_kit.roles import Place, holders, require
from semai_kit.years import require_open

from ..models import Decree, DpaVersion, Rka, RkaVersion, Round
from ..shifts import round_kinds
from .cash import plan_months
from .limits import open_round
from .states import LOCKED

MANAGE = "budget.decree"
FIRST_LABEL = "DPA"


@dataclass(frozen=True)
class DecreeEntry:
    """`partial`: agree although OPD are missing, whose DPA follow later under the same decree."""

    kind: str
    number: str
    decided_on: date
    note: str = ""
    partial: bool = False


def kinds_under(decree_kind: str) -> list[str]:
    return [kind.id for kind in round_kinds().values() if kind.decree == decree_kind]


def ready_rkas(year: FiscalYear, kind: str) -> list[Rka]:
    """Locked RKA for which a decree of this kind makes a DPA version."""
    rows = Rka.objects.filter(fiscal_year=year, state=LOCKED).select_related("agency", "fiscal_year")
    if kind == Decree.Kind.BUDGET:
        rows = rows.filter(dpas__isnull=True)
    else:
        rows = rows.filter(rounds__outcome=Round.Outcome.OPEN, rounds__kind__in=kinds_under(kind))
    return list(rows.order_by("agency__code"))


def missing_rkas(year: FiscalYear, kind: str) -> list[Rka]:
    """RKA that the decree would concern but that are not locked yet."""
    rows = Rka.objects.filter(fiscal_year=year).exclude(state=LOCKED).select_related("agency", "fiscal_year")
    if kind == Decree.Kind.BUDGET:
        rows = rows.filter(dpas__isnull=True)
    else:
        rows = rows.filter(rounds__outcome=Round.Outcome.OPEN, rounds__kind__in=kinds_under(kind))
    return list(rows.order_by("agency__code"))


@transaction.atomic
def register_decree(year: FiscalYear, entry: DecreeEntry, account: Account) -> Decree:
    """Note the decree and issue the DPA of every RKA that is ready for it."""
    require(account, MANAGE)
    require_open(year)
    if entry.kind not in Decree.Kind.values or not entry.number.strip():
        raise Refused(_("Isi jenis dan nomor Perda/Perkada."))
    decrees = Decree.objects.select_for_update().filter(fiscal_year=year)
    known = decrees.filter(kind=Decree.Kind.BUDGET).first()
    if entry.kind == Decree.Kind.BUDGET and known is not None:
        raise Refused(
            _("APBD {year} sudah ditetapkan dengan {number}. Terbitkan DPA susulan di sana.").format(
                year=year.year, number=known.number
            )
        )
    if entry.kind != Decree.Kind.BUDGET and known is None:
        raise Refused(_("APBD {year} belum ditetapkan.").format(year=year.year))
    if known is not None and entry.decided_on < known.decided_on:
        raise Refused(_("Tanggal penetapan tidak boleh sebelum tanggal penetapan APBD."))
    if decrees.filter(kind=entry.kind, number=entry.number.strip()).exists():
        raise Refused(_("Penetapan nomor {number} sudah dicatat.").format(number=entry.number))
    ready, missing = ready_rkas(year, entry.kind), missing_rkas(year, entry.kind)
    if not ready:
        raise Refused(_("Belum ada RKA terkunci yang menunggu penetapan ini."))
    if missing and not entry.partial:
        names = ", ".join(rka.agency.name for rka in missing)
        raise Refused(
            _("RKA belum terkunci: {names}. Kunci dahulu, atau centang bahwa DPA mereka menyusul.").format(
                names=names
            )
        )
    decree = Decree.objects.create(
        fiscal_year=year,
        created_by=account,
        kind=entry.kind,
        number=entry.number.strip(),
        decided_on=entry.decided_on,
        note=entry.note.strip(),
    )
    _issue(decree, account)
    return decree


@transaction.atomic
def issue_documents(decree_id: int, account: Account) -> int:
    """DPA of the RKA that were locked after the decree was noted. Returns how many."""
    require(account, MANAGE)
    decree = Decree.objects.select_for_update(of=("self",)).select_related("fiscal_year").get(pk=decree_id)
    require_open(decree.fiscal_year)
    made = _issue(decree, account)
    if not made:
        raise Refused(_("Tidak ada RKA terkunci yang menunggu penetapan ini."))
    return made


def _issue(decree: Decree, account: Account) -> int:
    wanted = [rka.pk for rka in ready_rkas(decree.fiscal_year, decree.kind)]
    locked = Rka.objects.select_for_update(of=("self",)).filter(pk__in=wanted).order_by("pk")
    rows = list(locked.select_related("agency", "fiscal_year"))
    ready = {rka.pk for rka in ready_rkas(decree.fiscal_year, decree.kind)}  # as it is now that the rows are ours
    return len([_make(rka, decree, account) for rka in rows if rka.pk in ready])


def _make(rka: Rka, decree: Decree, account: Account) -> DpaVersion:
    before = rka.dpas.order_by("-number").first()
    opened = open_round(rka)
    version = RkaVersion.objects.filter(rka=rka).order_by("-number")[0]
    label = round_kinds()[opened.kind].label_of(opened_number(opened)) if opened else FIRST_LABEL
    dpa = DpaVersion.objects.create(
        rka=rka,
        number=before.number + 1 if before else 1,
        label=label,
        document_number=numbering.take("dpa", rka.fiscal_year, agency=rka.agency),
        decree=decree,
        rka_version=version,
        total=version.total,
        made_by=account,
    )
    if opened is not None:
        opened.result, opened.outcome = dpa, Round.Outcome.AGREED
        opened.save()
    plan_months(dpa, before, decree.decided_on.month if decree.decided_on.year == rka.fiscal_year.year else 1)
    planners = holders("budget.edit", Place(agency=rka.agency))
    notifications.notify(planners, f"{label} terbit: {rka.agency.name}", reverse("budget:dpa", args=[rka.pk]))
    return dpa


def opened_number(opened: Round) -> int:
    """Which one of its label it is: dropped rounds do not count, and a Perubahan is no pergeseran."""
    same = kinds_under(round_kinds()[opened.kind].decree)
    agreed = Round.objects.filter(rka_id=opened.rka_id, outcome=Round.Outcome.AGREED, kind__in=same)
    return agreed.count() + 1
