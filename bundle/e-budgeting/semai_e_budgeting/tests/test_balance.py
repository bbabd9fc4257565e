"""Money that must not drift, without a database: twelve months, and the sums a pergeseran holds fixed."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from semai_e_budgeting.cash_plan import carried, spread
from semai_e_budgeting.shifts import RoundsInvalid, Share, imbalances, parse_kinds, round_kinds, sums

MONEY = st.integers(min_value=0, max_value=10**15).map(Decimal)
MONTHS = st.lists(MONEY, min_size=12, max_size=12)
SHARES = st.lists(
    st.builds(
        Share,
        program=st.just("1.01.02"),
        activity=st.just("1.01.02.2.01"),
        sub_activity=st.sampled_from(["1.01.02.2.01.0003", "1.01.02.2.01.0004"]),
        account=st.sampled_from(
            ["5.1.02.01.01.0024", "5.1.02.01.02.0001", "5.1.02.02.01.0003", "5.2.02.05.01.0001"]
        ),
        funding=st.sampled_from(["PAD", "DAU"]),
        total=MONEY,
    ),
    max_size=12,
)


@given(MONEY, st.integers(1, 12))
def test_spread_months_sum_to_the_total(total: Decimal, first: int) -> None:
    months = spread(total, first)
    assert (len(months), sum(months)) == (12, total)
    assert min(months) >= 0
    assert not any(months[: first - 1])


@given(MONTHS, MONEY, st.integers(1, 12))
def test_carried_months_sum_to_the_new_total_and_spare_what_has_passed(
    months: list[Decimal], total: Decimal, first: int
) -> None:
    after = carried(months, total, first)
    assert sum(after) == total
    assert min(after) >= 0
    if total >= sum(months[: first - 1]):
        assert after[: first - 1] == months[: first - 1]


@given(SHARES, SHARES)
def test_balanced_means_that_every_fixed_sum_and_so_the_total_stayed(
    before: list[Share], after: list[Share]
) -> None:
    def filled(shares: list[Share], parts: tuple[str, ...]) -> dict:
        return {key: amount for key, amount in sums(shares, parts).items() if amount}

    for kind in round_kinds().values():
        stayed = all(filled(before, parts) == filled(after, parts) for parts in kind.fixed)
        assert (not imbalances(before, after, kind)) == stayed
        if kind.fixed and stayed:
            assert sum(share.total for share in before) == sum(share.total for share in after)


@given(SHARES, st.integers(1, 10**6))
def test_moving_within_an_objek_is_balanced_and_out_of_it_is_not(shares: list[Share], amount: int) -> None:
    def share(account: str) -> Share:
        return Share(Decimal(amount), "p", "a", "s", account, "PAD")

    kind = round_kinds()["rincian"]
    base = [share("5.1.02.01.01.0024"), *shares]
    within = [share("5.1.02.01.02.0001"), *shares]
    beyond = [share("5.1.02.02.01.0003"), *shares]
    assert imbalances(base, within, kind) == []
    assert len(imbalances(base, beyond, kind)) == 2
    assert imbalances(base, beyond, round_kinds()["objek"]) == []


def test_a_rule_with_an_unknown_key_is_refused() -> None:
    entry = {"id": "x", "title": "", "decree": "pergeseran", "label": "", "basis": "", "follows_plan": False}
    with pytest.raises(RoundsInvalid, match="warna"):
        parse_kinds([{**entry, "fixed": [["warna"]]}])
