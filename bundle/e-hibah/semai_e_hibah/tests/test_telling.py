"""Who is told of what: the desk whose turn it is, and nobody who could not act."""

from __future__ import annotations

import datetime

from django.utils import timezone
from semai_kit import notifications

from ..services import awards, reminders, review
from .cases import GrantsCase


class TellingTest(GrantsCase):
    def told(self, name: str) -> list[str]:
        return [row.title for row in notifications.of(self.account(name)).order_by("pk")]

    def test_each_desk_hears_when_its_turn_comes(self) -> None:
        application = self.at("rekomendasi")
        assert self.told("tata_usaha") == [f"1. Pemeriksaan kelengkapan: {application.number}"]
        assert self.told("kepala_daerah") == [f"2. Disposisi kepala daerah: {application.number}"]
        assert self.told("opd") == [f"4. Rekomendasi OPD: {application.number}"]
        for name in ("opd-lain", "tapd", "auditor", "inspektorat", "administrator"):
            assert self.told(name) == [], name

    def test_what_is_with_the_applicant_waits_for_no_desk(self) -> None:
        application = self.at("diajukan")
        review.move(self.account("tata_usaha"), application, "kurang", "Proposal kurang.")
        assert len(self.told("tata_usaha")) == 1

    def test_a_refused_step_tells_nobody(self) -> None:
        application = self.at("kepala_daerah")
        before = self.told("tim_pertimbangan")
        self.as_("kepala_daerah").post(f"/permohonan/{application.pk}/langkah/", {"to": "rekomendasi"})
        assert self.told("tim_pertimbangan") == before

    def test_the_opd_hears_of_reports_and_of_late_ones(self) -> None:
        application = self.at("dicairkan")
        report = application.agreement.disbursements.get().report
        report.due_on = timezone.localdate() - datetime.timedelta(days=1)
        report.save()
        reminders.run()
        assert self.told("opd")[-1] == f"Laporan ditunggu: {application.number}"
        self.hand_in(report.disbursement)
        assert self.told("opd")[-1] == f"Laporan diserahkan: {application.number}"
        assert self.client.get("/").status_code == 200

    def test_a_list_is_told_to_who_signs_and_its_return_to_who_composes(self) -> None:
        self.at("disetujui")
        made = awards.create(self.account("tapd"), self.year, "Daftar I")
        awards.move(self.account("tapd"), made, "diajukan")
        assert self.told("kepala_daerah")[-1] == "Menunggu tanda tangan: Daftar I"
        assert "Menunggu tanda tangan: Daftar I" not in self.told("tapd") + self.told("opd")
        awards.move(self.account("kepala_daerah"), made, "draf", "Satu penerima tertinggal.")
        assert self.told("tapd")[-1] == "Disusun: Daftar I"
