"""Reading the contract planning.work-plan 1.0, also when the answer is wrong."""

from decimal import Decimal
from typing import Any

import pytest

from semai_e_budgeting.errors import WorkPlanInvalid
from semai_e_budgeting.tests.provider import published_item
from semai_e_budgeting.workplan import parse


def answer(*items: Any, year: int = 2027) -> dict[str, Any]:
    return {"year": year, "generated_at": "2026-11-21T10:00:00+08:00", "status": "approved", "items": list(items)}


def test_item_becomes_values_with_decimal_pagu() -> None:
    plan = parse(answer(published_item(pagu="125000000.00")), 2027)
    assert plan.items[0].pagu == Decimal("125000000.00")
    assert plan.items[0].sub_activity_code == "1.01.02.2.01.0003"


def test_unknown_keys_are_ignored() -> None:
    assert parse({**answer(published_item(extra="1.1")), "more": 1}, 2027).year == 2027


@pytest.mark.parametrize("pagu", ["", "satu", "-1", "NaN", "Infinity", 125000000, None, "1e40"])
def test_pagu_that_is_not_a_money_string_is_refused(pagu: Any) -> None:
    with pytest.raises(WorkPlanInvalid) as refusal:
        parse(answer(published_item(pagu=pagu)), 2027)
    assert refusal.value.where == "items[0].pagu"


def test_other_year_is_refused() -> None:
    with pytest.raises(WorkPlanInvalid) as refusal:
        parse(answer(year=2026), 2027)
    assert refusal.value.where == "year"


def test_sub_activity_named_twice_is_refused() -> None:
    with pytest.raises(WorkPlanInvalid) as refusal:
        parse(answer(published_item(), published_item()), 2027)
    assert refusal.value.where == "items[1]"


@pytest.mark.parametrize(
    "payload", [None, [], "x", {"year": 2027}, {"year": 2027, "items": {}}, {"year": 2027, "items": [3]}]
)
def test_answer_of_another_shape_is_refused(payload: Any) -> None:
    with pytest.raises(WorkPlanInvalid):
        parse(payload, 2027)
