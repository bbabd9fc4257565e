"""Accountability reports: handed in by the recipient (account None) or at the counter, checked by the OPD."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from semai_kit import attachments, roles, workflow
from semai_kit.models import Account, Attachment
from semai_kit.money import rupiah

from .. import reference
from ..errors import RuleBroken
from ..models import Application, Report
from . import agreements, review, telling
from .filing import ACT, lock, refuse_identifiers

WITH_RECIPIENT = ("ditunggu", "dikembalikan")
FILES_LIMIT = 20
CHECK = "report.check"


@dataclass(frozen=True)
class ReportContent:
    """What became of the money, in rupiah: spent and returned together are what was paid."""

    spent: Decimal
    returned: Decimal
    narrative: str


@transaction.atomic
def write(report: Report, content: ReportContent, account: Account | None = None) -> Report:
    """Keep figures and words while the report is with the recipient."""
    held = _lock_own(report, account)
    paid = held.disbursement.amount
    if content.spent < 0 or content.returned < 0 or content.spent + content.returned != paid:
        given = rupiah(content.spent + content.returned)
        raise RuleBroken(
            _("Dana dipakai dan sisa harus berjumlah {paid}, bukan {given}.").format(paid=rupiah(paid), given=given)
        )
    if not content.narrative.strip():
        raise RuleBroken(_("Isi uraian pelaksanaan."))
    refuse_identifiers(content.narrative)
    held.spent, held.returned, held.narrative = content.spent, content.returned, content.narrative.strip()
    held.full_clean(exclude=["disbursement", "state"])
    held.save()
    return held


@transaction.atomic
def add_file(report: Report, upload: UploadedFile, account: Account | None = None) -> Attachment:
    """Keep a photo or a document (receipts as PDF). The given file name is not kept."""
    held = _lock_own(report, account)
    number = attachments.of(held).count() + 1
    if number > FILES_LIMIT:
        raise RuleBroken(_("Paling banyak {limit} berkas per laporan.").format(limit=FILES_LIMIT))
    ending = (upload.name or "").rpartition(".")[2].lower()[:5]
    upload.name = f"laporan-{number}.{ending}"
    return attachments.attach(held, upload, account, limit=reference.filing().upload_bytes)


@transaction.atomic
def submit(report: Report, account: Account | None = None) -> Report:
    """Hand in: figures, at least one photo and one document."""
    held = _lock_own(report, account)
    types = set(attachments.of(held).values_list("media_type", flat=True))
    missing = []
    if held.spent is None:
        missing.append(_("isian dana dipakai dan sisa"))
    if not any(kind.startswith("image/") for kind in types):
        missing.append(_("foto kegiatan"))
    if "application/pdf" not in types:
        missing.append(_("bukti pengeluaran (PDF)"))
    if missing:
        raise RuleBroken(_("Laporan belum lengkap: {missing}.").format(missing=", ".join(missing)))
    workflow.transition(held, "diserahkan", account)
    held.submitted_on, held.last_reason = timezone.localdate(), ""
    held.save(update_fields=["submitted_on", "last_reason", "updated_at"])
    telling.handed_in(held)
    return held


@transaction.atomic
def check(account: Account, report: Report, to: str, reason: str = "") -> Report:
    """Accept or return a report; the last accepted one of a fully paid grant ends the application."""
    application = lock(_application(report))
    held = _lock(report)
    if to == "diserahkan":
        raise RuleBroken(_("Laporan diserahkan lewat halaman penerima."))
    refuse_identifiers(reason)
    workflow.transition(held, to, account, reason)
    held.last_reason = reason.strip()
    held.save(update_fields=["last_reason", "updated_at"])
    if to == "diterima" and _all_accepted(application) and agreements.fully_paid(application.agreement):
        review.step(None, application, "selesai", "Semua dana cair dan semua laporan diterima.")
    return held


@transaction.atomic
def close(account: Account, application: Application, reason: str) -> Application:
    """End a grant whose remaining stages will not be paid; every report of what was paid must be accepted."""
    locked = lock(application)
    roles.require_at(account, CHECK, locked.permission_place())
    if locked.state != "dicairkan":
        raise RuleBroken(_("Permohonan berstatus “{state_title}”.").format(state_title=_(locked.state_title)))
    if not _all_accepted(locked):
        raise RuleBroken(_("Masih ada laporan yang belum diterima."))
    return review.step(account, locked, "selesai", reason)


def _all_accepted(application: Application) -> bool:
    reports = Report.objects.filter(disbursement__agreement__application=application)
    return not reports.exclude(state="diterima").exists()


def _lock_own(report: Report, account: Account | None) -> Report:
    if account is not None:
        roles.require(account, ACT)
    held = _lock(report)
    if held.state not in WITH_RECIPIENT:
        raise RuleBroken(
            _("Laporan ini “{state_title}”, jadi tidak dapat diubah.").format(state_title=_(held.state_title))
        )
    return held


def _lock(report: Report) -> Report:
    related = Report.objects.select_related("disbursement__agreement__application__agency")
    return related.select_for_update(of=("self",)).get(pk=report.pk)


def _application(report: Report) -> Application:
    return report.disbursement.agreement.application
