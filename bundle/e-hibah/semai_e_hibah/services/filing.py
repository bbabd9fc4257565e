"""Filing: by people themselves (account None) or at the counter; data, documents, sending, withdrawing.

People prove an application theirs by its number and code before any of these run (services/codes.py).
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass, fields
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from semai_kit import attachments, numbering, roles, workflow, years
from semai_kit.models import Account, FiscalYear, Village

from .. import identity, masking, reference
from ..errors import FilingClosed, RuleBroken
from ..models import Amount, Applicant, Application, Document
from . import codes, telling, windows

OPEN_TO_APPLICANT = ("draf", "kurang")
ACT = "applicant.act"
DOCUMENTS_LIMIT = 30


@dataclass(frozen=True)
class ApplicantContent:
    """Who asks, with numbers as typed; they are checked and normalised here."""

    form_id: str
    name: str
    person_name: str
    nik: str
    npwp: str
    deed_number: str
    registered_on: datetime.date | None
    address: str
    phone: str
    email: str
    bank_name: str
    bank_account: str
    bank_holder: str


@dataclass(frozen=True)
class FilingContent:
    """An application as its applicant writes it; `asked` in rupiah."""

    kind_id: str
    title: str
    purpose: str
    village: Village
    asked: Decimal
    applicant: ApplicantContent


@dataclass(frozen=True)
class Filed:
    """What filing gives: the code is known here and nowhere else. `again`: the same form had been filed before."""

    application: Application
    code: str
    again: bool = False


class _SentBefore(Exception):
    """A form with this word was filed; the applicant and its application are what was sent now."""

    def __init__(self, applicant: Applicant) -> None:
        self.applicant = applicant


def file(
    content: FilingContent,
    *,
    nonce: str | None = None,
    account: Account | None = None,
    year: FiscalYear | None = None,
) -> Filed:
    """Enter an application as a draft with number and code.

    People file for the year whose window is open; the counter (account) for a year it names. The same form again
    (`nonce` is its word) files nothing: its first answer was lost on the way, so it gets the number and a new code.
    Raises FilingClosed, Denied, YearClosed, ValidationError, RuleBroken when the form was sent with other content.
    """
    try:
        return _enter(content, nonce, account, year)
    except _SentBefore as sent:
        return _as_before(sent.applicant)


@transaction.atomic
def _enter(content: FilingContent, nonce: str | None, account: Account | None, year: FiscalYear | None) -> Filed:
    if account is not None:
        roles.require(account, ACT)
    year = year if account is not None and year is not None else windows.open_year()
    if year is None:
        raise FilingClosed(_("Masa pengajuan sedang ditutup."))
    years.require_open(year)
    code = codes.make()
    application = Application(fiscal_year=year, created_by=account, form_nonce=nonce)
    applicant = Applicant(application=application)
    _fill(application, applicant, content)
    if _was_sent(nonce):
        raise _SentBefore(applicant)
    application.number = numbering.take("registration", year)
    application.code_digest = codes.digest(application.number, code)
    try:
        with transaction.atomic():
            application.save()
    except IntegrityError:
        if _was_sent(nonce):  # twice at once
            raise _SentBefore(applicant) from None
        raise
    applicant.application = application
    applicant.save()
    _note_asked(application, account)
    return Filed(application, code)


def _was_sent(nonce: str | None) -> bool:
    return nonce is not None and Application.objects.filter(form_nonce=nonce).exists()


def _as_before(applicant: Applicant) -> Filed:
    """Answer a form that was filed. Whoever sends the same page with the same content is who filed it."""
    asked = applicant.application
    filed = Application.objects.select_related("applicant").get(form_nonce=asked.form_nonce)
    same = all(
        getattr(now, name) == getattr(then, name)
        for now, then, names in (
            (asked, filed, ("kind_id", "title", "purpose", "village_id", "asked")),
            (applicant, filed.applicant, [field.name for field in fields(ApplicantContent)]),
        )
        for name in names
    )
    if not same or filed.state != "draf":
        raise RuleBroken(_("Formulir ini sudah terkirim. Buka permohonan Anda dengan nomor dan kode rahasia."))
    return Filed(filed, codes.replace(filed), again=True)


@transaction.atomic
def change(application: Application, content: FilingContent, account: Account | None = None) -> Application:
    """Change what is still with the applicant; the kind stays."""
    locked = lock_own(application, account)
    if content.kind_id != locked.kind_id:
        raise RuleBroken(_("Jenis permohonan tidak dapat diganti. Buat permohonan baru."))
    asked = locked.asked
    applicant = locked.applicant
    _fill(locked, applicant, content)
    locked.save()
    applicant.save()
    if locked.asked != asked:
        _note_asked(locked, account)
    return locked


@transaction.atomic
def add_document(
    application: Application, kind_id: str, upload: UploadedFile, account: Account | None = None
) -> Document:
    """Keep a document; an earlier one of the same kind is superseded. The given file name is not kept."""
    locked = lock_own(application, account)
    if kind_id not in locked.kind.documents:
        raise RuleBroken(_("Jenis berkas ini tidak diminta."))
    if locked.documents.count() >= DOCUMENTS_LIMIT:
        raise RuleBroken(_("Terlalu banyak berkas diunggah untuk permohonan ini."))
    ending = (upload.name or "").rpartition(".")[2].lower()[:5]
    upload.name = f"{kind_id}.{ending}"
    attachment = attachments.attach(locked, upload, account, limit=reference.filing().upload_bytes)
    for earlier in locked.documents.filter(kind_id=kind_id, superseded=False):
        earlier.superseded = True
        earlier.save(update_fields=["superseded"])
    return Document.objects.create(application=locked, kind_id=kind_id, attachment=attachment)


@transaction.atomic
def submit(application: Application, account: Account | None = None) -> Application:
    """Send to the office. Raises RuleBroken naming the missing documents, FilingClosed after the window."""
    locked = lock_own(application, account)
    missing = missing_documents(locked)
    if missing:
        names = ", ".join(_(reference.document(kind_id).title) for kind_id in missing)
        raise RuleBroken(_("Berkas belum lengkap: {names}.").format(names=names))
    first = locked.filed_on is None
    if first and account is None and windows.open_year() != locked.fiscal_year:
        raise FilingClosed(_("Masa pengajuan sudah ditutup, jadi permohonan ini tidak dapat dikirim."))
    workflow.transition(locked, "diajukan", account)
    if first:
        locked.filed_on = timezone.localdate()
    _arrived(locked)
    telling.arrived(locked)
    return locked


@transaction.atomic
def withdraw(application: Application, reason: str, account: Account | None = None) -> Application:
    """End an application that is with its applicant."""
    locked = lock_own(application, account)
    refuse_identifiers(reason)
    workflow.transition(locked, "ditarik", account, reason)
    _arrived(locked, reason)
    return locked


def missing_documents(application: Application) -> list[str]:
    """Kinds of documents that are asked for and not there, in the order of the data."""
    there = set(application.documents.filter(superseded=False).values_list("kind_id", flat=True))
    return [kind_id for kind_id in application.kind.documents if kind_id not in there]


def lock_own(application: Application, account: Account | None) -> Application:
    """The row, locked, while it is with the applicant. Raises RuleBroken, Denied."""
    if account is not None:
        roles.require(account, ACT)
    locked = lock(application)
    if locked.state not in OPEN_TO_APPLICANT:
        raise RuleBroken(
            _("Permohonan ini berstatus “{state_title}”, jadi isinya tidak dapat diubah.").format(
                state_title=_(locked.state_title)
            )
        )
    years.require_open(locked.fiscal_year)
    return locked


def lock(application: Application) -> Application:
    """The row as it is now, locked until the end of the transaction."""
    related = ("fiscal_year", "agency", "village__district", "applicant")
    return Application.objects.select_for_update(of=("self",)).select_related(*related).get(pk=application.pk)


def refuse_identifiers(*texts: str) -> None:
    """Raise RuleBroken when a text that the public may read holds a NIK, telephone number or the like."""
    if any(masking.identifiers_in(text) for text in texts):
        raise RuleBroken(
            _(
                "Jangan menulis NIK, nomor telepon, nomor rekening, atau surel di sini; "
                "tulisan ini dapat dibaca umum."
            )
        )


def _arrived(application: Application, reason: str = "") -> None:
    application.state_since = timezone.now()
    application.last_reason = reason.strip()
    application.save(update_fields=["filed_on", "state_since", "last_reason", "updated_at"])


def _note_asked(application: Application, account: Account | None) -> None:
    Amount.objects.create(
        application=application, stage=Amount.Stage.ASKED, amount=application.asked, account=account
    )


def _fill(application: Application, applicant: Applicant, content: FilingContent) -> None:
    """Put checked content into the rows; raises ValidationError with the fault of every field."""
    faults: dict[str, list[str]] = {}
    application.kind_id = content.kind_id
    application.title, application.purpose = content.title.strip(), content.purpose.strip()
    application.village, application.asked = content.village, content.asked
    for field in ("title", "purpose"):
        if masking.identifiers_in(getattr(application, field)):
            faults[field] = [_("Jangan menulis NIK, nomor telepon, nomor rekening, atau surel di sini.")]
    for field in fields(ApplicantContent):
        setattr(applicant, field.name, getattr(content.applicant, field.name))
    faults |= _check_applicant(applicant, application.kind)
    for record, skipped in ((application, ("number", "state", "fiscal_year")), (applicant, ("application",))):
        try:
            record.full_clean(exclude=[*skipped, *faults, "identity", "form_nonce", "code_digest"])
        except ValidationError as error:
            faults |= error.message_dict
    if faults:
        raise ValidationError(faults)
    applicant.identity = identity.key(
        is_person=applicant.is_person,
        person_nik=applicant.nik,
        npwp16=applicant.npwp,
        deed=applicant.deed_number,
    )


def _check_applicant(applicant: Applicant, kind: reference.Kind) -> dict[str, list[str]]:
    faults: dict[str, list[str]] = {}
    if applicant.form_id not in kind.forms:
        faults["form_id"] = [_("Bentuk pemohon ini tidak dapat mengajukan jenis yang dipilih.")]
    if applicant.is_person:
        applicant.name = applicant.person_name
        applicant.deed_number, applicant.registered_on = "", None
    today = timezone.localdate()
    for field, check in (
        ("nik", lambda text: identity.nik(text, today)),
        ("npwp", identity.npwp),
        ("phone", identity.phone),
        ("bank_account", identity.bank_account),
    ):
        text = getattr(applicant, field).strip()
        if not text and field == "npwp" and "npwp" not in applicant.form.needs:
            continue
        try:
            setattr(applicant, field, check(text))
        except ValueError as error:
            faults[field] = [str(error)]
    if "deed" in applicant.form.needs:
        if not applicant.deed_number.strip():
            faults["deed_number"] = [_("Isi nomor akta atau surat terdaftar.")]
        if applicant.registered_on is None:
            faults["registered_on"] = [_("Isi tanggal akta atau tanggal terdaftar.")]
    if applicant.registered_on and applicant.registered_on > today:
        faults["registered_on"] = [_("Tanggal ini belum terjadi.")]
    return faults
