"""Import of usulan by spreadsheet, also from sheets that are wrong or hostile."""

from __future__ import annotations

import io
import re
import zipfile

from django.core.files.uploadedfile import SimpleUploadedFile
from openpyxl import Workbook, load_workbook
from semai_kit import spreadsheets

from .. import sheets
from ..models import Proposal
from .cases import PlanningCase, close_calendar

URL = "/usulan/impor/"
GOOD = {
    "Nama usulan": "Rabat beton jalan",
    "Jenis": "Fisik/pembangunan",
    "Tema prioritas": "Infrastruktur dan konektivitas",
    "Kode desa": "99.01.01.2001",
    "RW": "001",
    "RT": "002",
    "Lokasi": "Dusun Timur",
    "Lintang": "-8,6123456",
    "Bujur": 120.468123,
    "Volume": 350,
    "Satuan": "meter",
    "Perkiraan biaya": 210_000_000,
    "Pengusul": "Kepala Dusun",
    "Kode OPD": "1.03",
    "Alasan dan manfaat": "Jalan becek",
    "Asal usulan": None,
}


def workbook(*rows: dict) -> bytes:
    book = Workbook()
    page = book.active
    page.append(list(GOOD))
    for row in rows:
        page.append([row.get(title) for title in GOOD])
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


class ImportTest(PlanningCase):
    def upload(self, content: bytes, username: str = "desa"):
        return self.as_(username).post(URL, {"file": SimpleUploadedFile("usulan.xlsx", content)})

    def token(self, response) -> str:
        return re.search(r'name="token" value="([0-9a-f]+)"', response.content.decode()).group(1)

    def test_template_holds_every_column(self) -> None:
        content = self.as_("desa").get(URL, {"template": "1"}).content

        titles = [cell.value.removesuffix(" *") for cell in load_workbook(io.BytesIO(content)).worksheets[0][1]]
        assert titles == list(GOOD)

    def test_nothing_is_written_before_confirmation(self) -> None:
        response = self.upload(workbook(GOOD, GOOD | {"Nama usulan": "Posyandu"}))
        assert "2 baris siap disimpan" in response.content.decode()
        assert Proposal.objects.count() == 0

        self.client.post(URL, {"token": self.token(response), "confirm": "1"})

        assert {p.title for p in Proposal.objects.all()} == {"Rabat beton jalan", "Posyandu"}
        assert {p.state for p in Proposal.objects.all()} == {"draf"}
        assert {p.coordinates for p in Proposal.objects.all()} == {"-8.612346, 120.468123"}

    def test_errors_come_back_in_the_users_own_sheet(self) -> None:
        response = self.upload(
            workbook(
                GOOD,
                GOOD | {"Kode desa": "99.01.09.9999"},
                GOOD | {"Kode desa": "99.01.01.2002", "Kode OPD": "9.99"},
                GOOD | {"Volume": "banyak"},
                GOOD | {"RT": "IV"},
                GOOD | {"Lintang": 120.46, "Bujur": -8.61},
                GOOD | {"Bujur": None},
                GOOD | {"Lintang": "200,5"},
            )
        )
        assert "7 dari 8 baris" in response.content.decode()

        sheet = self.client.post(URL, {"token": self.token(response), "errors": "1"}).content
        column = [row[0].value or "" for row in load_workbook(io.BytesIO(sheet)).worksheets[0].iter_rows(min_row=2)]
        assert column[0] == ""
        assert "tidak ada di daftar desa" in column[1]
        assert "Anda tidak dapat menulis usulan untuk Bukit Damai" in column[2]
        assert "9.99 tidak ada di daftar OPD" in column[2]
        assert "bukan angka" in column[3]
        assert "Isi dengan angka" in column[4]
        assert "di luar Kabupaten Contoh" in column[5]
        assert "Isi lintang dan bujur" in column[6]
        assert "tulis derajat desimal" in column[7]

    def test_confirming_a_sheet_with_errors_writes_nothing(self) -> None:
        response = self.upload(workbook(GOOD, GOOD | {"Kode OPD": "9.99"}))

        again = self.client.post(URL, {"token": self.token(response), "confirm": "1"})

        assert again.status_code == 422
        assert Proposal.objects.count() == 0

    def test_kecamatan_and_opd_import_their_own_usulan(self) -> None:
        elsewhere = GOOD | {"Kode desa": "99.01.02.2001"}
        for username, rows, wrong in (
            ("kecamatan", (GOOD, elsewhere), "menulis usulan untuk"),
            ("opd", (elsewhere, GOOD | {"Kode OPD": "1.01"}), "Kode OPD: Anda tidak dapat menulis usulan untuk"),
        ):
            with self.subTest(username=username):
                refused = self.upload(workbook(*rows), username).content.decode()
                assert "1 dari 2 baris" in refused
                assert wrong in refused

                response = self.upload(workbook(rows[0]), username)
                self.client.post(URL, {"token": self.token(response), "confirm": "1"})

        assert [p.source for p in Proposal.objects.order_by("pk")] == ["kecamatan", "opd"]

    def test_who_enters_several_sources_says_which(self) -> None:
        unsaid = self.upload(workbook(GOOD), "bappeda").content.decode()
        assert "pilih salah satu dari Musrenbang desa/kelurahan, Usulan kecamatan, Usulan OPD" in unsaid

        response = self.upload(workbook(GOOD | {"Asal usulan": "Usulan kecamatan"}), "bappeda")
        self.client.post(URL, {"token": self.token(response), "confirm": "1"})

        assert Proposal.objects.get().source == "kecamatan"

    def test_a_template_from_before_the_column_goes_on_working(self) -> None:
        titles = list(GOOD)[:-1]
        book = Workbook()
        book.active.append(titles)
        book.active.append([GOOD[title] for title in titles])
        buffer = io.BytesIO()
        book.save(buffer)

        assert "1 baris siap disimpan" in self.upload(buffer.getvalue()).content.decode()

    def test_formula_is_refused_not_computed(self) -> None:
        response = self.upload(workbook(GOOD | {"Perkiraan biaya": "=1+1"}))

        assert "berisi rumus" in response.content.decode()

    def test_zip_bomb_is_refused(self) -> None:
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as bomb:
            bomb.writestr("[Content_Types].xml", "<Types/>")
            bomb.writestr("xl/worksheets/sheet1.xml", b"0" * (80 * 1024 * 1024))

        response = self.upload(buffer.getvalue())

        assert response.status_code == 422
        assert "terlalu besar" in response.content.decode()

    def test_other_file_types_are_refused(self) -> None:
        response = self.upload(b"nama;volume\nrabat;3\n")

        assert response.status_code == 422
        assert "bukan XLSX" in response.content.decode()

    def test_closed_stage_is_said_at_upload(self) -> None:
        close_calendar()

        response = self.upload(workbook(GOOD))

        assert response.status_code == 422
        assert "hanya bisa pada tahap" in response.content.decode()

    def test_who_enters_no_usulan_may_not_import(self) -> None:
        assert self.as_("inspektorat").get(URL).status_code == 403

    def test_export_keeps_dangerous_text_as_text(self) -> None:
        self.draft(title="=HYPERLINK(0)")

        content = self.as_("desa").get("/usulan/", {"export": "xlsx"}).content

        cell = load_workbook(io.BytesIO(content)).worksheets[0]["B2"]
        assert (cell.value, cell.data_type) == ("=HYPERLINK(0)", "s")

    def test_exported_columns_read_back(self) -> None:
        row = sheets.proposal_row(self.draft())

        reading = spreadsheets.read(spreadsheets.write(sheets.PROPOSALS, [row]), sheets.PROPOSALS)

        assert reading.rows[0].values["estimate"] == row["estimate"]
