"""Rupiah: parsing what people type, exact sums, spelled amounts."""

from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.db.models import Sum
from hypothesis import given, settings
from hypothesis import strategies as st

from semai_kit.models import Agency, FiscalYear
from semai_kit.money import RupiahField, exact_rupiah, parse_rupiah, rounded, rupiah, terbilang, total
from semai_kit.testing import KitTestCase
from semai_kit.tests.garden.models import Plot

AMOUNTS = st.decimals(min_value=-(10**13), max_value=10**13, places=2, allow_nan=False, allow_infinity=False)


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("1.500.000", "1500000"),
        ("1500000", "1500000"),
        ("Rp 1.500.000,50", "1500000.50"),
        ("Rp1.500", "1500"),
        ("-25.000", "-25000"),
        ("0", "0"),
        (" 12,5 ", "12.5"),
    ],
)
def test_amounts_as_people_type_them(text: str, amount: str) -> None:
    assert parse_rupiah(text) == Decimal(amount)


@pytest.mark.parametrize(
    "text", ["", "abc", "1.5", "1500.50", "1,234,567", "1.50.000", "1,999", "٣", "1e5", "--1", ".500"]
)
def test_ambiguous_or_wrong_amounts_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"bukan jumlah uang|sen paling banyak"):
        parse_rupiah(text)


@settings(deadline=None, max_examples=50)
@given(AMOUNTS)
def test_written_amount_reads_back_the_same(amount: Decimal) -> None:
    assert parse_rupiah(rupiah(amount, decimals=True).replace("-Rp", "-")) == amount


def test_form_field_keeps_to_its_limits() -> None:
    field = RupiahField(max_value=Decimal(1000))
    assert field.clean("1.000") == 1000
    for wrong in ("1.001", "-1", "x", ""):
        with pytest.raises(ValidationError):
            field.clean(wrong)


def test_a_price_shows_sen_only_where_there_are_any() -> None:
    assert [exact_rupiah(Decimal(text)) for text in ("62500.00", "62500.5")] == ["Rp62.500", "Rp62.500,50"]


def test_spelled_amounts() -> None:
    assert terbilang(Decimal("1500000.00")) == "satu juta lima ratus ribu rupiah"
    assert rupiah(None) == "—"
    assert rounded(Decimal("0.125")) == Decimal("0.13")


class StoredTests(KitTestCase):
    def plots(self, amounts: list[Decimal]) -> None:
        year, agency = FiscalYear.objects.get(), Agency.objects.first()
        Plot.objects.bulk_create([Plot(name="p", agency=agency, fiscal_year=year, cost=a) for a in amounts])

    def test_sums_are_exact_where_floats_are_not(self) -> None:
        self.plots([Decimal("0.10")] * 10 + [Decimal("89999999999999.99")] * 3)
        assert total(Plot.objects.all(), "cost") == Decimal("270000000000000.97")

    def test_sum_of_nothing_is_zero(self) -> None:
        assert total(Plot.objects.all(), "cost") == 0

    def test_grouped_sums_are_decimal_too(self) -> None:
        self.plots([Decimal("1.25"), Decimal("2.50")])
        [row] = Plot.objects.order_by().values("agency").annotate(sum=Sum("cost"))
        assert row["sum"] == Decimal("3.75")

    def test_amount_comes_back_as_it_was(self) -> None:
        self.plots([Decimal("123456789012.34")])
        assert Plot.objects.get(cost=Decimal("123456789012.34")).cost == Decimal("123456789012.34")
        assert Plot.objects.filter(cost__gt=Decimal("123456789012.33")).exists()

    def test_float_is_refused(self) -> None:
        with pytest.raises(TypeError, match="never float"):
            Plot(name="x", cost=0.1)

    def test_whole_number_and_decimal_are_the_same_amount(self) -> None:
        assert str(Plot(name="x", cost=5).cost) == "5.00"
