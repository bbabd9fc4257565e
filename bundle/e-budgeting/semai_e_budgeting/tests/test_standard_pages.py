"""Price standards on pages and in spreadsheets: searched, filled in, imported, exported."""

import io
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from openpyxl import Workbook, load_workbook
from semai_kit.refusals import Refused

from semai_e_budgeting.models import PriceStandard, RkaLine
from semai_e_budgeting.selectors.standards import usable_items
from semai_e_budgeting.services.importing import ADD, REPLACE, SheetLine, import_lines
from semai_e_budgeting.services.lines import add_line
from semai_e_budgeting.tests.base import ATK, BudgetCase
from semai_e_budgeting.tests.pricing import PAPER, Pricing


def row(**changes: Any) -> SheetLine:
    values: dict[str, Any] = {
        "sub_activity_code": "1.01.02.2.01.0003",
        "account_code": ATK,
        "funding_code": "PAD",
        "description": "Kertas F4",
        "volume_1": Decimal(10),
        "standard_code": "SSH 1.1.7.1",
    }
    return SheetLine(**(values | changes))


class Spreadsheets(Pricing, BudgetCase):
    def setUp(self) -> None:
        self.standard()

    def test_rows_take_unit_and_price_from_the_code_they_name(self) -> None:
        import_lines(self.rka.pk, [row(standard_code=" ssh  1.1.7.1 ")], ADD, self.account("opd"))
        line = RkaLine.objects.get()
        assert (line.unit_1, line.unit_price, line.total) == ("Rim", Decimal(62500), Decimal(625000))

    def test_rows_above_the_standard_unknown_or_unpriced_are_refused(self) -> None:
        for wrong in (row(unit_price=Decimal(62501)), row(standard_code="SSH 9"), row(standard_code="")):
            with pytest.raises(Refused):
                import_lines(self.rka.pk, [wrong], ADD, self.account("opd"))
        assert not RkaLine.objects.exists()

    def test_replaced_lines_keep_a_standard_that_a_newer_decree_replaced(self) -> None:
        add_line(self.rka.pk, self.by_standard(), self.account("opd"))
        self.standard(replace(PAPER, price=Decimal(50000)), decree="Perbup 20/2026", effective_on=date(2026, 9, 1))
        with pytest.raises(Refused, match="melebihi"):
            import_lines(self.rka.pk, [row(unit_price=Decimal(62500))], ADD, self.account("opd"))
        import_lines(self.rka.pk, [row(unit_price=Decimal(62500))], REPLACE, self.account("opd"))
        assert RkaLine.objects.get().standard_decree == "Perbup 12/2026"


class Pages(Pricing, BudgetCase):
    def values(self, **changes: Any) -> dict[str, Any]:
        entry = self.entry()
        values = {
            "item": self.item.pk,
            "account": entry.account_id,
            "funding": entry.funding_id,
            "description": "Kertas F4",
            "volume_1": "2",
            "volume_2": "3",
            "unit_2": "Hari",
            "langkah": "simpan",
        }
        return values | changes

    def post_line(self, **changes: Any) -> Any:
        address = reverse("budget:add-line", args=[self.rka.pk, self.item.pk])
        return self.as_("opd").post(address, self.values(**changes))

    def test_the_line_form_searches_suggests_and_fills_from_the_standard(self) -> None:
        self.standard()
        page = self.post_line(langkah="cari", standard_search="kertas").content.decode()
        assert "1 standar cocok" in page
        assert '<option value="SSH 1.1.7.1 Kertas F4">' in page
        assert self.post_line(standard_search="SSH 1.1.7.1 Kertas F4").status_code == 302
        assert RkaLine.objects.get().total == Decimal(375000)

    def test_words_that_name_no_standard_and_prices_above_it_stay_on_the_form(self) -> None:
        self.standard()
        lost = self.post_line(standard_search="kertas", unit_price="5", unit_1="Rim")
        above = self.post_line(standard=self.item_of().pk, unit_price="70.000")
        assert "Pilih satu standar harga dari daftar" in lost.content.decode()
        assert "melebihi SSH 1.1.7.1" in above.content.decode()
        assert [response.status_code for response in (lost, above)] == [422, 422]
        assert not RkaLine.objects.exists()

    def test_a_list_is_recorded_imported_enforced_and_exported_on_pages(self) -> None:
        client = self.as_("bpkad")
        form = {"kind": "SSH", "decree": "Perbup 5", "decree_date": "2026-05-01", "first_year": "2027"}
        address = client.post(reverse("budget:add-standard"), form)["Location"]
        rows = [
            ["1.1", "Kertas", "", "Rim", 62500, "ya", f"{ATK}; 5.1.02.02"],
            ["1.2", "Pena", "", "Dus", 0, "", "9"],
        ]
        response = client.post(address, {"file": sheet(rows)})
        assert {error.key for error in response.context["reading"].errors} == {"price", "accounts"}
        response = client.post(address, {"file": sheet(rows[:1])})
        client.post(address, {"token": response.context["token"], "confirm": "1"})
        standard = PriceStandard.objects.get()
        client.post(reverse("budget:enforce-standard", args=[standard.pk]))
        item = usable_items(2027).get()
        assert (item.includes_tax, item.accounts) == (True, (ATK, "5.1.02.02"))
        listed = client.get(reverse("budget:standard-items"), {"cari": "kertas", "sort": "-price"}).content.decode()
        assert "SSH 1.1" in listed
        exported = client.get(reverse("budget:standard", args=[standard.pk]), {"export": "xlsx"}).content
        cells = list(load_workbook(io.BytesIO(exported)).worksheets[0].iter_rows(values_only=True))
        assert cells[1][:2] == ("1.1", "Kertas")


def sheet(rows: list[list[Any]]) -> SimpleUploadedFile:
    book = Workbook()
    page = book.active
    titles = ["Kode barang", "Uraian", "Spesifikasi", "Satuan", "Harga satuan", "Termasuk PPN", "Kode rekening"]
    for cells in (titles, *rows):
        page.append(cells)
    buffer = io.BytesIO()
    book.save(buffer)
    return SimpleUploadedFile("standar.xlsx", buffer.getvalue())
