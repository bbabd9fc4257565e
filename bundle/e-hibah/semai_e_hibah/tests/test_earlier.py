"""Recipients of earlier years: imported whole or not at all, known to the rules, never shown with identifiers."""

from __future__ import annotations

import io
import re
import zipfile
from typing import Any
from unittest.mock import patch

import pytest
from auditlog.models import LogEntry
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.utils import timezone
from openpyxl import Workbook, load_workbook
from semai_kit.roles import Denied

from ..models import EarlierAward
from ..services import earlier, eligibility
from .cases import GrantsCase, fresh_nik

URL = "/penerima-terdahulu/impor/"
GOOD: dict[str, Any] = {
    "Tahun": 2024,
    "Jenis": "Hibah uang kepada kelompok masyarakat",
    "Bentuk": "Kelompok masyarakat terdaftar",
    "Nama penerima": "Kelompok Tani Subur",
    "NIK": None,
    "NPWP": None,
    "Nomor akta": "AHU-9001.AH.01.04",
    "Kegiatan": "Pompa air",
    "Nilai": 25_000_000,
    "Laporan": "sudah",
}
PERSON = {
    "Jenis": "Bantuan sosial kepada perorangan atau keluarga",
    "Bentuk": "Perorangan atau keluarga",
    "Nama penerima": "Maria Contoh",
    "Nomor akta": None,
    "Kegiatan": "Biaya pengobatan",
    "Nilai": 5_000_000,
}


def workbook(*rows: dict[str, Any]) -> bytes:
    book = Workbook()
    book.active.append(list(GOOD))
    for row in rows:
        book.active.append([row[title] for title in GOOD])
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


class ImportTest(GrantsCase):
    def upload(self, content: bytes) -> HttpResponse:
        return self.as_("tata_usaha").post(URL, {"file": SimpleUploadedFile("daftar.xlsx", content)})

    def send(self, *rows: dict[str, Any]) -> str:
        """Upload and confirm; what the page that follows says."""
        answer = self.upload(workbook(*rows))
        token = re.search(r'name="token" value="([0-9a-f]+)"', answer.content.decode())
        assert token, answer.content.decode()
        return self.client.post(URL, {"token": token[1], "confirm": "1"}, follow=True).content.decode()

    def faults(self, *rows: dict[str, Any]) -> list[str]:
        """The first column of the error sheet that comes back."""
        token = re.search(r'name="token" value="([0-9a-f]+)"', self.upload(workbook(*rows)).content.decode())
        assert token
        sheet = self.client.post(URL, {"token": token[1], "errors": "1"}).content
        return [row[0].value or "" for row in load_workbook(io.BytesIO(sheet)).worksheets[0].iter_rows(min_row=2)]

    def test_a_list_is_shown_first_then_written_and_sent_again_changes_what_differs(self) -> None:
        person = GOOD | PERSON | {"NIK": fresh_nik()}
        assert "2 baris siap disimpan" in self.upload(workbook(GOOD, person)).content.decode()
        assert EarlierAward.objects.count() == 0

        assert "2 penerima dicatat, 0 diperbarui" in self.send(GOOD, person)
        assert "1 penerima dicatat, 1 diperbarui" in self.send(
            GOOD | {"Kegiatan": "Gudang"}, GOOD | {"Laporan": "belum"}, person
        )
        rows = EarlierAward.objects.order_by("pk").values_list("title", "reported", "created_by__username")
        assert list(rows) == [
            ("Pompa air", False, "tata_usaha"),
            ("Biaya pengobatan", True, "tata_usaha"),
            ("Gudang", True, "tata_usaha"),
        ]

    def test_every_fault_comes_back_beside_its_row_and_nothing_is_written(self) -> None:
        said = self.faults(
            GOOD,
            GOOD,
            GOOD | {"Tahun": 1999},
            GOOD | {"Tahun": timezone.localdate().year + 1},
            GOOD | {"Nilai": 0},
            GOOD | {"Nilai": 1.005},
            GOOD | {"Nomor akta": None},
            GOOD | {"Bentuk": "Yayasan"},
            GOOD | {"Kegiatan": "Hubungi 0812-3456-7890"},
            GOOD | PERSON,
            GOOD | PERSON | {"NIK": "1234"},
            GOOD | PERSON | {"NIK": 5310016502850010},
        )
        wanted = ["", "sama dengan baris 2", "Tahun harus antara", "Tahun harus antara", "lebih dari nol",
                  "paling banyak dua angka", "Isi nomor akta", "tidak dapat menerima", "Jangan menulis NIK",
                  "wajib diisi", "NIK", "sudah dibulatkan"]  # fmt: skip
        assert [part for part, text in zip(wanted, said, strict=True) if part not in text] == []
        assert EarlierAward.objects.count() == 0

    def test_a_row_that_another_import_wrote_meanwhile_is_said_and_nothing_is_written(self) -> None:
        self.send(GOOD)
        with patch.object(earlier, "_known", return_value={}):
            said = self.send(GOOD, GOOD | {"Kegiatan": "Gudang"})
        assert "baru saja dicatat orang lain" in said
        assert [award.title for award in EarlierAward.objects.all()] == ["Pompa air"]

    def test_hostile_files_are_refused_with_the_reason(self) -> None:
        assert "berisi rumus" in self.faults(GOOD | {"Nilai": "=1+1"})[0]
        bomb = io.BytesIO()
        with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as packed:
            packed.writestr("[Content_Types].xml", "<Types/>")
            packed.writestr("xl/worksheets/sheet1.xml", b"0" * (80 * 1024 * 1024))
        macro = io.BytesIO(workbook(GOOD))
        with zipfile.ZipFile(macro, "a") as packed:
            packed.writestr("xl/vbaProject.bin", b"\0")
        for content, reason in (
            (bomb.getvalue(), "terlalu besar"), (macro.getvalue(), "makro"), (b"tahun;jenis\n", "bukan XLSX"),
        ):  # fmt: skip
            answer = self.upload(content)
            assert (answer.status_code, reason in answer.content.decode()) == (422, True), reason
        assert EarlierAward.objects.count() == 0

    def test_text_that_looks_like_a_page_stays_text(self) -> None:
        said = self.send(GOOD | {"Nama penerima": "<script>alert(1)</script>"})
        assert "&lt;script&gt;" in said
        assert "<script>alert" not in said


class RulesTest(GrantsCase):
    """An application for 2027 of a recipient who is in the list."""

    def earlier(self, **changes: Any) -> EarlierAward:
        application = self.at("diajukan")
        self.application = application
        values: dict[str, Any] = {
            "year": 2026,
            "kind_id": application.kind_id,
            "form_id": application.applicant.form_id,
            "name": application.applicant.name,
            "identity": application.applicant.identity,
            "title": "Pompa air",
            "amount": 1,
            "reported": True,
        }
        return EarlierAward.objects.create(**(values | changes))

    def said(self) -> list[str]:
        return [judged.finding.fault for judged in eligibility.judge(self.application) if judged.finding.fault]

    def test_an_award_of_the_year_before_counts_for_the_gap(self) -> None:
        self.earlier()
        (fault,) = self.said()
        assert "Sudah menerima pada tahun 2026" in fault

    def test_a_report_that_never_came_stands_in_the_way(self) -> None:
        self.earlier(year=2020, reported=False)
        (fault,) = self.said()
        assert "Laporan belum diterima" in fault
        assert "tahun 2020 “Pompa air”" in fault

    def test_another_recipient_is_not_held_to_it(self) -> None:
        self.earlier(identity="deed:lain", reported=False)
        assert self.said() == []


class ListTest(GrantsCase):
    def award(self, **changes: Any) -> EarlierAward:
        nik = fresh_nik()
        values: dict[str, Any] = {
            "year": 2024,
            "kind_id": "bansos-individu",
            "form_id": "perorangan",
            "name": "Theresia Contoh Larut",
            "identity": f"nik:{nik}",
            "title": "Biaya pengobatan",
            "amount": 5_000_000,
            "reported": False,
        }
        return EarlierAward.objects.create(**(values | changes))

    def test_a_person_is_masked_in_the_list_and_not_to_be_found_by_name(self) -> None:
        award = self.award()
        for name in ("tata_usaha", "auditor"):
            page = self.as_(name).get("/penerima-terdahulu/").content.decode()
            assert "Biaya pengobatan" in page
            assert "Larut" not in page
            assert award.identity[4:] not in page
        assert "Biaya pengobatan" not in self.client.get("/penerima-terdahulu/?cari=Larut").content.decode()

    def test_the_trail_says_that_a_row_came_and_went_but_not_who_it_was(self) -> None:
        award = self.award()
        self.as_("tata_usaha").post(f"/penerima-terdahulu/{award.pk}/hapus/")
        entries = LogEntry.objects.get_for_model(EarlierAward)
        assert {entry.get_action_display() for entry in entries} >= {"create", "delete"}
        told = " ".join(f"{entry.object_repr} {entry.changes}" for entry in entries)
        assert "Larut" not in told
        assert award.identity not in told

    def test_only_the_office_writes(self) -> None:
        award = self.award()
        for name in ("auditor", "opd", "bpkad"):
            assert self.as_(name).get(URL).status_code == 403
            assert self.client.post(f"/penerima-terdahulu/{award.pk}/hapus/").status_code == 403
            with pytest.raises(Denied):
                earlier.remove(self.account(name), award)
        assert "Hapus" not in self.as_("auditor").get("/penerima-terdahulu/").content.decode()
        assert EarlierAward.objects.count() == 1
