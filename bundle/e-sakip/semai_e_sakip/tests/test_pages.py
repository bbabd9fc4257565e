"""Pages as personas meet them: the whole way by forms, refusals beside the form, what a list costs."""

from __future__ import annotations

import re
from decimal import Decimal

from django.db import connection
from django.test.utils import CaptureQueriesContext
from semai_kit.models import FiscalYear, Official
from semai_kit.testing.english import in_english, left_in_indonesian

from ..models import Agreement, Evaluation, Indicator, Measurement, PerformanceNode, Report
from ..services import measurements, tree
from .cases import PerformanceCase, fields, proof

PAGES = (
    "/",
    "/pohon/",
    "/pohon/gambar/",
    "/indikator/",
    "/indikator/?iku=1",
    "/rencana-aksi/",
    "/pengukuran/?triwulan=2",
    "/anggaran/",
    "/perjanjian/",
    "/penanda-tangan/",
    "/lkjip/",
    "/evaluasi/",
    "/tindak-lanjut/",
)


class ForeignPages(PerformanceCase):
    def test_the_form_of_a_measurement_shows_its_draft_to_the_own_agency_alone(self) -> None:
        self.measured(analysis="Longsor di ruas dua")
        path = f"/indikator/{self.indicator().pk}/ukur/1/"
        assert "Longsor di ruas dua" in self.as_("opd").get(path).content.decode()
        answer = self.as_("opd-lain").get(path)
        assert answer.status_code == 403
        assert "Longsor" not in answer.content.decode()


class EnglishPages(PerformanceCase):
    def test_no_page_shows_a_text_that_has_english_words(self) -> None:
        self.budget()
        agreement, measurement, evaluation = self.signed(), self.verified(), self.finished()
        indicator = measurement.indicator_id
        records = (
            f"/pohon/{self.node().pk}/",
            f"/pohon/{self.node().pk}/tambah/",
            f"/indikator/{indicator}/",
            f"/indikator/{indicator}/ubah/",
            f"/pengukuran/{measurement.pk}/",
            f"/perjanjian/{agreement.pk}/",
            f"/evaluasi/{evaluation.pk}/",
            "/penanda-tangan/tambah/",
            "/indikator/impor/",
        )
        client = in_english(self.as_("organisasi"))
        pages = {path: client.get(path).content.decode() for path in (*PAGES, *records)}
        assert {path: left for path, page in pages.items() if (left := left_in_indonesian(page))} == {}

    def test_documents_are_indonesian_for_everybody(self) -> None:
        agreement = self.signed()
        client = in_english(self.as_("organisasi"))
        printed = client.get(f"/perjanjian/{agreement.pk}/cetak/").content.decode()
        assert '<html lang="id">' in printed
        assert "Pihak Pertama" in printed


class WholeYear(PerformanceCase):
    """From an empty year to the LKjIP, by HTTP only."""

    def form(self, username: str, path: str, data: dict) -> str:
        response = self.as_(username).post(path, data)
        assert response.status_code == 302, re.sub(r"\s+", " ", response.content.decode())[-3000:]
        return response["Location"]

    def test_a_year_is_walked_from_the_tree_to_the_report(self) -> None:
        self.tree_and_definition()
        self.agreement_of_the_year()
        self.measurement_and_money()
        self.evaluation_and_follow_up()
        self.report_of_the_year()
        assert Report.objects.get().state == "final"

    def tree_and_definition(self) -> None:
        place = self.form(
            "organisasi", f"/pohon/{self.node().pk}/tambah/", {"code": "1.03.10.2", "title": "Kegiatan"}
        )
        assert self.as_("opd").get(place).status_code == 200
        local = {"name": "Jembatan baik", "unit": "unit", "polarity": "higher", "baseline": "10", "target": "12"}
        place = self.form("opd", f"{place}indikator/", fields(**local, q4="12"))
        assert "Jembatan baik" in self.client.get(place).content.decode()
        path = f"/indikator/{self.indicator().pk}/ubah/"
        quarters = {"q1": "450", "q2": "455,5", "q3": "460", "q4": "464"}
        words = {"name": "Panjang jalan baik", "unit": "km", "polarity": "higher", "target": "464"}
        self.form("opd", path, fields(**words, **quarters))
        assert self.indicator().quarter_targets()[1] == Decimal("455.50")

    def agreement_of_the_year(self) -> None:
        self.budget("100000000")
        person = {"kind": "kepala_daerah", "title": "Bupati", "name": "Yohana", "valid_from": "2026-01-01"}
        self.form("organisasi", "/penanda-tangan/tambah/", person)
        head = Official.objects.get(name="Yohana").position
        person = {
            "kind": "pimpinan_tinggi",
            "title": "Kepala Dinas",
            "name": "Fransiska",
            "valid_from": "2026-01-01",
        }
        self.form("opd", "/penanda-tangan/tambah/", person | {"agency": self.works.pk, "superior": head.pk})
        signer = Official.objects.get(name="Fransiska").position
        place = self.form("opd", f"/perjanjian/buat/{signer.pk}/", {})
        chosen = {"indicators": [self.indicator().pk], "programs": ["1.03.10"]}
        self.form("opd", f"{place}isi/", chosen)
        self.form("opd", place, {"to": "diajukan"})
        self.form("kepala_daerah", place, {"to": "disetujui"})
        self.form("pejabat", f"{place}tandatangani/", {"signed_on": "2027-01-20"})
        agreement = Agreement.objects.get()
        assert (agreement.state, agreement.number) == ("ditandatangani", "100.3.4/001/PK/2027")

    def measurement_and_money(self) -> None:
        indicator = self.indicator().pk
        self.form("opd", f"/indikator/{indicator}/langkah/", {"quarter": 1, "activity": "Survei"})
        place = self.form("opd", f"/indikator/{indicator}/ukur/1/", {"realised": "440,25", "analysis": "Hujan"})
        refused = self.as_("opd").post(place, {"to": "dikirim"})
        assert (refused.status_code, "Bukti dukung" in refused.content.decode()) == (422, True)
        self.form("opd", f"{place}bukti/", {"file": proof()})
        self.form("opd", place, {"to": "dikirim"})
        self.form("organisasi", place, {"to": "terverifikasi"})
        assert Measurement.objects.get().realised == Decimal("440.25")
        spent = {"quarter": 1, "spent": "80.000.000"}
        self.form("opd", f"/anggaran/{self.works.pk}/1.03.10/", spent)
        assert "80%" in self.as_("opd").get("/anggaran/").content.decode()

    def evaluation_and_follow_up(self) -> None:
        self.form("inspektorat", f"/evaluasi/buka/{self.works.pk}/", {})
        evaluation = Evaluation.objects.get()
        place = f"/evaluasi/{evaluation.pk}/"
        answers = list(evaluation.answers.values_list("pk", flat=True))
        for answer in answers:
            self.form("opd", f"/evaluasi/kriteria/{answer}/mandiri/", {"grade": "BB", "note": "Ada"})
        self.form("opd", f"/evaluasi/kriteria/{answers[0]}/bukti/", {"file": proof()})
        self.form("opd", place, {"to": "dikirim"})
        self.form("inspektorat", place, {"to": "dinilai"})
        for answer in answers:
            self.form("inspektorat", f"/evaluasi/kriteria/{answer}/apip/", {"grade": "B", "note": "Cukup"})
        self.form("inspektorat", f"{place}ringkasan/", {"text": "Baik"})
        advice = {"text": "Perkuat pemanfaatan", "deadline": "2027-06-30"}
        self.form("inspektorat", f"{place}rekomendasi/", advice)
        self.form("inspektorat", place, {"to": "selesai"})
        evaluation.refresh_from_db()
        assert (evaluation.total, evaluation.band) == (Decimal("70.00"), "B")
        row = evaluation.recommendations.get()
        self.form("opd", f"/tindak-lanjut/{row.pk}/bukti/", {"file": proof()})
        self.form("opd", f"/tindak-lanjut/{row.pk}/", {"to": "diproses", "reason": "Sudah dilakukan"})
        self.form("inspektorat", f"/tindak-lanjut/{row.pk}/", {"to": "selesai"})

    def report_of_the_year(self) -> None:
        place = self.form("opd", "/lkjip/buat/", {"opd": self.works.pk})
        self.form("opd", f"{place}naskah/isu/", {"text": "Cuaca dan data."})
        self.form("opd", place, {"to": "direviu"})
        self.form("inspektorat", place, {"to": "siap", "reason": "Sesuai"})
        self.form("organisasi", place, {"to": "final"})
        page = self.as_("auditor").get(place).content.decode()
        for text in ("Cuaca dan data.", "440,25", "94,88%", "Sudah dilakukan", "100.3.4/001/PK/2027"):
            assert text in page


class Refusals(PerformanceCase):
    def test_quarters_that_miss_the_target_are_said_beside_the_form(self) -> None:
        quarters = {"q1": "1", "q2": "2", "q3": "3", "q4": "4"}
        words = {"name": "Panjang jalan baik", "unit": "km", "polarity": "higher", "target": "464"}
        path = f"/indikator/{self.indicator().pk}/ubah/"
        response = self.as_("opd").post(path, fields(**words, **quarters))
        assert response.status_code == 422
        assert "sedangkan target tahun 464" in response.content.decode()

    def test_a_missing_reason_is_said_and_nothing_moves(self) -> None:
        measurement = self.sent()
        response = self.as_("organisasi").post(f"/pengukuran/{measurement.pk}/", {"to": "dikembalikan"})
        assert (response.status_code, "Alasan wajib diisi" in response.content.decode()) == (422, True)
        measurement.refresh_from_db()
        assert measurement.state == "dikirim"

    def test_what_came_back_from_any_quarter_is_at_hand_for_the_agency_it_came_back_to(self) -> None:
        measurement = measurements.move(self.account("organisasi"), self.sent(quarter=3), "dikembalikan", "Kurang.")
        link = f'href="/pengukuran/{measurement.pk}/"'
        page = self.as_("opd").get("/pengukuran/").content.decode()
        assert link in page.partition("Perlu dilengkapi dan dikirim")[2].partition("</section>")[0]
        for username in ("organisasi", "opd-lain", "pejabat"):
            with self.subTest(username):
                assert link not in self.as_(username).get("/pengukuran/").content.decode()

    def test_wrong_evidence_is_said_on_the_page(self) -> None:
        measurement = self.measured()
        for data, text in (({}, "Pilih berkas"), ({"file": proof("x.exe", b"MZ")}, "tidak dikenali")):
            path = f"/pengukuran/{measurement.pk}/bukti/"
            page = self.as_("opd").post(path, data, follow=True).content.decode()
            assert text in page

    def test_strange_addresses_are_not_found_and_strange_filters_do_no_harm(self) -> None:
        for path in ("/pohon/999999/", "/lkjip/99/naskah/isu/", "/evaluasi/kriteria/99/apip/"):
            assert self.as_("inspektorat" if "apip" in path else "organisasi").get(path).status_code == 404
        assert self.as_("opd").get(f"/indikator/{self.indicator().pk}/ukur/5/").status_code == 404
        client = self.as_("organisasi")
        for query in (
            "?opd=x",
            "?opd=999999999999999999999",
            "?sampai=bab",
            "?page=99999",
            "?triwulan=9",
            "?cari=%25",
        ):
            for path in ("/pohon/", "/pohon/gambar/", "/indikator/", "/pengukuran/", "/rencana-aksi/"):
                with self.subTest(path=path + query):
                    assert client.get(path + query).status_code == 200

    def test_a_locked_year_shows_everything_and_offers_nothing(self) -> None:
        measurement = self.measured()
        FiscalYear.objects.update(status="locked")
        for path in (*PAGES, f"/pengukuran/{measurement.pk}/", f"/indikator/{self.indicator().pk}/"):
            with self.subTest(path=path):
                assert self.as_("organisasi").get(path).status_code == 200
        response = self.as_("opd").post(f"/indikator/{self.indicator().pk}/ukur/2/", {"realised": "1"})
        assert response.status_code in (403, 422)
        assert Measurement.objects.count() == 1

    def test_a_title_that_looks_like_markup_is_text_in_the_drawing(self) -> None:
        tree.add_node(
            self.account("organisasi"), self.year, None, tree.NodeContent("9", '<script>"x"&</script>', None)
        )
        page = self.as_("opd").get("/pohon/gambar/").content.decode()
        assert "<script>&quot;" not in page
        assert "&lt;script&gt;" in page

    def test_without_a_year_the_way_out_is_said(self) -> None:
        PerformanceNode.objects.exclude(parent=None).update(parent=None)
        Indicator.objects.all().delete()
        PerformanceNode.objects.all().delete()
        FiscalYear.objects.all().delete()
        assert self.as_("opd").get("/").status_code == 200
        page = self.as_("opd").get("/pohon/")
        assert "Belum ada tahun anggaran" in page.content.decode()


class Costs(PerformanceCase):
    def queries(self, path: str, username: str = "organisasi") -> int:
        client = self.as_(username)
        client.get(path)
        with CaptureQueriesContext(
            connection,
        ) as captured:
            assert client.get(path).status_code == 200
        return len(captured)

    def test_an_evaluation_costs_a_bounded_number_of_queries(self) -> None:
        evaluation = self.finished()
        assert self.queries(f"/evaluasi/{evaluation.pk}/", "inspektorat") <= 18
