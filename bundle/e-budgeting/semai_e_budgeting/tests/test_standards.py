"""Price standards: kept by decree, newest first, never changing what was priced; lines priced by them."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase as HypothesisCase
from semai_kit.refusals import Refused
from semai_kit.roles import Denied
from semai_kit.testing import Personas

from semai_e_budgeting.errors import PriceAboveStandard
from semai_e_budgeting.models import FundingSource, PackCode, PriceStandard, Rka, RkaLine
from semai_e_budgeting.rules import amount_of
from semai_e_budgeting.selectors.recap import recap_by_account, recap_by_agency, recap_by_funding
from semai_e_budgeting.selectors.standards import (
    for_account,
    labelled,
    matching,
    price_review,
    usable_items,
    with_successors,
)
from semai_e_budgeting.services.flow import move_rka
from semai_e_budgeting.services.lines import add_line, change_line
from semai_e_budgeting.services.standards import (
    StandardEntry,
    create_standard,
    discard_draft,
    end_standard,
    enforce_standard,
    fill_standard,
    item_faults,
)
from semai_e_budgeting.tests.base import ATK, BudgetCase
from semai_e_budgeting.tests.pricing import MEAL, PAPER, Pricing, warning


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
        assert list(price_review(self.rka).above) == [line]

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
        review = price_review(self.rka)
        [(outdated, newest)] = with_successors(list(review.outdated), review.usable)
        assert (review.by_standard, review.without) == (1, 0)
        assert (outdated.pk, newest and newest.price) == (line.pk, Decimal(50000))
        kept = self.by_standard(standard_id=old, volume_1=Decimal(3))
        assert change_line(line.pk, kept, self.account("opd")).unit_price == Decimal(62500)
        with pytest.raises(Refused, match="tidak berlaku"):
            add_line(self.rka.pk, kept, self.account("opd"))


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
