"""Answers of providers: what fits is read exactly, what does not is refused with its place."""

from __future__ import annotations

from decimal import Decimal

import pytest

from ..errors import AnswerInvalid
from ..sources import budget_document, performance_tree
from .provider import Published, budget, indicator, node


def tree(**changes) -> performance_tree.PublishedTree:
    return performance_tree.parse({**Published().tree(), **changes}, 2027)


def test_a_tree_is_read_exactly() -> None:
    found = tree()
    assert [one.level for one in found.nodes] == ["misi", "tujuan", "sasaran", "program"]
    (one,) = found.indicators
    assert (one.baseline, one.targets[1].year, one.targets[1].value) == (Decimal("18.30"), 2027, Decimal("16.50"))


def test_unknown_keys_are_left_alone() -> None:
    assert tree(colour="blue").nodes


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"year": 2026}, "year"),
        ({"nodes": "banyak"}, "nodes"),
        ({"nodes": [[]]}, "nodes[0]"),
        ({"nodes": [node(1, level="bab")], "indicators": []}, "nodes[0].level"),
        ({"nodes": [node(1, title="")], "indicators": []}, "nodes[0].title"),
        ({"nodes": [node(1), node(1)], "indicators": []}, "nodes[1]"),
        ({"nodes": [node(1), node(3, parent_id="1")], "indicators": []}, "nodes[1].parent_id"),
        ({"nodes": [node(1, parent_id="1")], "indicators": []}, "nodes[0].parent_id"),
        ({"nodes": [node(2, parent_id="99")], "indicators": []}, "nodes[0].parent_id"),
        ({"indicators": [indicator(node_id="99")]}, "indicators[0].node_id"),
        ({"indicators": [indicator(direction="sideways")]}, "indicators[0].direction"),
        ({"indicators": [indicator(baseline=18.3)]}, "indicators[0].baseline"),
        ({"indicators": [indicator(targets=[{"year": "2027", "value": "1"}])]}, "indicators[0].targets[0].year"),
        ({"indicators": [indicator(work_plan_target=16)]}, "indicators[0].work_plan_target"),
        ({"indicators": [indicator(targets=[{"year": 2027, "value": "NaN"}])]}, "indicators[0].targets[0].value"),
        ({"indicators": [indicator(targets=[{"year": 2027, "value": "1e99"}])]}, "indicators[0].targets[0].value"),
        ({"indicators": [indicator(), indicator()]}, "indicators[1]"),
    ],
)
def test_a_tree_that_breaks_the_contract_names_the_place(changes: dict, place: str) -> None:
    with pytest.raises(AnswerInvalid) as refusal:
        tree(**changes)
    assert refusal.value.where == place


@pytest.mark.parametrize("payload", [None, [], "x", 3])
def test_an_answer_that_is_no_object_is_refused(payload: object) -> None:
    for parse in (performance_tree.parse, budget_document.parse):
        with pytest.raises(AnswerInvalid):
            parse(payload, 2027)


@pytest.mark.parametrize(
    ("items", "place"),
    [
        ([budget(total=5)], "items[0].total"),
        ([budget(total="-1.00")], "items[0].total"),
        ([budget(total="banyak")], "items[0].total"),
        ([budget(agency_code=None)], "items[0].agency_code"),
        ([budget(), budget()], "items[1]"),
    ],
)
def test_a_budget_that_breaks_the_contract_names_the_place(items: list, place: str) -> None:
    with pytest.raises(AnswerInvalid) as refusal:
        budget_document.parse({"year": 2027, "items": items}, 2027)
    assert refusal.value.where == place


def test_money_is_read_exactly() -> None:
    found = budget_document.parse({"year": 2027, "items": [budget(total="123456789012.34")]}, 2027)
    assert found.items[0].total == Decimal("123456789012.34")
