"""Reports: figures, files, checking; reminders and what else time brings."""

from __future__ import annotations

import datetime
from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.utils import timezone
from semai_kit.attachments import AttachmentRefused
from semai_kit.roles import Denied

from ..errors import RuleBroken
from ..models import Application, Attempt, Reminder, Report
from ..services import filing, guard, reminders, reports
from .cases import JPEG, PDF, GrantsCase, pdf, photo

HOSTILE = (
    ("foto.jpg", b"MZ\x90\x00 not a photo"),
    ("halaman.pdf", b"<html><script>alert(1)</script>"),
    ("gambar.svg", b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>"),
    ("arsip.zip", b"PK\x03\x04" + b"\x00" * 40),
    ("laporan.docm", b"PK\x03\x04word/vbaProject.bin"),
    ("foto.php", JPEG),
    ("foto.jpg.exe", JPEG),
    ("kosong.pdf", b""),
    ("besar.pdf", PDF + b"0" * (5 * 1024 * 1024)),
)


class ReportTest(GrantsCase):
    def paid(self) -> Report:
        return self.at("dicairkan").agreement.disbursements.get().report

    def test_figures_must_add_up_to_what_was_paid(self) -> None:
        report = self.paid()
        paid = report.disbursement.amount
        for spent, returned in ((paid, Decimal(1)), (paid + 1, Decimal(-1)), (Decimal(0), Decimal(0))):
            with pytest.raises(RuleBroken, match="harus berjumlah"):
                reports.write(report, reports.ReportContent(spent, returned, "Selesai."))

    def test_a_report_without_photo_or_receipt_is_not_handed_in(self) -> None:
        report = self.paid()
        reports.write(report, reports.ReportContent(report.disbursement.amount, Decimal(0), "Selesai."))
        reports.add_file(report, photo())
        with pytest.raises(RuleBroken, match=r"bukti pengeluaran \(PDF\)"):
            reports.submit(report)
        reports.add_file(report, pdf())
        assert reports.submit(report).state == "diserahkan"

    def test_hostile_files_are_refused_for_reports_and_applications(self) -> None:
        report, draft = self.paid(), self.draft()
        for name, content in HOSTILE:
            with self.subTest(name=name):
                with pytest.raises(AttachmentRefused):
                    reports.add_file(report, SimpleUploadedFile(name, content))
                with pytest.raises(AttachmentRefused):
                    filing.add_document(draft, "ktp", SimpleUploadedFile(name, content))
        assert draft.documents.count() == 0

    def test_a_document_nobody_asked_for_is_refused(self) -> None:
        for kind_id in ("npwp", "../../etc", "lain"):
            with pytest.raises(RuleBroken, match="tidak diminta"):
                filing.add_document(self.draft(), kind_id, pdf())

    def test_a_new_document_supersedes_and_keeps_the_old_one(self) -> None:
        draft = self.draft()
        filing.add_document(draft, "ktp", pdf())
        filing.add_document(draft, "ktp", photo())
        assert [document.superseded for document in draft.documents.all()] == [True, False]

    def test_a_returned_report_is_mended_and_only_its_opd_checks_it(self) -> None:
        report = self.hand_in(self.paid().disbursement)
        with pytest.raises(Denied):
            reports.check(self.account("opd-lain"), report, "diterima")
        reports.check(self.account("opd"), report, "dikembalikan", "Foto buram.")
        reports.add_file(report, photo())
        assert reports.submit(report).state == "diserahkan"
        with pytest.raises(RuleBroken, match="tidak dapat diubah"):
            reports.add_file(report, photo())

    def test_accepting_the_last_report_ends_the_application(self) -> None:
        report = self.hand_in(self.paid().disbursement)
        reports.check(self.account("opd"), report, "diterima")
        assert Application.objects.get().state == "selesai"


class ReminderTest(GrantsCase):
    def report_due(self, days: int) -> Report:
        """A report due so many days from today."""
        report = self.at("dicairkan").agreement.disbursements.get().report
        report.due_on = timezone.localdate() + datetime.timedelta(days=days)
        report.save()
        return report

    def test_each_offset_reminds_once_and_missed_ones_are_not_made_up_for(self) -> None:
        report, today = self.report_due(40), timezone.localdate()
        days = [today + datetime.timedelta(days=n) for n in (0, 9, 10, 10, 20, 33, 41, 90)]
        given = [len(reminders.run(day).reminders) for day in days]
        assert given == [0, 0, 1, 0, 0, 1, 1, 1]
        assert list(Reminder.objects.filter(report=report).values_list("offset", flat=True)) == [-30, -7, 0, 30]

    def test_a_handed_in_report_is_left_alone(self) -> None:
        report = self.report_due(-1)
        self.hand_in(report.disbursement)
        assert reminders.run().reminders == ()

    def test_overdue_reports_are_on_the_public_list_until_handed_in(self) -> None:
        report = self.report_due(-12)
        said = self.client.get("/belum-lapor/").content.decode()
        assert "12 hari" in said
        self.hand_in(report.disbursement)
        assert "sudah diserahkan" in self.client.get("/belum-lapor/").content.decode()

    def test_a_draft_nobody_sends_is_withdrawn_and_a_returned_one_is_not(self) -> None:
        old = self.draft()
        later = timezone.localdate() + datetime.timedelta(days=32)
        call_command("remind")
        assert Application.objects.get(pk=old.pk).state == "draf"
        assert reminders.run(later).withdrawn == 1
        assert Application.objects.get(pk=old.pk).last_reason == "Tidak dikirim dalam 30 hari."

    def test_attempts_are_forgotten_after_a_day(self) -> None:
        guard.note("filing", "10.0.0.1")
        assert guard.sweep(timezone.now()) == 0
        assert guard.sweep(timezone.now() + datetime.timedelta(days=2)) == 1

    def test_the_first_page_of_the_day_reminds(self) -> None:
        self.report_due(-1)
        self.as_("opd").get("/")
        self.client.get("/")
        assert Reminder.objects.count() == 1
        assert Attempt.objects.filter(action="remind").count() == 1
