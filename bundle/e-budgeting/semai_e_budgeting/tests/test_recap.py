"""Recaps: every table is a sum over the same lines, at every level, for whoever looks."""

from decimal import Decimal

from django.utils.translation import ngettext, override
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase as HypothesisCase
from semai_kit.models import Agency
from semai_kit.testing import Personas

from semai_e_budgeting.models import FundingSource, PackCode, PlanItem, Rka, RkaLine
from semai_e_budgeting.rules import amount_of
from semai_e_budgeting.selectors.recap import LEVELS, recap_by_account, recap_by_agency, recap_by_funding
from semai_e_budgeting.services.lines import add_line
from semai_e_budgeting.tests.base import Budget, BudgetCase

CODES = ["5.1.02.01.01.0024", "5.1.02.04.01.0001", "5.2.02.10.01.0002", "5.3.01.01.01.0001"]
SOURCES = ["PAD", "DAU", "DAK-FISIK"]


class Balance(Budget, Personas, HypothesisCase):
    @classmethod
    def setUpTestData(cls) -> None:
        cls.load_region()
        cls.make_personas()
        cls.second = Rka.objects.create(fiscal_year=cls.year, agency=Agency.objects.get(code="1.02"))
        cls.second_item = cls.plan_item(5, agency="1.02")

    @hypothesis_settings(max_examples=12, deadline=None)
    @given(
        st.lists(
            st.tuples(
                st.booleans(),
                st.sampled_from(CODES),
                st.sampled_from(SOURCES),
                st.decimals(min_value="0.001", max_value="9999", places=3),
                st.decimals(min_value="0", max_value="99999999", places=2),
                st.sampled_from([Decimal(0), Decimal(11)]),
            ),
            max_size=10,
        )
    )
    def test_every_recap_sums_to_the_same_total(self, rows: list[tuple]) -> None:
        for first, code, source, volume, price, tax in rows:
            self._line(self.rka if first else self.second, self.item if first else self.second_item, code, source,
                       volume, price, tax)  # fmt: skip
        expected = sum((line.total for line in RkaLine.objects.all()), Decimal(0))
        viewer = self.account("tapd")
        recaps = [recap_by_agency(viewer, self.year), recap_by_funding(viewer, self.year)]
        recaps += [recap_by_account(viewer, self.year, level) for level in LEVELS]
        assert [recap.grand_total for recap in recaps] == [expected] * len(recaps)
        assert all(recap.balanced for recap in recaps)
        assert [recap.counted for recap in recaps] == [expected] * len(recaps)

    def _line(
        self, rka: Rka, item: PlanItem, code: str, source: str, volume: Decimal, price: Decimal, tax: Decimal
    ) -> None:
        amount = amount_of((volume,), price, tax)
        RkaLine.objects.create(
            rka=rka,
            item=item,
            account=PackCode.objects.get(code=code),
            funding=FundingSource.objects.get(code=source),
            description="x",
            volume_1=volume,
            unit_1="Paket",
            unit_price=price,
            tax_percent=tax,
            net=amount.net,
            tax=amount.tax,
            total=amount.total,
        )


class Recaps(BudgetCase):
    def setUp(self) -> None:
        add_line(self.rka.pk, self.entry(), self.account("opd"))
        modal = PackCode.objects.get(code="5.2.02.10.01.0002").pk
        add_line(self.rka.pk, self.entry("20000000", volume="1", account_id=modal), self.account("opd"))

    def test_parent_is_the_sum_of_its_children(self) -> None:
        rows = {row.code: row.total for row in recap_by_account(self.account("tapd"), self.year, 3).rows}
        assert rows == {
            "5": Decimal(30000000),
            "5.1": Decimal(10000000),
            "5.1.02": Decimal(10000000),
            "5.2": Decimal(20000000),
            "5.2.02": Decimal(20000000),
        }

    def test_names_come_from_the_pack(self) -> None:
        rows = recap_by_account(self.account("tapd"), self.year, 2).rows
        assert [row.name for row in rows] == ["Belanja Daerah", "Belanja Operasi", "Belanja Modal"]

    def test_planner_sees_only_its_own_agency(self) -> None:
        Rka.objects.create(fiscal_year=self.year, agency=Agency.objects.get(code="1.02"))
        assert [row.code for row in recap_by_agency(self.account("opd-kesehatan"), self.year).rows] == ["1.02"]
        assert recap_by_funding(self.account("opd-kesehatan"), self.year).grand_total == Decimal(0)

    def test_agency_recap_shows_pagu_and_what_is_left(self) -> None:
        row = recap_by_agency(self.account("tapd"), self.year).rows[0]
        assert (row.pagu, row.remaining) == (Decimal(100000000), Decimal(70000000))


def test_level_of_account_codes_is_no_account_to_log_in_with() -> None:
    with override("en"):
        assert str(LEVELS[1]) == "Account"
        assert ngettext("%(number)s kode", "%(number)s kode", 1) % {"number": 1} == "1 code"
