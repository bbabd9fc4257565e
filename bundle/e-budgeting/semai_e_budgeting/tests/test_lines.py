"""Lines: computed totals, pagu on every write, who may, when not."""

from contextlib import suppress
from dataclasses import replace
from decimal import Decimal

import pytest
from auditlog.models import LogEntry
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase as HypothesisCase
from semai_kit.models import FiscalYear
from semai_kit.refusals import Refused
from semai_kit.roles import Denied
from semai_kit.testing import Personas
from semai_kit.years import YearClosed

from semai_e_budgeting.errors import NotEditable, PaguExceeded
from semai_e_budgeting.models import CodePack, FundingSource, PackCode, RkaLine
from semai_e_budgeting.services.lines import add_line, change_line, remove_line, used_of
from semai_e_budgeting.tests.base import Budget, BudgetCase


class AddingLines(BudgetCase):
    def test_total_is_coefficients_times_price_plus_tax(self) -> None:
        entry = self.entry("52000", volume="25", volume_2=Decimal(4), unit_2="Kali", tax_percent=Decimal(11))
        line = add_line(self.rka.pk, entry, self.account("opd"))
        assert (line.net, line.tax, line.total) == (Decimal(5200000), Decimal(572000), Decimal(5772000))

    def test_line_up_to_the_last_rupiah_of_pagu_is_accepted(self) -> None:
        add_line(self.rka.pk, self.entry("100000000", volume="1"), self.account("opd"))
        assert used_of(self.item) == self.item.pagu

    def test_line_beyond_pagu_is_refused_with_both_figures_and_the_excess(self) -> None:
        add_line(self.rka.pk, self.entry("90000000", volume="1"), self.account("opd"))
        with pytest.raises(PaguExceeded) as refusal:
            add_line(self.rka.pk, self.entry("10000001", volume="1"), self.account("opd"))
        message = str(refusal.value)
        for figure in ("Rp100.000.000", "Rp100.000.001", "kelebihan Rp1."):
            assert figure in message
        assert used_of(self.item) == Decimal(90000000)

    def test_write_leaves_an_audit_row(self) -> None:
        line = add_line(self.rka.pk, self.entry(), self.account("opd"))
        actions = LogEntry.objects.get_for_object(line).values_list("action", flat=True)
        assert list(actions) == [LogEntry.Action.CREATE]

    def test_planner_of_another_agency_is_denied(self) -> None:
        with pytest.raises(Denied):
            add_line(self.rka.pk, self.entry(), self.account("opd-kesehatan"))

    def test_reviewers_never_write_lines(self) -> None:
        for username in ("verifikator", "tapd", "bpkad", "auditor"):
            with self.subTest(username), pytest.raises(Denied):
                add_line(self.rka.pk, self.entry(), self.account(username))

    def test_item_of_another_agency_is_refused(self) -> None:
        other = self.plan_item(9, agency="1.02")
        with pytest.raises(Refused):
            add_line(self.rka.pk, self.entry(item_id=other.pk), self.account("opd"))

    def test_account_above_the_deepest_level_is_refused(self) -> None:
        upper = PackCode.objects.get(code="5.1.02.01.01")
        with pytest.raises(Refused):
            add_line(self.rka.pk, self.entry(account_id=upper.pk), self.account("opd"))

    def test_account_of_an_ended_pack_is_refused(self) -> None:
        CodePack.objects.update(valid_until_year=2026)
        with pytest.raises(Refused) as refusal:
            add_line(self.rka.pk, self.entry(), self.account("opd"))
        assert "tidak berlaku untuk tahun 2027" in str(refusal.value)

    def test_ended_source_of_funds_is_refused(self) -> None:
        FundingSource.objects.update(valid_until_year=2026)
        with pytest.raises(Refused):
            add_line(self.rka.pk, self.entry(), self.account("opd"))

    def test_vanished_sub_activity_takes_no_new_line(self) -> None:
        self.item.vanished_at = self.rka.created_at
        self.item.save()
        with pytest.raises(NotEditable):
            add_line(self.rka.pk, self.entry(), self.account("opd"))

    def test_closed_year_takes_no_line(self) -> None:
        FiscalYear.objects.update(status="locked")
        with pytest.raises(YearClosed):
            add_line(self.rka.pk, self.entry(), self.account("opd"))


class ChangingLines(BudgetCase):
    def setUp(self) -> None:
        self.line = add_line(self.rka.pk, self.entry("90000000", volume="1"), self.account("opd"))

    def test_own_amount_is_not_counted_twice(self) -> None:
        change_line(self.line.pk, self.entry("100000000", volume="1"), self.account("opd"))
        assert used_of(self.item) == Decimal(100000000)

    def test_growing_beyond_pagu_is_refused_and_keeps_the_old_line(self) -> None:
        with pytest.raises(PaguExceeded):
            change_line(self.line.pk, self.entry("100000001", volume="1"), self.account("opd"))
        assert RkaLine.objects.get(pk=self.line.pk).total == Decimal(90000000)

    def test_shrinking_is_allowed_when_pagu_fell_below_the_lines(self) -> None:
        self.item.pagu = Decimal(50000000)
        self.item.save()
        change_line(self.line.pk, self.entry("80000000", volume="1"), self.account("opd"))
        assert used_of(self.item) == Decimal(80000000)

    def test_line_may_move_to_another_sub_activity_within_its_pagu(self) -> None:
        other = self.plan_item(4, pagu="90000000")
        change_line(
            self.line.pk, replace(self.entry("90000000", volume="1"), item_id=other.pk), self.account("opd")
        )
        assert (used_of(self.item), used_of(other)) == (Decimal(0), Decimal(90000000))

    def test_moving_beyond_the_other_pagu_is_refused(self) -> None:
        other = self.plan_item(4, pagu="89999999")
        with pytest.raises(PaguExceeded):
            change_line(
                self.line.pk, replace(self.entry("90000000", volume="1"), item_id=other.pk), self.account("opd")
            )

    def test_removed_line_is_gone_and_audited(self) -> None:
        pk = self.line.pk
        remove_line(pk, self.account("opd"))
        assert not RkaLine.objects.filter(pk=pk).exists()
        assert LogEntry.objects.filter(object_pk=str(pk), action=LogEntry.Action.DELETE).exists()

    def test_removing_twice_says_so(self) -> None:
        remove_line(self.line.pk, self.account("opd"))
        with pytest.raises(Refused):
            remove_line(self.line.pk, self.account("opd"))


class PaguHolds(Budget, Personas, HypothesisCase):
    """Whatever is added, changed and removed, the sum never passes pagu."""

    @classmethod
    def setUpTestData(cls) -> None:
        cls.load_region()
        cls.make_personas()

    @hypothesis_settings(max_examples=15, deadline=None)
    @given(
        st.lists(
            st.tuples(
                st.sampled_from(["add", "change", "remove"]),
                st.decimals(min_value="0.001", max_value="999", places=3),
                st.decimals(min_value="0", max_value="9000000", places=2),
                st.sampled_from([Decimal(0), Decimal(11), Decimal("12.5")]),
            ),
            max_size=8,
        )
    )
    def test_sum_of_lines_never_passes_pagu(self, steps: list[tuple[str, Decimal, Decimal, Decimal]]) -> None:
        planner = self.account("opd")
        for action, volume, price, tax in steps:
            entry = self.entry(str(price), volume=str(volume), tax_percent=tax)
            line = RkaLine.objects.filter(rka=self.rka).first()
            with suppress(PaguExceeded):
                if action == "add" or line is None:
                    add_line(self.rka.pk, entry, planner)
                elif action == "change":
                    change_line(line.pk, entry, planner)
                else:
                    remove_line(line.pk, planner)
            lines = list(RkaLine.objects.filter(rka=self.rka))
            assert used_of(self.item) == sum((line.total for line in lines), Decimal(0)) <= self.item.pagu
