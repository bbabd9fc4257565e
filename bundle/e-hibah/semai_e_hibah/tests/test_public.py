"""Filing and following an application without an account, as a person with a telephone does it."""

from __future__ import annotations

import re
import time
from decimal import Decimal
from typing import Any
from unittest import mock

from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from semai_kit.models import Village

from ..models import Application, Attempt
from ..services import codes, filing, guard, review
from .cases import MILLION, GrantsCase, close_window, fresh_nik, pdf, photo

FORM = "/ajukan/hibah-kelompok/"
SEEN = re.compile(r'name="seen" value="([^"]*)"')


class Visitor:
    """What the cases do in a browser without logging in."""

    client: Client

    def fields(self, **changes: Any) -> dict[str, Any]:
        values = {
            "form_id": "kelompok",
            "name": "Kelompok Wanita Tani Mawar",
            "person_name": "Maria Goreti Jelita",
            "nik": fresh_nik(),
            "deed_number": "220/12/KESBANG/2020",
            "registered_on": "2020-05-06",
            "address": "Dusun Sepi RT 1",
            "phone": "081234567890",
            "bank_name": "Bank NTT",
            "bank_account": "027182818284",
            "bank_holder": "Maria Goreti Jelita",
            "title": "Pengadaan bibit cabai",
            "purpose": "Bibit dan mulsa untuk dua hektare.",
            "village": self.village,
            "asked": "25.000.000",
            "agreed": "on",
            "token": guard.form_token(time.time() - 60),
            "website": "",
        }
        return {key: value for key, value in (values | changes).items() if value is not None}

    @property
    def village(self) -> int:
        return Village.objects.get(code="99.01.01.2001").pk

    def file_it(self, **changes: Any) -> tuple[Application, str]:
        """File and read the receipt: the application and its secret code."""
        answer = self.client.post(FORM, self.fields(**changes))
        assert answer.status_code == 302, answer.content.decode()
        return Application.objects.latest("pk"), code_on(self.client.get(answer["Location"]))


def code_on(receipt: HttpResponse) -> str:
    code = re.search(r'class="secret">([A-Z0-9-]+)<', receipt.content.decode())
    assert code
    return code.group(1)


class FilingTest(Visitor, GrantsCase):
    def test_a_person_files_completes_and_sends_without_an_account(self) -> None:
        application, code = self.file_it()
        assert (application.state, application.asked, application.created_by) == ("draf", 25 * MILLION, None)
        assert application.number == "HB-2027-00001"
        here = f"/permohonan-saya/{application.number}/"
        for kind_id in application.kind.documents:
            answer = self.client.post(f"{here}berkas/{kind_id}/", {"file": pdf("KTP 5310016502850001.pdf")})
            assert answer.status_code == 302
        assert "Kirim permohonan" in self.client.get(here).content.decode()
        assert self.client.post(f"{here}kirim/").status_code == 302

        application.refresh_from_db()
        assert application.state == "diajukan"
        assert "5310016502850001" not in "".join(a.attachment.name for a in application.documents.all())
        assert codes.opened(application.number, code.lower().replace("-", " "), None) == application

    def test_the_code_is_shown_once(self) -> None:
        self.file_it()
        assert self.client.get("/tanda-terima/").status_code == 302

    def test_another_device_opens_the_application_with_its_code_only(self) -> None:
        application, code = self.file_it()
        other = Client()
        here = reverse("grants:mine", args=[application.number])
        assert other.get(here).status_code == 404
        wrong = other.post("/status/", {"number": application.number, "code": "AAAA-BBBB-CCCC"})
        assert wrong.status_code == 422
        assert "tidak cocok" in wrong.content.decode()
        assert other.get(here).status_code == 404
        assert other.post("/status/", {"number": application.number, "code": code})["Location"] == here
        assert other.get(here).status_code == 200
        other.post("/status/tutup/")
        assert other.get(here).status_code == 404

    def test_what_is_wrong_is_said_at_each_field_and_nothing_is_kept(self) -> None:
        answer = self.client.post(
            FORM,
            self.fields(nik="1234", phone="12", registered_on="", asked="dua juta", title="HP 0812-3456-7890"),
        )
        assert answer.status_code == 422
        answer = self.client.post(
            FORM,
            self.fields(
                nik="1234", phone="12", bank_account="77", title="HP 0812-3456-7890", registered_on="2999-01-01"
            ),
        )
        said = answer.content.decode()
        for sentence in (
            "NIK harus terdiri dari 16 digit",
            "Nomor telepon tidak dikenali",
            "Nomor rekening terdiri dari 8 sampai 18",
            "Jangan menulis NIK",
            "Tanggal ini belum terjadi",
        ):
            assert sentence in said
        assert Application.objects.count() == 0

    def test_a_form_sent_twice_files_once(self) -> None:
        same = self.fields()
        assert self.client.post(FORM, same).status_code == 302
        again = self.client.post(FORM, {**same, "title": "Kegiatan lain"})
        assert again.status_code == 422
        assert "sudah terkirim" in again.content.decode()
        assert Application.objects.count() == 1

    def test_whose_answer_was_lost_on_the_way_sends_the_form_again_and_gets_in(self) -> None:
        same = self.fields()
        unseen = code_on(self.client.post(FORM, same, follow=True))
        browser = Client()  # nothing of the first answer arrived, its cookie neither
        receipt = browser.post(FORM, same, follow=True)
        application = Application.objects.get()
        assert application.number == "HB-2027-00001"
        assert application.number in receipt.content.decode()
        assert "sudah tercatat" in receipt.content.decode()
        assert browser.get(reverse("grants:mine", args=[application.number])).status_code == 200
        for code, status in ((unseen, 422), (code_on(receipt), 302)):
            given = {"number": application.number, "code": code}
            assert Client().post("/status/", given).status_code == status
        next_one, _ = self.file_it()
        assert next_one.number == "HB-2027-00002"

    def test_two_sendings_at_once_file_once_and_leave_no_gap_in_the_numbers(self) -> None:
        same = self.fields()
        self.client.post(FORM, same)
        with mock.patch.object(filing, "_was_sent", side_effect=(False, True)):  # the first is not yet to be seen
            assert Client().post(FORM, same).status_code == 302
        assert Application.objects.count() == 1
        assert self.file_it()[0].number == "HB-2027-00002"

    def test_a_form_that_was_sent_on_is_not_opened_by_sending_it_again(self) -> None:
        same = self.fields()
        assert self.client.post(FORM, same).status_code == 302
        filing.submit(self.with_documents(Application.objects.get()))
        assert Client().post(FORM, same).status_code == 422

    def test_outside_the_window_nobody_files(self) -> None:
        close_window()
        assert "sedang ditutup" in self.client.get("/").content.decode()
        answer = self.client.post(FORM, self.fields())
        assert answer.status_code == 422
        assert "sedang ditutup" in answer.content.decode()

    def test_an_unknown_kind_is_not_found(self) -> None:
        assert self.client.get("/ajukan/hibah-emas/").status_code == 404

    def test_a_returned_application_is_mended_and_sent_again(self) -> None:
        application, _ = self.file_it()
        filing.submit(self.with_documents(application))
        review.move(self.account("tata_usaha"), application, "kurang", "Proposal belum ditandatangani.")
        here = f"/permohonan-saya/{application.number}/"
        assert "Proposal belum ditandatangani" in self.client.get(here).content.decode()
        changed = self.client.post(f"{here}ubah/", self.fields(asked="20.000.000", nik=application.applicant.nik))
        assert changed.status_code == 302
        self.client.post(f"{here}kirim/")

        application.refresh_from_db()
        assert (application.state, application.asked) == ("diajukan", 20 * MILLION)
        assert [entry.amount for entry in application.amounts.all()] == [25 * MILLION, 20 * MILLION]

    def test_what_the_counter_wrote_meanwhile_is_shown_before_it_is_overwritten(self) -> None:
        application, _ = self.file_it()
        here = f"/permohonan-saya/{application.number}/ubah/"
        shown = SEEN.search(self.client.get(here).content.decode())
        Application.objects.filter(pk=application.pk).update(title="Bibit cabai rawit")
        sent = self.fields(nik=application.applicant.nik, title="Bibit tomat", seen=shown and shown[1])
        told = self.client.post(here, sent)
        assert told.status_code == 422
        assert "isinya menjadi “Bibit cabai rawit”" in told.content.decode()
        again = SEEN.search(told.content.decode())
        assert self.client.post(here, {**sent, "seen": again and again[1]}).status_code == 302
        assert Application.objects.get().title == "Bibit tomat"

    def test_a_sent_application_cannot_be_changed(self) -> None:
        application, _ = self.file_it()
        filing.submit(self.with_documents(application))
        here = f"/permohonan-saya/{application.number}/"
        assert self.client.post(f"{here}ubah/", self.fields()).status_code == 422
        assert self.client.post(f"{here}berkas/ktp/", {"file": pdf()}).status_code == 422
        assert self.client.post(f"{here}tarik/", {"reason": "Batal."}).status_code == 422

    def test_an_incomplete_application_is_not_sent(self) -> None:
        application, _ = self.file_it()
        answer = self.client.post(f"/permohonan-saya/{application.number}/kirim/")
        assert answer.status_code == 422
        assert "Berkas belum lengkap: KTP" in answer.content.decode()

    def test_the_recipient_reports_from_the_same_page(self) -> None:
        application, code = self.file_it()
        for target in (
            "diajukan", "kepala_daerah", "klasifikasi", "rekomendasi", "verifikasi", "tapd", "disetujui",
            "ditetapkan", "nphd", "dicairkan",
        ):  # fmt: skip
            application = self.forward(application, target)
        report = application.agreement.disbursements.get().report
        here = f"/permohonan-saya/{application.number}/laporan/{report.pk}/"
        assert self.client.post(f"{here}serahkan/").status_code == 422
        wrong = self.client.post(here, {"spent": "1", "returned": "1", "narrative": "Selesai."})
        assert "harus berjumlah" in wrong.content.decode()
        figures = {"spent": "12.000.000", "returned": "500.000", "narrative": "Bibit ditanam."}
        assert self.client.post(here, figures).status_code == 302
        for upload in (photo(), pdf()):
            assert self.client.post(f"{here}berkas/", {"file": upload}).status_code == 302
        assert self.client.post(f"{here}serahkan/").status_code == 302

        report.refresh_from_db()
        assert (report.state, report.spent, report.returned) == (
            "diserahkan",
            Decimal("12000000.00"),
            Decimal("500000.00"),
        )

    def test_a_report_of_somebody_else_is_not_found(self) -> None:
        application, _ = self.file_it()
        other = self.at("dicairkan")
        report = other.agreement.disbursements.get().report
        answer = self.client.get(f"/permohonan-saya/{application.number}/laporan/{report.pk}/")
        assert answer.status_code == 404


class StatusTest(Visitor, GrantsCase):
    def test_status_by_number_shows_steps_and_reasons_without_people(self) -> None:
        application = self.at("diajukan")
        review.move(self.account("tata_usaha"), application, "kurang", "Proposal belum ditandatangani.")
        said = self.client.get("/status/", {"nomor": application.number.lower()}).content.decode()
        assert "Perlu dilengkapi pemohon" in said
        assert "Proposal belum ditandatangani." in said
        assert "oleh pemohon" in said
        assert "tata_usaha" not in said
        assert "Tata_Usaha" not in said

    def test_a_draft_and_an_unknown_number_look_the_same(self) -> None:
        draft = self.draft()
        pages = [
            self.client.get("/status/", {"nomor": n}).content.decode() for n in (draft.number, "HB-2027-99999")
        ]
        assert all("tidak ditemukan" in page for page in pages)


class RobotTest(Visitor, GrantsCase):
    def refused(self, **changes: Any) -> str:
        answer = self.client.post(FORM, self.fields(**changes))
        assert answer.status_code in (422, 429)
        assert Application.objects.count() == 0
        return answer.content.decode()

    def test_a_filled_trap_a_quick_form_and_a_forged_token_are_refused(self) -> None:
        assert "terlalu cepat" in self.refused(website="https://judi.example")
        assert "terlalu cepat" in self.refused(token=guard.form_token())
        assert "tidak dikenali" in self.refused(token="palsu")
        assert "tidak dikenali" in self.refused(token="")

    def test_an_old_form_is_refused_with_a_fresh_one_that_keeps_what_was_typed(self) -> None:
        said = self.refused(token=guard.form_token(time.time() - 20_000))
        assert "terlalu lama" in said
        assert "Pengadaan bibit cabai" in said
        token = re.search(r'name="token" value="([^"]+)"', said)
        assert token
        assert not guard.is_spent(token.group(1))

    def test_the_sixth_filing_of_an_address_within_an_hour_waits(self) -> None:
        for _ in range(5):
            self.file_it()
        answer = self.client.post(FORM, self.fields())
        assert answer.status_code == 429
        assert "Terlalu banyak percobaan" in answer.content.decode()
        assert Application.objects.count() == 5

    def test_guessing_codes_stops_after_ten_wrong_ones_even_with_the_right_one(self) -> None:
        application, code = self.file_it()
        for _ in range(10):
            self.client.post("/status/", {"number": application.number, "code": "AAAA"})
        answer = self.client.post("/status/", {"number": application.number, "code": code})
        assert answer.status_code == 429

    def test_no_address_is_stored(self) -> None:
        self.file_it()
        assert all(re.fullmatch(r"[0-9a-f]{64}", attempt.key) for attempt in Attempt.objects.all())


class CounterTest(Visitor, GrantsCase):
    def test_the_counter_files_for_somebody_without_trap_and_outside_the_window(self) -> None:
        close_window()
        self.as_("tata_usaha")
        application, _ = self.file_it(token=None, website=None)
        assert application.created_by == self.account("tata_usaha")
        here = f"/permohonan-saya/{application.number}/"
        for kind_id in application.kind.documents:
            self.client.post(f"{here}berkas/{kind_id}/", {"file": pdf()})
        assert self.client.post(f"{here}kirim/").status_code == 302
        application.refresh_from_db()
        assert application.state == "diajukan"

    def test_a_new_code_ends_the_old_one(self) -> None:
        application, old = self.file_it()
        self.as_("tata_usaha")
        answer = self.client.post(f"/permohonan/{application.pk}/kode/")
        shown = self.client.get(answer["Location"]).content.decode()
        new = re.search(r'class="secret">([A-Z0-9-]+)<', shown)
        assert new
        other = Client()
        assert other.post("/status/", {"number": application.number, "code": old}).status_code == 422
        assert other.post("/status/", {"number": application.number, "code": new.group(1)}).status_code == 302

    def test_other_desks_do_not_act_for_applicants(self) -> None:
        application, _ = self.file_it()
        self.client.cookies.clear()
        self.as_("opd")
        assert self.client.get(f"/permohonan-saya/{application.number}/").status_code == 404
