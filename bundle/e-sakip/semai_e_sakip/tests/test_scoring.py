"""The score of the internal evaluation: bounds, weights, monotony."""

from __future__ import annotations

import copy
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from .. import reference
from ..scoring import read_scheme, score

SCHEME = reference.schemes()[0]
IDS = [criterion.id for criterion in SCHEME.criteria]
GRADES = [grade.id for grade in SCHEME.grades]
ANSWERS = st.dictionaries(st.sampled_from(IDS), st.sampled_from(GRADES))


def all_with(grade: str) -> dict[str, str]:
    return dict.fromkeys(IDS, grade)


def test_weights_are_those_of_the_regulation() -> None:
    assert [component.weight for component in SCHEME.components] == [30, 30, 15, 25]


@pytest.mark.parametrize(
    ("grade", "total", "band"),
    [
        ("AA", "100", "AA"),
        ("A", "90", "A"),
        ("BB", "80", "BB"),
        ("B", "70", "B"),
        ("CC", "60", "CC"),
        ("E", "0", "D"),
    ],
)
def test_one_grade_everywhere_gives_its_value(grade: str, total: str, band: str) -> None:
    found = score(SCHEME, all_with(grade))
    assert (found.total, found.band.id, found.complete) == (Decimal(total), band, True)


def test_a_worksheet_worked_out_by_hand() -> None:
    grades = all_with("E") | {"1.1": "AA", "1.2": "C"}  # perencanaan/keberadaan: mean 75 of 30 x 0,2 points
    assert score(SCHEME, grades).total == Decimal("4.50")


@given(ANSWERS)
def test_score_stays_within_its_bounds(answers: dict[str, str]) -> None:
    found = score(SCHEME, answers)
    assert 0 <= found.total <= 100
    for component in found.components:
        assert 0 <= component.points <= component.component.weight
        assert all(0 <= part.points <= part.weight for part in component.parts)


@given(ANSWERS, st.sampled_from(IDS), st.sampled_from(GRADES))
def test_a_better_grade_never_lowers_the_score(answers: dict[str, str], criterion: str, grade: str) -> None:
    value = {one.id: one.value for one in SCHEME.grades}
    before = value[answers[criterion]] if criterion in answers else Decimal(0)
    change = score(SCHEME, answers | {criterion: grade}).total - score(SCHEME, answers).total
    assert (change >= 0) if value[grade] >= before else (change <= 0)


@given(ANSWERS)
def test_leaving_a_criterion_out_is_no_better_than_the_lowest_grade(answers: dict[str, str]) -> None:
    assert score(SCHEME, answers).total == score(SCHEME, all_with("E") | answers).total


def test_unknown_grades_count_nothing_and_leave_it_incomplete() -> None:
    found = score(SCHEME, all_with("ZZ"))
    assert (found.total, found.complete) == (0, False)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda entry: entry["components"][0].update(weight="31"),
        lambda entry: entry["parts"][0].update(share="0.3"),
        lambda entry: entry["grades"][0].update(value="101"),
        lambda entry: entry["components"][1]["criteria"][0].update(id="1.1"),
        lambda entry: entry["components"][2]["criteria"].pop(0),
    ],
)
def test_a_worksheet_that_does_not_add_up_is_refused(spoil) -> None:
    entry = copy.deepcopy(reference._read("evaluation.yml")["schemes"][0])
    spoil(entry)
    with pytest.raises(ValueError):
        read_scheme(entry)
