"""LKjIP: made from the data, own texts, frozen when it leaves, PDF."""

from __future__ import annotations

import pytest
from django.utils.translation import override
from semai_kit.roles import Denied

from ..errors import NotEditable, RuleBroken
from ..models import Report
from ..selectors.documents import Document, compose, document_of
from ..services import reports
from .cases import PerformanceCase


class Reporting(PerformanceCase):
    def report(self) -> Report:
        return reports.open_report(self.account("opd"), self.works, self.year)

    def section(self, report: Report, section: str):
        found = (one for chapter in document_of(report).chapters for one in chapter.sections)
        return next(one for one in found if one.id == section)

    def test_texts_and_tables_come_from_the_data(self) -> None:
        self.budget("100000000")
        self.verified("452.40")
        report = self.report()
        achieved = self.section(report, "capaian")
        assert "97,5%" in achieved.text
        assert achieved.table.rows[0][:5] == ("Panjang jalan baik", "persen", "464", "452,4", "97,5%")
        assert "Rp100.000.000" in self.section(report, "anggaran").text
        assert "Dinas Pekerjaan Umum" in document_of(report).title

    def test_a_report_without_any_data_can_be_read(self) -> None:
        document = document_of(reports.open_report(self.account("organisasi"), self.schools, self.year))
        assert len(document.chapters) == 5
        assert "{" not in "".join(one.text for chapter in document.chapters for one in chapter.sections)

    def test_own_words_replace_the_text_and_empty_ones_bring_it_back(self) -> None:
        report = self.report()
        reports.save_text(self.account("opd"), report, "isu", "Isu kami {region} <b>tebal</b>.")
        assert self.section(report, "isu").text == "Isu kami {region} <b>tebal</b>."
        page = self.as_("opd").get(f"/lkjip/{report.pk}/").content.decode()
        assert "&lt;b&gt;tebal" in page
        reports.save_text(self.account("opd"), report, "isu", "  ")
        assert not self.section(report, "isu").own

    def test_an_unknown_section_is_refused(self) -> None:
        with pytest.raises(RuleBroken):
            reports.save_text(self.account("opd"), self.report(), "bab9", "x")

    def test_what_left_the_agency_no_longer_follows_the_data(self) -> None:
        self.verified("452.40")
        report = reports.move(self.account("opd"), self.report(), "direviu")
        before = document_of(report)
        self.verified("464", 2)
        assert document_of(Report.objects.get(pk=report.pk)) == before
        with pytest.raises(NotEditable):
            reports.save_text(self.account("opd"), report, "isu", "x")
        back = reports.move(self.account("inspektorat"), report, "draf", "Lengkapi")
        assert "100%" in self.section(back, "capaian").text

    def test_a_document_survives_being_stored(self) -> None:
        self.verified()
        document = compose(self.report())
        assert Document.from_json(document.as_json()) == document

    def test_a_document_is_the_same_whatever_its_writer_reads(self) -> None:
        self.signed()
        self.verified()
        report = self.report()
        with override("en"):
            composed = compose(report)
        assert composed == compose(report)

    def test_the_regions_own_is_for_the_organisation_office(self) -> None:
        with pytest.raises(Denied):
            reports.open_report(self.account("opd"), None, self.year)
        report = reports.open_report(self.account("organisasi"), None, self.year)
        assert "Kabupaten Contoh" in document_of(report).title
        with pytest.raises(RuleBroken):
            reports.open_report(self.account("organisasi"), None, self.year)

    def test_the_pdf_holds_the_document(self) -> None:
        self.verified()
        report = self.report()
        answer = self.as_("opd").get(f"/lkjip/{report.pk}/pdf/")
        assert (answer["Content-Type"], answer.content[:5]) == ("application/pdf", b"%PDF-")
        assert self.as_("opd-lain").get(f"/lkjip/{report.pk}/pdf/").status_code == 404

    def test_a_document_costs_a_bounded_number_of_queries(self) -> None:
        self.budget()
        self.verified()
        report = self.report()
        with self.assertNumQueries(20):
            compose(report)
