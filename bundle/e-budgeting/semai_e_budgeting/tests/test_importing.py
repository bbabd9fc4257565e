"""Lines by spreadsheet: round trip, both modes, pagu over the whole file, and hostile files."""

import io
import zipfile
from decimal import Decimal
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.urls import reverse
from openpyxl import Workbook, load_workbook
from semai_kit import spreadsheets
from semai_kit.refusals import Refused
from semai_kit.roles import Denied

from semai_e_budgeting.errors import NotEditable
from semai_e_budgeting.models import Rka, RkaLine
from semai_e_budgeting.services.importing import ADD, REPLACE, SheetLine, import_lines
from semai_e_budgeting.services.lines import add_line, used_of
from semai_e_budgeting.sheets import export_rows, export_sheet, line_sheet
from semai_e_budgeting.tests.base import ATK, BudgetCase

HEADER = [column.title for column in line_sheet().columns]


def sheet_line(price: str = "1000000", volume: str = "10", **changes: Any) -> SheetLine:
    values: dict[str, Any] = {
        "sub_activity_code": "1.01.02.2.01.0003",
        "account_code": ATK,
        "funding_code": "PAD",
        "description": "Alat tulis kantor",
        "volume_1": Decimal(volume),
        "unit_1": "Paket",
        "unit_price": Decimal(price),
    }
    return SheetLine(**(values | changes))


def workbook(*rows: list[Any], header: list[str] | None = None) -> bytes:
    book = Workbook()
    page = book.active
    page.append(header or HEADER)
    for row in rows:
        page.append(row)
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def cells(price: Any = 1000000, volume: Any = 10, code: str = ATK, text: str = "Alat tulis") -> list[Any]:
    return ["1.01.02.2.01.0003", code, "PAD", text, "", volume, "Paket", "", "", "", "", price, 0, "", ""]


class Importing(BudgetCase):
    def test_added_rows_join_the_lines_that_are_there(self) -> None:
        add_line(self.rka.pk, self.entry(), self.account("opd"))
        count = import_lines(self.rka.pk, [sheet_line(), sheet_line("500000")], ADD, self.account("opd"))
        assert (count, used_of(self.item)) == (2, Decimal(25000000))

    def test_file_beyond_pagu_is_refused_whole(self) -> None:
        with pytest.raises(Refused) as refusal:
            import_lines(self.rka.pk, [sheet_line("60000000", "1")] * 2, ADD, self.account("opd"))
        assert "kelebihan Rp20.000.000" in str(refusal.value)
        assert not RkaLine.objects.exists()

    def test_replacing_keeps_the_identity_of_rows_that_stay(self) -> None:
        kept = add_line(self.rka.pk, self.entry(), self.account("opd"))
        gone = add_line(self.rka.pk, self.entry(description="Lain"), self.account("opd"))
        import_lines(
            self.rka.pk, [sheet_line("2000000"), sheet_line(description="Baru")], REPLACE, self.account("opd")
        )
        rows = {line.pk: line.unit_price for line in RkaLine.objects.all()}
        assert rows[kept.pk] == Decimal(2000000)
        assert gone.pk not in rows
        assert len(rows) == 2

    def test_replacing_may_shift_money_between_lines_within_pagu(self) -> None:
        for text in ("A", "B"):
            add_line(self.rka.pk, self.entry("50000000", volume="1", description=text), self.account("opd"))
        rows = [sheet_line("90000000", "1", description="A"), sheet_line("10000000", "1", description="B")]
        import_lines(self.rka.pk, rows, REPLACE, self.account("opd"))
        assert sorted(RkaLine.objects.values_list("total", flat=True)) == [Decimal(10000000), Decimal(90000000)]

    def test_equal_rows_are_kept_as_often_as_the_file_has_them(self) -> None:
        for _ in range(3):
            add_line(self.rka.pk, self.entry(), self.account("opd"))
        import_lines(self.rka.pk, [sheet_line()] * 2, REPLACE, self.account("opd"))
        assert RkaLine.objects.count() == 2

    def test_export_imported_again_changes_nothing(self) -> None:
        add_line(self.rka.pk, self.entry("52000", volume_2=Decimal("2.5"), unit_2="Kali"), self.account("opd"))
        add_line(self.rka.pk, self.entry(description="=2+3", tax_percent=Decimal(11)), self.account("opd"))
        before = list(RkaLine.objects.order_by("pk").values_list("pk", "description", "volume_2", "total"))
        reading = spreadsheets.read(spreadsheets.write(export_sheet(), export_rows(self.rka)), line_sheet())
        lines = [SheetLine.from_cells(row.values) for row in reading.rows]
        import_lines(self.rka.pk, lines, REPLACE, self.account("opd"))
        assert list(RkaLine.objects.order_by("pk").values_list("pk", "description", "volume_2", "total")) == before

    def test_sent_rka_takes_no_file(self) -> None:
        Rka.objects.filter(pk=self.rka.pk).update(state="dikirim")
        with pytest.raises(NotEditable):
            import_lines(self.rka.pk, [sheet_line()], ADD, self.account("opd"))

    def test_other_agencies_and_reviewers_import_nothing(self) -> None:
        for username in ("opd-kesehatan", "verifikator", "bpkad"):
            with self.subTest(username), pytest.raises(Denied):
                import_lines(self.rka.pk, [sheet_line()], ADD, self.account(username))


class Uploading(BudgetCase):
    def send(self, content: bytes, query: str = "") -> HttpResponse:
        upload = SimpleUploadedFile("rincian.xlsx", content)
        return self.as_("opd").post(reverse("budget:import", args=[self.rka.pk]) + query, {"file": upload})

    def confirm(self, response: HttpResponse, query: str = "", **more: str) -> HttpResponse:
        address = reverse("budget:import", args=[self.rka.pk]) + query
        return self.client.post(address, {"token": response.context["token"], "confirm": "1", **more})

    def test_template_holds_the_columns(self) -> None:
        response = self.as_("opd").get(reverse("budget:import", args=[self.rka.pk]), {"template": "1"})
        titles = [cell.value for cell in load_workbook(io.BytesIO(response.content)).worksheets[0][1]]
        assert [title.removesuffix(" *") for title in titles] == HEADER

    def test_preview_writes_nothing_and_confirm_writes_all(self) -> None:
        response = self.send(workbook(cells(), cells(500000)))
        assert response.status_code == 200
        assert "Akibat pada pagu" in response.content.decode()
        assert not RkaLine.objects.exists()
        assert self.confirm(response).status_code == 302
        assert used_of(self.item) == Decimal(15000000)

    def test_replacing_by_address_removes_other_lines(self) -> None:
        add_line(self.rka.pk, self.entry(description="Lain"), self.account("opd"))
        response = self.send(workbook(cells()), "?cara=ganti")
        self.confirm(response, "?cara=ganti")
        assert [line.description for line in RkaLine.objects.all()] == ["Alat tulis"]

    def test_excess_over_pagu_is_shown_with_figures_and_cannot_be_confirmed(self) -> None:
        response = self.send(workbook(cells(60000000, 1), cells(60000000, 1)))
        assert "kelebihan Rp20.000.000" in response.content.decode()
        assert self.confirm(response).status_code == 422
        assert not RkaLine.objects.exists()

    def test_faulty_rows_come_back_marked_in_the_senders_own_sheet(self) -> None:
        response = self.send(workbook(cells(), cells("seribu"), cells(code="5.1.02")))
        assert not RkaLine.objects.exists()
        address = reverse("budget:import", args=[self.rka.pk])
        sheet = self.client.post(address, {"token": response.context["token"], "errors": "1"})
        rows = list(load_workbook(io.BytesIO(sheet.content)).worksheets[0].iter_rows(values_only=True))
        assert rows[0][0] == "Kesalahan"
        assert [bool(row[0]) for row in rows[1:]] == [False, True, True]
        assert "bukan angka" in rows[2][0]
        assert "5.1.02 tidak dikenal" in rows[3][0]

    def test_hostile_cells_are_refused_one_by_one(self) -> None:
        hostile = [
            cells("=1+1"),
            cells(volume=-5),
            cells(volume="1e30"),
            cells(price=-1),
            cells(volume="0,0001"),
            cells(text="x" * 301),
            cells(text=""),
        ]
        response = self.send(workbook(*hostile))
        assert {error.row for error in response.context["reading"].errors} == {2, 3, 4, 5, 6, 7, 8}
        assert not RkaLine.objects.exists()

    def test_files_that_are_no_honest_workbook_are_refused_whole(self) -> None:
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as package:
            package.writestr("[Content_Types].xml", "<Types/>")
            package.writestr("xl/worksheets/sheet1.xml", b"0" * (70 * 1024 * 1024))
        for content in (b"", b"bukan lembar kerja", packed.getvalue(), workbook(cells(), header=["x"] * 15)):
            with self.subTest(len(content)):
                response = self.send(content)
                assert response.status_code == 422
                assert not RkaLine.objects.exists()

    def test_other_agency_cannot_open_the_import(self) -> None:
        assert self.as_("opd-kesehatan").get(reverse("budget:import", args=[self.rka.pk])).status_code == 403
