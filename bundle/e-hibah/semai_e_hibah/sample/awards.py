"""What follows approval in the sample: a signed list, agreements, payments, reports handed in and owed."""

from __future__ import annotations

import base64
import datetime
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from semai_kit import audit, officials
from semai_kit.models import Account, FiscalYear

from ..models import Agreement, Application, Report
from ..services import agreements, awards, reports
from .filings import BEYOND, Desk, paper
from .people import People

DAYS_LATE = 21
# One green point; enough to be a photo.
PICTURE = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="
)


def sign_and_follow(desk: Desk, entries: list[Mapping[str, Any]], year: FiscalYear) -> None:
    """Sign one list with the entries that go beyond approval, then take each as far as it says."""
    chosen = [entry for entry in entries if entry["to"] in BEYOND and _approved(desk.filed[entry["id"]])]
    if not chosen:
        return
    people = desk.people
    wanted = {desk.filed[entry["id"]].pk for entry in chosen}
    with audit.acting(people.tapd):
        award_list = awards.create(people.tapd, year, f"Daftar penerima tahap I tahun {year.year}")
        for application in award_list.applications.exclude(pk__in=wanted):
            awards.take_out(people.tapd, award_list, application)
        awards.move(people.tapd, award_list, "diajukan")
    with audit.acting(people.head):
        awards.move(people.head, award_list, "ditandatangani")
    for entry in chosen:
        _follow(people, desk.filed[entry["id"]], entry["to"])


def _follow(people: People, filed: Application, to: str) -> None:
    application = Application.objects.select_related("agency", "fiscal_year").get(pk=filed.pk)
    evaluator = people.evaluator(application.agency)
    agreement = _agree(application, evaluator)
    if to == "nphd":
        return
    while (following := agreements.next_stage(agreement)) is not None:
        order = f"{agreement.pk:03d}.{following.position}/SP2D/{application.fiscal_year}"
        payment = agreements.Payment(following.ceiling, order, timezone.localdate())
        with audit.acting(people.treasury):
            paid = agreements.pay(people.treasury, application, payment)
        if to != "selesai":
            if to == "overdue":
                _make_late(paid.report)
            return
        _report(people.counter, paid.report, evaluator)


def _agree(application: Application, evaluator: Account) -> Agreement:
    signer = officials.signatory(application.agency)
    name = signer.name or "Pejabat Contoh"
    content = agreements.AgreementContent(timezone.localdate(), name, signer.title, signer.nip)
    with audit.acting(evaluator):
        return agreements.record(evaluator, application, content)


def _make_late(report: Report) -> None:
    """Only time makes reports late; the sample cannot wait for it."""
    report.due_on = timezone.localdate() - datetime.timedelta(days=DAYS_LATE)
    report.save()


def _report(counter: Account, report: Report, evaluator: Account) -> None:
    with audit.acting(counter):
        text = "Pekerjaan selesai sesuai rencana dan sudah dipakai."
        reports.write(report, reports.ReportContent(report.disbursement.amount, Decimal(0), text), counter)
        reports.add_file(report, SimpleUploadedFile("foto.png", PICTURE), counter)
        reports.add_file(report, paper(), counter)
        reports.submit(report, counter)
    with audit.acting(evaluator):
        reports.check(evaluator, report, "diterima")


def _approved(application: Application) -> bool:
    return Application.objects.filter(pk=application.pk, state="disetujui").exists()
