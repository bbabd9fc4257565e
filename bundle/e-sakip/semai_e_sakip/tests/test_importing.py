"""Definitions and quarter targets by spreadsheet, also from sheets that are wrong or hostile."""

from __future__ import annotations

import io
import re
import zipfile
from decimal import Decimal

from django.core.files.uploadedfile import SimpleUploadedFile
from openpyxl import Workbook, load_workbook

from ..models import Indicator, QuarterTarget
from .cases import PerformanceCase

URL = "/indikator/impor/"


class ImportTest(PerformanceCase):
    def sheet(self, username: str = "opd") -> bytes:
        return self.as_(username).get(URL, {"daftar": "1"}).content

    def filled(self, **changes: object) -> bytes:
        """The list as an OPD downloads it, with cells of its first row changed by column title."""
        book = load_workbook(io.BytesIO(self.sheet()))
        page = book.worksheets[0]
        titles = {str(cell.value).removesuffix(" *"): cell.column for cell in page[1]}
        for title, value in changes.items():
            page.cell(row=2, column=titles[title.replace("_", " ")], value=value)
        buffer = io.BytesIO()
        book.save(buffer)
        return buffer.getvalue()

    def upload(self, content: bytes, username: str = "opd"):
        return self.as_(username).post(URL, {"file": SimpleUploadedFile("indikator.xlsx", content)})

    def confirm(self, response):
        token = re.search(r'name="token" value="([0-9a-f]+)"', response.content.decode()).group(1)
        return self.client.post(URL, {"token": token, "confirm": "1"})

    def quarters(self, *values: object) -> dict[str, object]:
        names = ("I", "II", "III", "IV")
        return {f"Target_Triwulan_{name}": value for name, value in zip(names, values, strict=True)}

    def test_the_downloaded_list_holds_the_agencys_own_indicators(self) -> None:
        rows = list(load_workbook(io.BytesIO(self.sheet())).worksheets[0].iter_rows(min_row=2, values_only=True))
        assert [(row[0], row[3]) for row in rows] == [(self.indicator().pk, "Panjang jalan baik")]

    def test_nothing_is_written_before_confirmation(self) -> None:
        response = self.upload(self.filled(Rumus="panjang/total", **self.quarters(450, 455, 460, 464)))
        assert "1 baris siap disimpan" in response.content.decode()
        assert self.indicator().formula == "a/b"

        assert self.confirm(response).status_code == 302

        found = self.indicator()
        assert (found.formula, found.quarter_targets()[3]) == ("panjang/total", Decimal(464))

    def test_quarters_that_miss_the_target_are_named_with_their_row(self) -> None:
        response = self.upload(self.filled(**self.quarters(1, 2, 3, 4)))
        assert "Baris 2" in response.content.decode()
        assert "464" in response.content.decode()
        assert self.confirm_errors(response) is not None
        assert not QuarterTarget.objects.exists()

    def confirm_errors(self, response) -> str:
        """The error sheet's text in its first column."""
        token = re.search(r'name="token" value="([0-9a-f]+)"', response.content.decode()).group(1)
        content = self.client.post(URL, {"token": token, "errors": "1"}).content
        return load_workbook(io.BytesIO(content)).worksheets[0]["A2"].value

    def test_foreign_unknown_and_repeated_indicators_are_refused(self) -> None:
        foreign = self.add(self.account("organisasi"), self.node("1.01.02"), "APS", "97", "98")
        for key in (foreign.pk, self.indicator("Jalan mantap").pk, 999_999):
            with self.subTest(key=key):
                assert "bukan milik OPD Anda" in self.upload(self.filled(Kunci=key)).content.decode()

    def test_figures_the_database_cannot_keep_are_refused(self) -> None:
        for value in ("1,234", 1e15, "1e300"):
            with self.subTest(value=value):
                response = self.upload(self.filled(Target_Triwulan_I=value))
                assert "Belum bisa disimpan" in response.content.decode()
        assert not QuarterTarget.objects.exists()

    def test_formula_is_refused_not_computed(self) -> None:
        assert "berisi rumus" in self.upload(self.filled(Rumus="=1+1")).content.decode()

    def test_zip_bomb_wrong_type_and_macros_are_refused(self) -> None:
        bomb, macro = io.BytesIO(), io.BytesIO()
        with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("[Content_Types].xml", "<Types/>")
            archive.writestr("xl/worksheets/sheet1.xml", b"0" * (80 * 1024 * 1024))
        with zipfile.ZipFile(macro, "w") as archive:
            source = zipfile.ZipFile(io.BytesIO(self.filled()))
            for name in source.namelist():
                archive.writestr(name, source.read(name))
            archive.writestr("xl/vbaProject.bin", b"x")
        for content in (bomb.getvalue(), macro.getvalue(), b"nama;nilai\n", b""):
            with self.subTest(size=len(content)):
                assert self.upload(content).status_code == 422
        assert Indicator.objects.get(name="Panjang jalan baik").formula == "a/b"

    def test_a_sheet_of_another_shape_is_refused(self) -> None:
        book, buffer = Workbook(), io.BytesIO()
        book.active.append(["Nama", "Nilai"])
        book.save(buffer)
        assert self.upload(buffer.getvalue()).status_code == 422

    def test_readers_do_not_import(self) -> None:
        for username in ("pejabat", "inspektorat", "auditor"):
            assert self.as_(username).get(URL).status_code == 403

    def test_exports_keep_dangerous_text_as_text(self) -> None:
        Indicator.objects.filter(name="Panjang jalan baik").update(name="=HYPERLINK(0)")
        content = self.as_("opd").get("/indikator/", {"export": "xlsx"}).content
        cells = [cell for row in load_workbook(io.BytesIO(content)).worksheets[0] for cell in row]
        (dangerous,) = [cell for cell in cells if cell.value == "=HYPERLINK(0)"]
        assert dangerous.data_type == "s"
