"""KUA-PPAS: drafting ceilings, agreeing them. An agreed document is never changed; a newer one replaces it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _
from semai_kit import audit
from semai_kit.models import Account, Agency, FiscalYear
from semai_kit.money import rupiah
from semai_kit.refusals import Refused
from semai_kit.roles import require
from semai_kit.years import require_open

from ..models import Ceiling, CeilingDocument, PlanItem

EDIT = "ceiling.edit"
Level = Ceiling.Level


@dataclass(frozen=True)
class CeilingEntry:
    """One row as a file or a form gives it; an empty code is the whole OPD."""

    agency_code: str
    code: str
    amount: Decimal


@dataclass(frozen=True)
class Known:
    """A code of the work plan: its level, name and the code above it."""

    level: str
    name: str
    above: str


@transaction.atomic
def create_document(year: FiscalYear, stage: str, note: str, account: Account) -> CeilingDocument:
    """A draft with the ceilings of the newest document; the first one takes OPD and programs of e-planning."""
    require(account, EDIT)
    require_open(year)
    documents = CeilingDocument.objects.select_for_update().filter(fiscal_year=year)
    if documents.filter(agreed_on__isnull=True).exists():
        raise Refused(_("Masih ada KUA-PPAS yang belum disepakati. Sepakati dahulu, atau ubah yang itu."))
    number = (documents.aggregate(last=Max("number"))["last"] or 0) + 1
    document = CeilingDocument.objects.create(
        fiscal_year=year, stage=stage, number=number, note=note, created_by=account
    )
    last = documents.filter(number__lt=number).order_by("-number").first()
    audit.bulk_create(_copied(document, last) if last else _from_plan(document, year))
    return document


def _copied(document: CeilingDocument, last: CeilingDocument) -> list[Ceiling]:
    return [
        Ceiling(
            document=document, agency_id=row.agency_id, level=row.level, code=row.code, name=row.name,
            amount=row.amount,
        )
        for row in last.ceilings.all()
    ]  # fmt: skip


def _from_plan(document: CeilingDocument, year: FiscalYear) -> list[Ceiling]:
    rows: dict[tuple[int, str], Ceiling] = {}
    items = PlanItem.objects.filter(fiscal_year=year, vanished_at__isnull=True).select_related("agency")
    for item in items:
        for level, code, name in (
            (Level.AGENCY, "", item.agency.name),
            (Level.PROGRAM, item.program_code, item.program_name),
        ):
            row = rows.setdefault(
                (item.agency_id, code),
                Ceiling(
                    document=document, agency=item.agency, level=level, code=code, name=name, amount=Decimal(0)
                ),
            )
            row.amount += item.pagu
    return list(rows.values())


def known_codes(year: FiscalYear) -> dict[tuple[str, str], Known]:
    """What a ceiling may stand for, by OPD code and code."""
    known: dict[tuple[str, str], Known] = {
        (agency.code, ""): Known(Level.AGENCY, agency.name, "")
        for agency in Agency.objects.filter(plan_items__fiscal_year=year).distinct()
    }
    for item in PlanItem.objects.filter(fiscal_year=year).select_related("agency"):
        agency = item.agency.code
        known[agency, item.program_code] = Known(Level.PROGRAM, item.program_name, "")
        known[agency, item.activity_code] = Known(Level.ACTIVITY, item.activity_name, item.program_code)
        known[agency, item.sub_activity_code] = Known(
            Level.SUB_ACTIVITY, item.sub_activity_name, item.activity_code
        )
    return known


def entry_problem(entry: CeilingEntry, known: dict[tuple[str, str], Known]) -> str:
    """Why a row cannot be taken, or nothing."""
    if (entry.agency_code, "") not in known:
        return _("OPD {agency_code} tidak punya rencana kerja tahun ini.").format(agency_code=entry.agency_code)
    if (entry.agency_code, entry.code) not in known:
        return _("Kode {code} tidak ada dalam rencana kerja OPD {agency_code}.").format(
            code=entry.code, agency_code=entry.agency_code
        )
    if entry.amount < 0 or entry.amount > Decimal("999999999999999"):
        return _("Plafon harus antara 0 dan 999.999.999.999.999.")
    return ""


@transaction.atomic
def write_ceilings(document_id: int, entries: Sequence[CeilingEntry], account: Account) -> int:
    """Set the ceilings of these codes, all or none; codes not named stay. Returns how many."""
    require(account, EDIT)
    document = _draft(document_id)
    known = known_codes(document.fiscal_year)
    problems = [problem for entry in entries if (problem := entry_problem(entry, known))]
    if problems:
        raise Refused(" ".join(problems[:5]))
    agencies = {agency.code: agency for agency in Agency.objects.all()}
    rows = {(row.agency_id, row.code): row for row in document.ceilings.all()}
    for entry in entries:
        agency, found = agencies[entry.agency_code], known[entry.agency_code, entry.code]
        row = rows.get((agency.pk, entry.code)) or Ceiling(document=document, agency=agency, code=entry.code)
        row.level, row.name, row.amount = found.level, found.name, entry.amount
        row.save()
        rows[agency.pk, entry.code] = row
    return len(entries)


@transaction.atomic
def remove_ceiling(ceiling_id: int, account: Account) -> None:
    require(account, EDIT)
    row = Ceiling.objects.filter(pk=ceiling_id).first()
    if row is None:
        raise Refused(_("Plafon ini sudah dihapus."))
    _draft(row.document_id)
    row.delete()


def document_problems(document: CeilingDocument) -> list[str]:
    """What keeps a document from being agreed: no rows, or parts that sum to more than the whole."""
    rows = list(document.ceilings.select_related("agency"))
    if not rows:
        return [_("Belum ada plafon.")]
    known = known_codes(document.fiscal_year)
    amounts = {(row.agency.code, row.code): row for row in rows}
    parts: dict[tuple[str, str], Decimal] = {}
    for (agency, code), row in amounts.items():
        above = known[agency, code].above if code else None
        while above and (agency, above) not in amounts:
            above = known[agency, above].above
        if above is not None and (agency, above) in amounts:
            parts[agency, above] = parts.get((agency, above), Decimal(0)) + row.amount
    return [
        _("Plafon di bawah {name} {code} berjumlah {summed}, melebihi plafonnya {amount}.").format(
            name=amounts[key].agency.name, code=key[1], summed=rupiah(summed), amount=rupiah(amounts[key].amount)
        )
        for key, summed in sorted(parts.items())
        if summed > amounts[key].amount
    ]


@transaction.atomic
def agree(document_id: int, agreement: str, agreed_on: date, account: Account) -> CeilingDocument:
    """From now on the document holds, and nobody changes it."""
    require(account, EDIT)
    document = _draft(document_id)
    problems = document_problems(document)
    if problems:
        raise Refused(" ".join(problems))
    if not agreement.strip():
        raise Refused(_("Isi nomor nota kesepakatan."))
    document.agreement, document.agreed_on = agreement.strip(), agreed_on
    document.save()
    return document


def _draft(document_id: int) -> CeilingDocument:
    document = (
        CeilingDocument.objects.select_for_update(of=("self",)).select_related("fiscal_year").get(pk=document_id)
    )
    require_open(document.fiscal_year)
    if document.is_agreed:
        raise Refused(_("KUA-PPAS ini sudah disepakati dan tidak dapat diubah. Buat yang baru."))
    return document
