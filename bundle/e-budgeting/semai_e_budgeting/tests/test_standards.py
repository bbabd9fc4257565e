"""Price standards: kept by decree, newest first, never changing what was priced; lines priced by them."""

import io
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import override_settings
from django.urls import reverse
from django.utils import timezone
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase as HypothesisCase
from openpyxl import Workbook, load_workbook
from semai_kit.refusals import Refused
from semai_kit.roles import Denied
from semai_kit.testing import Personas

from semai_e_budgeting.errors import PriceAboveStandard
from semai_e_budgeting.models import FundingSource, PackCode, PriceStandard, Rka, RkaLine, StandardItem
from semai_e_budgeting.rules import amount_of
from semai_e_budgeting.selectors.recap import recap_by_account, recap_by_agency, recap_by_funding
from semai_e_budgeting.selectors.standards import for_account, labelled, matching, price_review, usable_items
from semai_e_budgeting.services.flow import move_rka
from semai_e_budgeting.services.importing import ADD, REPLACE, SheetLine, import_lines
from semai_e_budgeting.services.lines import add_line, change_line
from semai_e_budgeting.services.standards import (
    ItemEntry,
    StandardEntry,
    create_standard,
    discard_draft,
    end_standard,
    enforce_standard,
    fill_standard,
    item_faults,
)
from semai_e_budgeting.tests.base import ATK, Budget, BudgetCase

PAPER = ItemEntry("1.1.7.1", "Kertas F4", "Rim", Decimal(62500), accounts=("5.1.02.01.01",))
MEAL = ItemEntry("2.1", "Konsumsi rapat", "Orang/Kali", Decimal(52000))


def warning() -> override_settings:
    """The region takes a price above its standard with a written reason."""
    answers = {**settings.SEMAI.answers, "price_above_standard": "warn"}
    return override_settings(SEMAI=replace(settings.SEMAI, answers=answers))


class Pricing(Budget):
    """Shorthands of the cases here."""

    def standard(self, *items: ItemEntry, decree: str = "Perbup 12/2026", **changes: Any) -> PriceStandard:
        values: dict[str, Any] = {
            "kind": "SSH",
            "decree": decree,
            "decree_date": date(2026, 6, 1),
            "effective_on": date(2026, 6, 1),
            "first_year": 2027,
        }
        desk = self.account("bpkad")
        standard = create_standard(StandardEntry(**(values | changes)), desk)
        fill_standard(standard.pk, items or (PAPER, MEAL), desk)
        return enforce_standard(standard.pk, desk)

    def item_of(self, code: str = PAPER.code) -> StandardItem:
        return usable_items(2027).get(code=code)

    def by_standard(self, price: str | None = None, **changes: Any) -> Any:
        values = {"standard_id": self.item_of().pk, "unit_1": "", "description": "Kertas F4"}
        entry = replace(self.entry(), **(values | changes))
        return replace(entry, unit_price=None if price is None else Decimal(price))


class Keeping(Pricing, BudgetCase):
    def test_only_the_keeper_of_standards_writes_them(self) -> None:
        entry = StandardEntry("SSH", "Perbup 1", date(2026, 6, 1), date(2026, 6, 1), 2027)
        draft = create_standard(entry, self.account("bpkad"))
        for username in ("opd", "verifikator", "tapd", "auditor"):
            account = self.account(username)
            with self.subTest(username):
                for write in (
                    lambda who=account: create_standard(replace(entry, decree="Perbup 2"), who),
                    lambda who=account: fill_standard(draft.pk, [PAPER], who),
                    lambda who=account: enforce_standard(draft.pk, who),
                    lambda who=account: end_standard(draft.pk, 2027, who),
                    lambda who=account: discard_draft(draft.pk, who),
                ):
                    with pytest.raises(Denied):
                        write()

    def test_a_list_in_force_is_neither_changed_nor_removed(self) -> None:
        standard, desk = self.standard(), self.account("bpkad")
        for write in (
            lambda: fill_standard(standard.pk, [MEAL], desk),
            lambda: enforce_standard(standard.pk, desk),
            lambda: discard_draft(standard.pk, desk),
        ):
            with pytest.raises(Refused, match="sudah berlaku"):
                write()
        assert standard.items.count() == 2

    def test_a_draft_is_filled_anew_and_may_be_given_up(self) -> None:
        desk = self.account("bpkad")
        entry = StandardEntry("SSH", "Perbup 1", date(2026, 6, 1), date(2026, 6, 1), 2027)
        draft = create_standard(entry, desk)
        with pytest.raises(Refused, match="masih kosong"):
            enforce_standard(draft.pk, desk)
        fill_standard(draft.pk, [PAPER, MEAL], desk)
        fill_standard(draft.pk, [replace(PAPER, price=Decimal(60000))], desk)
        assert draft.items.count() == 2
        fill_standard(draft.pk, [replace(PAPER, price=Decimal(60000))], desk, anew=True)
        assert [(item.code, item.price) for item in draft.items.all()] == [(PAPER.code, Decimal(60000))]
        discard_draft(draft.pk, desk)
        assert not PriceStandard.objects.exists()

    def test_the_same_decree_is_not_recorded_twice(self) -> None:
        self.standard()
        with pytest.raises(Refused, match="sudah dicatat"):
            self.standard()

    def test_faulty_rows_are_named_with_their_column(self) -> None:
        rows = [
            PAPER,
            PAPER,
            replace(MEAL, price=Decimal(0)),
            replace(MEAL, code="2 1"),
            replace(MEAL, code="2.3", accounts=("9.9",)),
            replace(MEAL, code="2.4", price=Decimal("1.234")),
            replace(MEAL, code="2.5", unit="x" * 31),
        ]
        found = [(fault.position, fault.key) for fault in item_faults(rows)]
        assert found == [(1, "code"), (2, "price"), (3, "code"), (4, "accounts"), (5, "price"), (6, "unit")]


class Choosing(Pricing, BudgetCase):
    def prices(self, year: int = 2027, on: date | None = None) -> dict[str, Decimal]:
        return {item.code: item.price for item in usable_items(year, on)}

    def test_a_whole_list_takes_the_place_of_the_older_one(self) -> None:
        self.standard()
        self.standard(replace(PAPER, price=Decimal(70000)), decree="Perbup 20/2026", effective_on=date(2026, 9, 1))
        assert self.prices() == {PAPER.code: Decimal(70000)}
        assert self.prices(on=date(2026, 8, 31)) == {PAPER.code: Decimal(62500), MEAL.code: Decimal(52000)}

    def test_a_change_in_part_leaves_the_other_codes_in_force(self) -> None:
        self.standard()
        for number, price in ((20, 70000), (21, 71000)):
            self.standard(
                replace(PAPER, price=Decimal(price)),
                decree=f"Perbup {number}/2026",
                effective_on=date(2026, 9, number),
                is_partial=True,
            )
        assert self.prices() == {PAPER.code: Decimal(71000), MEAL.code: Decimal(52000)}

    def test_only_lists_in_force_for_the_year_and_the_day_count(self) -> None:
        tomorrow = timezone.localdate() + timedelta(days=1)
        self.standard(decree="besok", effective_on=tomorrow)
        self.standard(decree="tahun lain", first_year=2028)
        ended = self.standard(decree="berakhir", first_year=2025)
        end_standard(ended.pk, 2026, self.account("bpkad"))
        create_standard(
            StandardEntry("SBU", "draf", date(2026, 1, 1), date(2026, 1, 1), 2027), self.account("bpkad")
        )
        assert self.prices() == {}
        assert len(self.prices(2026)) == 2

    def test_kinds_do_not_replace_each_other(self) -> None:
        self.standard()
        self.standard(replace(PAPER, price=Decimal(1)), kind="SBU", effective_on=date(2026, 9, 1))
        assert usable_items(2027).count() == 3

    def test_items_are_found_by_words_label_and_account(self) -> None:
        self.standard()
        items = usable_items(2027)
        assert [item.code for item in matching(items, "ssh kertas")] == [PAPER.code]
        assert {item.code for item in for_account(items, ATK)} == {PAPER.code, MEAL.code}
        assert [item.code for item in for_account(items, "5.1.02.04.01.0003")] == [MEAL.code]
        assert [item.code for item in for_account(items, "5.1.02.01.011.0003")] == [MEAL.code]
        found = labelled(items, "ssh 1.1.7.1 Kertas F4")
        assert found is not None
        assert found.usable_for(ATK)
        assert not found.usable_for("5.1.02.01.011.0003")
        assert labelled(items, "SSH") is None


class Lines(Pricing, BudgetCase):
    def setUp(self) -> None:
        self.standard()

    def test_unit_and_price_come_from_the_standard(self) -> None:
        entry = self.by_standard(volume_1=Decimal(2), volume_2=Decimal(3), unit_2="Hari")
        line = add_line(self.rka.pk, entry, self.account("opd"))
        assert (line.unit_1, line.unit_price, line.total) == ("Rim", Decimal(62500), Decimal(375000))
        assert (line.standard_code, line.standard_decree) == ("SSH 1.1.7.1", "Perbup 12/2026")

    def test_a_lower_price_is_taken_and_needs_no_reason(self) -> None:
        line = add_line(self.rka.pk, self.by_standard("60000", price_reason="tidak perlu"), self.account("opd"))
        assert (line.unit_price, line.standard_price, line.price_reason) == (Decimal(60000), Decimal(62500), "")

    def test_a_price_above_the_standard_is_refused_with_both_figures(self) -> None:
        with pytest.raises(PriceAboveStandard) as refusal:
            add_line(self.rka.pk, self.by_standard("62500.50", price_reason="mahal"), self.account("opd"))
        for part in ("Rp62.500,50", "SSH 1.1.7.1", "Perbup 12/2026", "Rp62.500 per Rim", "kelebihan Rp0,50"):
            assert part in refusal.value.message
        assert not RkaLine.objects.exists()

    def test_where_the_region_only_warns_a_written_reason_lets_it_through_and_asistensi_sees_it(self) -> None:
        with warning():
            with pytest.raises(PriceAboveStandard, match="Tulis alasannya"):
                add_line(self.rka.pk, self.by_standard("70000", price_reason="  "), self.account("opd"))
            reason = "Ongkos kirim ke pulau."
            line = add_line(self.rka.pk, self.by_standard("70000", price_reason=reason), self.account("opd"))
            move_rka(self.rka.pk, "dikirim", self.account("opd"))
            page = self.as_("verifikator").get(reverse("budget:rka", args=[self.rka.pk])).content.decode()
        assert reason in page
        assert self.rka.versions.get().lines.get().price_reason == reason
        assert price_review(self.rka).above == (line,)

    def test_an_item_is_refused_on_other_accounts(self) -> None:
        from_account = self.by_standard(account_id=PackCode.objects.get(code="5.1.02.04.01.0003").pk)
        with pytest.raises(Refused, match="tidak boleh dipakai pada rekening"):
            add_line(self.rka.pk, from_account, self.account("opd"))

    def test_no_tax_is_added_to_a_price_that_includes_it(self) -> None:
        self.standard(replace(MEAL, includes_tax=True), kind="SBU")
        entry = self.by_standard(standard_id=usable_items(2027).get(includes_tax=True).pk)
        with pytest.raises(Refused, match="sudah termasuk PPN"):
            add_line(self.rka.pk, replace(entry, tax_percent=Decimal(11)), self.account("opd"))
        assert add_line(self.rka.pk, entry, self.account("opd")).tax == 0

    def test_without_a_standard_unit_and_price_are_needed(self) -> None:
        for entry in (self.by_standard(standard_id=None), self.by_standard("5", standard_id=None)):
            with pytest.raises(Refused, match="Isi satuan dan harga satuan"):
                add_line(self.rka.pk, entry, self.account("opd"))

    def test_a_new_decree_changes_no_line_and_shows_in_the_review(self) -> None:
        line = add_line(self.rka.pk, self.by_standard(), self.account("opd"))
        before = RkaLine.objects.values().get()
        old = self.item_of().pk
        self.standard(replace(PAPER, price=Decimal(50000)), decree="Perbup 20/2026", effective_on=date(2026, 9, 1))
        assert RkaLine.objects.values().get() == before
        [(outdated, newest)] = price_review(self.rka).outdated
        assert (outdated.pk, newest and newest.price) == (line.pk, Decimal(50000))
        kept = self.by_standard(standard_id=old, volume_1=Decimal(3))
        assert change_line(line.pk, kept, self.account("opd")).unit_price == Decimal(62500)
        with pytest.raises(Refused, match="tidak berlaku"):
            add_line(self.rka.pk, kept, self.account("opd"))


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


class TotalsNeverDrift(Pricing, Personas, HypothesisCase):
    """Whatever coefficients, prices and PPN: every sum above the lines is the sum of what stands on the lines."""

    @classmethod
    def setUpTestData(cls) -> None:
        cls.load_region()
        cls.make_personas()

    def setUp(self) -> None:
        self.standard()

    @hypothesis_settings(max_examples=12, deadline=None)
    @given(
        st.lists(
            st.tuples(
                st.lists(st.decimals(min_value="0.001", max_value="40", places=3), min_size=1, max_size=3),
                st.decimals(min_value="0.01", max_value="62500", places=2),
                st.sampled_from([Decimal(0), Decimal(11), Decimal(12), Decimal("0.33")]),
                st.sampled_from(["PAD", "DAU"]),
            ),
            min_size=1,
            max_size=5,
        )
    )
    def test_recaps_and_versions_say_the_sum_of_the_rounded_lines(self, lines: list[Any]) -> None:
        Rka.objects.filter(pk=self.rka.pk).update(state="draf")
        self.item.pagu = Decimal(90000000000)
        self.item.save()
        expected = add_line(self.rka.pk, self.by_standard("1", volume_1=Decimal(1)), self.account("opd")).total
        for factors, price, tax, funding in lines:
            second, third = [*factors[1:], None, None][:2]
            entry = self.by_standard(str(price), volume_1=factors[0], volume_2=second, volume_3=third)
            entry = replace(entry, unit_2="x" if second else "", unit_3="x" if third else "", tax_percent=tax)
            entry = replace(entry, funding_id=FundingSource.objects.get(code=funding).pk)
            line = add_line(self.rka.pk, entry, self.account("opd"))
            amount = amount_of(factors, price, tax)
            assert line.total == amount.total == line.net + line.tax
            expected += amount.total
        move_rka(self.rka.pk, "dikirim", self.account("opd"))
        tapd = self.account("tapd")
        recaps = [recap_by_agency(tapd, self.year), recap_by_funding(tapd, self.year)]
        recaps += [recap_by_account(tapd, self.year, level) for level in range(1, 7)]
        assert {recap.counted for recap in recaps} | {recap.grand_total for recap in recaps} == {expected}
        assert self.rka.versions.get().total == expected
