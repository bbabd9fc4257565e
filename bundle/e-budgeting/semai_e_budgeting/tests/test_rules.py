"""Money rules: rounding, products, pagu."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from semai_e_budgeting.rules import AmountTooLarge, PaguCheck, amount_of, to_rupiah, volume_of

volumes = st.decimals(min_value="0.001", max_value="99999", places=3)
prices = st.decimals(min_value="0", max_value="99999999", places=2)
percents = st.decimals(min_value="0", max_value="100", places=2)
sums = st.decimals(min_value="0", max_value="999999999999", places=2)


def test_half_a_rupiah_is_rounded_up() -> None:
    assert to_rupiah(Decimal("10.50")) == Decimal("11")
    assert to_rupiah(Decimal("10.49")) == Decimal("10")


def test_tax_is_computed_on_the_rounded_amount() -> None:
    amount = amount_of((Decimal("3"),), Decimal("1444.70"), Decimal("11"))
    assert (amount.net, amount.tax, amount.total) == (Decimal("4334"), Decimal("477"), Decimal("4811"))


def test_empty_coefficients_count_as_one() -> None:
    assert volume_of((Decimal("4"), None, Decimal("2.5"))) == Decimal("10.0")


def test_total_that_no_column_can_keep_is_refused() -> None:
    with pytest.raises(AmountTooLarge):
        amount_of((Decimal("99999999"), Decimal("99999999")), Decimal("100"), Decimal(0))


@given(volumes, prices, percents)
def test_total_is_whole_rupiah_within_one_rupiah_of_the_exact_amount(
    volume: Decimal, price: Decimal, percent: Decimal
) -> None:
    amount = amount_of((volume,), price, percent)
    exact = volume * price * (1 + percent / 100)
    assert amount.total == amount.total.to_integral_value()
    assert abs(amount.total - exact) <= Decimal("1.5")
    assert amount.total == amount.net + amount.tax


@given(sums, sums, sums)
def test_written_sum_never_passes_pagu_unless_it_lowers_an_older_sum(
    pagu: Decimal, before: Decimal, after: Decimal
) -> None:
    check = PaguCheck(pagu=pagu, before=before, after=after)
    if check.allowed:
        assert after <= max(pagu, before)
    else:
        assert check.excess == after - pagu > 0
