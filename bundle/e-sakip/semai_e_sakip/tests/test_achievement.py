"""Achievement and efficiency: bounds, polarity, monotony, year figures."""

from __future__ import annotations

import copy
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from .. import achievement, reference
from ..bands import band_of, read_bands

RULE = reference.rule_for(2027)
FIGURES = st.decimals("-1000000", "1000000", places=2)
POLARITIES = st.sampled_from([polarity.id for polarity in RULE.polarities])


def reached(polarity: str, target: str, realised: str) -> Decimal | None:
    return achievement.achievement(RULE, polarity, Decimal(target), Decimal(realised))


@pytest.mark.parametrize(
    ("polarity", "target", "realised", "percent"),
    [
        ("higher", "464", "450", "96.98"),
        ("higher", "464", "464", "100"),
        ("higher", "100", "250", "120"),
        ("higher", "50", "-10", "0"),
        ("lower", "16.50", "15.00", "109.09"),
        ("lower", "16.50", "33.00", "0"),
        ("lower", "16.50", "50.00", "0"),
        ("higher", "-2", "-1", "120"),
        ("higher", "-2", "-3", "50"),
        ("lower", "0", "0", "100"),
        ("lower", "0", "3", "0"),
        ("higher", "0", "1", "100"),
    ],
)
def test_figures_worked_out_by_hand(polarity: str, target: str, realised: str, percent: str) -> None:
    assert reached(polarity, target, realised) == Decimal(percent)


@given(POLARITIES, FIGURES, FIGURES)
def test_achievement_stays_within_the_bounds(polarity: str, target: Decimal, realised: Decimal) -> None:
    found = achievement.achievement(RULE, polarity, target, realised)
    assert found is not None
    assert RULE.lowest <= found <= RULE.highest


@given(POLARITIES, FIGURES)
def test_the_target_itself_is_exactly_a_hundred(polarity: str, target: Decimal) -> None:
    assert achievement.raw_achievement(RULE, polarity, target, target) == 100


@given(FIGURES, FIGURES, FIGURES)
def test_more_never_means_less_where_higher_is_better(target: Decimal, one: Decimal, other: Decimal) -> None:
    less, more = sorted((one, other))
    up = [achievement.achievement(RULE, "higher", target, figure) for figure in (less, more)]
    down = [achievement.achievement(RULE, "lower", target, figure) for figure in (less, more)]
    assert up[0] <= up[1]
    assert down[0] >= down[1]


@pytest.mark.parametrize(("target", "realised"), [(None, Decimal(1)), (Decimal(1), None), (None, None)])
def test_nothing_is_guessed(target: Decimal | None, realised: Decimal | None) -> None:
    assert achievement.achievement(RULE, "higher", target, realised) is None


@pytest.mark.parametrize(
    ("accumulation", "year"), [("latest", Decimal(30)), ("sum", Decimal(60)), ("average", Decimal(20))]
)
def test_year_figure_by_accumulation(accumulation: str, year: Decimal) -> None:
    assert achievement.year_figure(accumulation, [Decimal(10), Decimal(20), Decimal(30), None]) == year
    assert achievement.year_figure(accumulation, [None] * 4) is None


@given(st.lists(st.one_of(st.none(), FIGURES), min_size=4, max_size=4))
def test_year_figure_lies_between_the_quarters_unless_they_are_summed(quarters: list[Decimal | None]) -> None:
    known = [figure for figure in quarters if figure is not None]
    for accumulation in ("latest", "average"):
        found = achievement.year_figure(accumulation, quarters)
        assert (found is None) == (not known)
        if found is not None:
            assert min(known) <= found <= max(known)


@given(st.lists(st.one_of(st.none(), st.decimals("0", "120", places=2)), max_size=30))
def test_the_mean_of_achievements_stays_within_the_bounds(found: list[Decimal | None]) -> None:
    mean = achievement.average(found)
    assert mean is None or RULE.lowest <= mean <= RULE.highest


def test_efficiency_needs_enough_achievement_to_be_judged() -> None:
    good = achievement.efficiency(RULE, Decimal(100), Decimal(80))
    assert (good.points, good.band.id) == (Decimal(20), "efisien")
    assert achievement.efficiency(RULE, Decimal(95), Decimal(97)).band.id == "sepadan"
    assert achievement.efficiency(RULE, Decimal(95), Decimal(115)).band.id == "tidak_efisien"
    assert achievement.efficiency(RULE, Decimal(40), Decimal(10)).band is None
    assert achievement.efficiency(RULE, None, Decimal(10)) is None


def test_absorption_without_a_budget_is_unknown() -> None:
    assert achievement.absorption(Decimal(0), Decimal(0)) is None
    assert achievement.absorption(Decimal(300), Decimal(100)) == Decimal("33.33")


@given(st.decimals("-10", "200", places=2))
def test_every_figure_has_exactly_one_band(figure: Decimal) -> None:
    band = band_of(figure, RULE.bands)
    higher = [other for other in RULE.bands if other.above > band.above]
    assert all(figure <= other.above for other in higher)
    assert figure > band.above or band is RULE.bands[-1]


def entry() -> dict:
    return copy.deepcopy(reference._read("achievement.yml")["rules"][0])


@pytest.mark.parametrize(
    "spoil",
    [
        lambda rule: rule.update(lowest="130"),
        lambda rule: rule.update(highest="90"),
        lambda rule: rule["polarities"].append(rule["polarities"][0]),
        lambda rule: rule["polarities"][0].update(sign=2),
        lambda rule: rule["bands"].reverse(),
        lambda rule: rule["efficiency"].update(bands=[]),
    ],
)
def test_a_rule_that_contradicts_itself_is_refused(spoil) -> None:
    rule = entry()
    spoil(rule)
    with pytest.raises(ValueError):
        achievement.read_rule(rule)


def test_bands_that_repeat_are_refused() -> None:
    band = {"id": "a", "title": "A", "kind": "success", "above": "1"}
    with pytest.raises(ValueError):
        read_bands([band, band])
