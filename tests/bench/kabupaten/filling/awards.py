"""What follows approval in a year that has ended: signed lists, agreements, payments and their reports, in bulk."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Sequence
from decimal import Decimal

from django.db import transaction
from django.utils import timezone
from semai_e_hibah.models import Agreement, Application, AwardList, Disbursement, Report
from semai_kit import audit, numbering
from semai_kit.money import rounded

from tests.bench.kabupaten import size
from tests.bench.kabupaten.filling.applications import Filing
from tests.bench.kabupaten.filling.history import Step, passed

CHANCE = size.chance()
LISTS = 3
# In hundredths, of the reports of grants that have not ended: most are late.
WITH_RECIPIENT = {"ditunggu": 65, "dikembalikan": 15, "diserahkan": 20}
REPORT_ROAD = {
    "ditunggu": (),
    "diserahkan": ("diserahkan",),
    "dikembalikan": ("diserahkan", "dikembalikan"),
    "diterima": ("diserahkan", "diterima"),
}


@transaction.atomic
def follow(filing: Filing, rows: Sequence[Application]) -> None:
    """List the awarded applications of a past year and take each as far as its state says."""
    _list(filing, [row for row in rows if row.state in ("ditetapkan", "nphd", "dicairkan", "selesai", "batal")])
    agreements = audit.bulk_create(
        [_agreement(row) for row in rows if row.state in ("nphd", "dicairkan", "selesai")]
    )
    payments = audit.bulk_create([payment for made in agreements for payment in _payments(made)])
    reports = audit.bulk_create([_report(payment) for payment in payments])
    passed((report, _steps(filing, report)) for report in reports)


def _list(filing: Filing, awarded: Sequence[Application]) -> None:
    for number in range(LISTS):
        made = AwardList.objects.create(
            fiscal_year=filing.year,
            created_by=filing.desks.by_role["tapd"],
            title=f"Daftar penerima tahap {number + 1} tahun {filing.year.year}",
            number=numbering.take("award_list", filing.year),
            signed_on=datetime.date(filing.year.year, 1, 20 + number),
            signer_title="Bupati",
            signer_name="Bupati Uji",
            state="ditandatangani",
        )
        head, team = filing.desks.by_role["kepala_daerah"], filing.desks.by_role["tapd"]
        passed([(made, [Step("draf", "diajukan", team), Step("diajukan", "ditandatangani", head)])])
        mine = awarded[number::LISTS]
        for row in mine:
            row.award_list = made
        Application.objects.bulk_update(mine, ["award_list"], batch_size=500)


def _agreement(row: Application) -> Agreement:
    return Agreement(
        application=row,
        number=numbering.take("agreement", row.fiscal_year, agency=row.agency),
        signed_on=datetime.date(row.fiscal_year.year, 2, CHANCE.randint(1, 28)),
        official_name="Kepala Dinas Uji",
        official_title=f"Kepala {row.agency}"[:160],
        amount=row.approved,
    )


def _payments(agreement: Agreement) -> Iterator[Disbursement]:
    """All stages of a grant that has ended, the first of another."""
    application = agreement.application
    paid_on = agreement.signed_on
    for position, stage in enumerate(application.kind.stages, start=1):
        if application.state == "nphd" or (position > 1 and application.state != "selesai"):
            return
        paid_on += datetime.timedelta(days=CHANCE.randint(10, 80))
        yield Disbursement(
            agreement=agreement,
            stage=position,
            title=stage.title,
            amount=rounded(agreement.amount * stage.percent / 100),
            order_number=f"{agreement.pk:05d}.{position}/SP2D/{application.fiscal_year}",
            paid_on=paid_on,
        )


def _report(payment: Disbursement) -> Report:
    application = payment.agreement.application
    ended = application.state == "selesai"
    state = "diterima" if ended else CHANCE.choices(list(WITH_RECIPIENT), list(WITH_RECIPIENT.values()))[0]
    row = Report(
        disbursement=payment,
        due_on=application.kind.report_due(payment.paid_on, application.fiscal_year.year),
        state=state,
    )
    if state != "ditunggu":
        row.spent, row.returned = payment.amount, Decimal(0)
        row.narrative = "Pekerjaan selesai sesuai rencana dan sudah dipakai warga. " * 5
        row.submitted_on = min(row.due_on, timezone.localdate())
    if state == "dikembalikan":
        row.last_reason = "Kuitansi tahap kedua belum dilampirkan."
    return row


def _steps(filing: Filing, report: Report) -> list[Step]:
    agency = report.disbursement.agreement.application.agency
    states = ("ditunggu", *REPORT_ROAD[report.state])
    return [
        Step(origin, to, filing.desks.of("tata_usaha" if to == "diserahkan" else "opd", agency), report.last_reason)
        for origin, to in zip(states, states[1:], strict=False)
    ]
