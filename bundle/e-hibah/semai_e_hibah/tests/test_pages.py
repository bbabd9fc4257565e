"""Pages of the desks: forms work, refusals show beside them, queries do not grow with rows, documents print."""

from __future__ import annotations

from django.urls import reverse
from django.utils import timezone
from semai_kit import years

from ..models import Application, AwardList, FilingWindow, GrantLine
from .cases import MILLION, GrantsCase


class DeskTest(GrantsCase):
    def post(self, name: str, page: str, record: Application, **data: object) -> str:
        """Post as a persona and return what the page said (following redirects)."""
        answer = self.as_(name).post(reverse(f"grants:{page}", args=[record.pk]), data, follow=True)
        assert answer.status_code in (200, 422)
        return answer.content.decode()

    def test_the_seven_steps_by_hand(self) -> None:
        application = self.at("diajukan")
        assert "1. Pemeriksaan kelengkapan" in self.as_("tata_usaha").get("/").content.decode()
        self.post("tata_usaha", "move", application, to="kepala_daerah")
        self.post("kepala_daerah", "move", application, to="klasifikasi")
        self.post("tim_pertimbangan", "classify", application, agency=self.agency.pk)
        said = self.post("opd", "recommend", application, amount="50.000.000", note="Layak.")
        assert "melebihi yang diminta" in said
        self.post("opd", "recommend", application, amount="30.000.000", note="Layak.")
        self.post("tim_pertimbangan", "move", application, to="tapd")
        line = self.line(25 * MILLION)
        said = self.post("tapd", "decide", application, amount="30.000.000", line=line.pk)
        assert "melampaui sebesar Rp5.000.000" in said
        assert "sisa Rp25.000.000" in said
        self.post("tapd", "decide", application, amount="20.000.000", line=line.pk)
        self.as_("tapd").post("/daftar-penerima/baru/", {"title": "Daftar I"})
        made = AwardList.objects.get()
        self.client.post(reverse("grants:move-award-list", args=[made.pk]), {"to": "diajukan"})
        self.as_("kepala_daerah").post(reverse("grants:move-award-list", args=[made.pk]), {"to": "ditandatangani"})
        officer = {
            "signed_on": timezone.localdate().isoformat(),
            "official_name": "Yosef",
            "official_title": "Kepala",
        }
        self.post("opd", "record-agreement", application, **officer)
        paid = {"amount": "20.000.000", "order_number": "SP2D-9", "paid_on": officer["signed_on"]}
        self.post("bpkad", "pay", application, **paid)

        application.refresh_from_db()
        assert (application.state, application.approved) == ("dicairkan", 20 * MILLION)
        assert "Rp20.000.000" in self.client.get("/penerima/").content.decode()

    def test_what_is_approved_leads_to_its_list_and_the_list_to_its_signature(self) -> None:
        application = self.at("disetujui")
        page = reverse("grants:application", args=[application.pk])
        lists = reverse("grants:award-lists")
        assert f'href="{lists}">Masukkan ke daftar penerima' in self.as_("tapd").get(page).content.decode()
        assert "Disetujui, belum masuk daftar penerima" in self.client.get("/").content.decode()
        assert "daftar penerima" not in self.as_("opd").get("/").content.decode()
        self.as_("tapd").post(reverse("grants:create-award-list"), {"title": "Daftar I"})
        made = AwardList.objects.get()
        assert f'href="{made.get_absolute_url()}">Buka daftar' in self.client.get(page).content.decode()
        home = self.client.get("/").content.decode()
        assert "Daftar penerima untuk diajukan" in home
        assert "belum masuk daftar" not in home
        assert "untuk ditandatangani" not in self.as_("kepala_daerah").get("/").content.decode()
        self.as_("tapd").post(reverse("grants:move-award-list", args=[made.pk]), {"to": "diajukan"})
        assert "Daftar penerima untuk ditandatangani" in self.as_("kepala_daerah").get("/").content.decode()

    def test_a_line_of_another_opd_cannot_be_chosen(self) -> None:
        application = self.at("tapd")
        other = self.line(account="5.1.06.01.01.0001")
        said = self.post("tapd", "decide", application, amount="1.000.000", line=other.pk)
        assert "Setujui nilai" in said
        application.refresh_from_db()
        assert application.state == "tapd"

    def test_a_failed_rule_is_shown_with_its_basis_and_waived_from_the_page(self) -> None:
        application = self.at("diajukan", asked=200 * MILLION)
        said = self.as_("tim_pertimbangan").get(application.get_absolute_url()).content.decode()
        assert "melebihi batas Rp100.000.000" in said
        assert "Pengaturan daerah: nilai satu permohonan" in said
        address = reverse("grants:waive", args=[application.pk, "batas-nilai"])
        self.client.post(address, {"reason": "Keputusan Bupati 7/2026."})
        said = self.client.get(application.get_absolute_url()).content.decode()
        assert "Keputusan Bupati 7/2026." in said
        assert "Dikecualikan" in said

    def test_windows_lines_and_lists_are_kept_by_their_desks(self) -> None:
        window = FilingWindow.objects.get(fiscal_year=self.year)
        address = reverse("grants:change-window", args=[window.pk])
        wrong = self.as_("tata_usaha").post(address, {"opens_on": "2026-03-01", "closes_on": "2026-02-01"})
        assert wrong.status_code == 422
        self.client.post(address, {"opens_on": "2026-02-01", "closes_on": "2026-03-01"})
        window.refresh_from_db()
        assert str(window.closes_on) == "2026-03-01"
        line = {
            "agency": self.agency.pk, "account_code": "5.1.05.01", "account_name": "Hibah", "description": "Hibah",
            "ceiling": "5.000.000",
        }  # fmt: skip
        self.as_("tapd").post("/pagu/rekening/baru/", line)
        assert GrantLine.objects.get().ceiling == 5 * MILLION

    def test_a_locked_year_refuses_every_write_and_still_reads(self) -> None:
        application = self.at("verifikasi")
        years.set_status(self.year, "locked", None)
        self.post("tim_pertimbangan", "move", application, to="tapd")
        application.refresh_from_db()
        assert application.state == "verifikasi"
        assert self.client.get(application.get_absolute_url()).status_code == 200

    def test_documents_print_the_same_bytes_twice(self) -> None:
        application = self.at("nphd")
        address = reverse("grants:award-list-document", args=[application.award_list_id])
        first, second = (self.as_("tapd").get(address).content for _ in range(2))
        assert first.startswith(b"%PDF")
        assert first == second


class OpenDataTest(GrantsCase):
    def test_recipients_travel_with_money_as_strings_and_persons_masked(self) -> None:
        person = self.at("dicairkan", "bansos-individu")
        answer = self.client.get("/api/public/recipients", {"year": 2027}).json()
        assert (answer["total"], answer["approved"], answer["next_page"]) == (1, "2500000.00", None)
        item = answer["items"][0]
        assert (item["approved"], item["paid"]) == ("2500000.00", "2500000.00")
        assert item["recipient"] == person.applicant.public_name != person.applicant.name

    def test_odd_questions_are_refused_or_empty_and_never_an_error(self) -> None:
        for query in (
            "",
            "year=x",
            "year=99999999999",
            "year=2027&page=0",
            "year=2027&page=999999999",
            "year=2027&page=-1",
        ):
            assert self.client.get(f"/api/public/recipients?{query}").status_code == 422, query
        assert self.client.get("/api/public/recipients?year=2099").json()["items"] == []

    def test_searching_people_by_name_finds_nothing(self) -> None:
        self.at("ditetapkan", "bansos-individu")
        assert "Belum ada" in self.client.get("/penerima/?cari=Theresia").content.decode()

    def test_odd_filters_of_public_pages_do_not_break(self) -> None:
        for address in (
            "/penerima/?tahun=abcd&page=x",
            "/penerima/?tahun=²²²²",
            "/status/?nomor=%00",
            "/penerima/?cari=%00",
            "/penerima/?page=9999",
        ):
            assert self.client.get(address).status_code in (200, 404), address
