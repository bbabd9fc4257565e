"""The contract planning.performance 1.0 as this app reads it: the tree of the RPJMD with indicators and targets."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from .. import reference
from .reading import Entry, answer_for, once

CONTRACT = "planning.performance"
PATH = "/tree"
DIRECTIONS = ("higher", "lower")


@dataclass(frozen=True)
class PublishedTarget:
    year: int
    value: Decimal


@dataclass(frozen=True)
class PublishedIndicator:
    """`work_plan_target`: what the year's RKPD sets; None where it sets none, or an older e-planning tells none."""

    id: str
    node_id: str
    name: str
    unit: str
    direction: str
    baseline: Decimal | None
    targets: tuple[PublishedTarget, ...]
    work_plan_target: Decimal | None


@dataclass(frozen=True)
class PublishedNode:
    """`parent_id` is empty at the top; `agency_code` is empty above the programs."""

    id: str
    parent_id: str
    level: str
    code: str
    title: str
    agency_code: str


@dataclass(frozen=True)
class PublishedTree:
    """Nodes come parents first."""

    year: int
    period: str
    nodes: tuple[PublishedNode, ...]
    indicators: tuple[PublishedIndicator, ...]


def parse(payload: Any, year: int) -> PublishedTree:
    """Read an answer of `GET /tree?year=…`. Raises AnswerInvalid; a half readable tree is not taken over."""
    answer = answer_for(CONTRACT, payload, year)
    period = answer.entry("period")
    nodes = once(tuple(_node(entry) for entry in answer.entries("nodes")), lambda node: node.id, answer, "nodes")
    known = {node.id: node for node in nodes}
    for index, node in enumerate(nodes):
        _check_parent(answer, index, node, known)
    indicators = tuple(_indicator(entry, known) for entry in answer.entries("indicators"))
    once(indicators, lambda indicator: indicator.id, answer, "indicators")
    title = period.text("title", 200, required=False) if period else ""
    return PublishedTree(year, title, tuple(_parents_first(nodes)), indicators)


def _node(entry: Entry) -> PublishedNode:
    level = entry.text("level", 20)
    if level not in {one.id for one in reference.levels()}:
        raise entry.wrong("level", f"jenjang {level!r} tidak dikenal")
    return PublishedNode(
        id=entry.text("id", 60),
        parent_id=entry.text("parent_id", 60, required=False),
        level=level,
        code=entry.text("code", 60),
        title=entry.text("title", 400),
        agency_code=entry.text("agency_code", 60, required=False),
    )


def _check_parent(answer: Entry, index: int, node: PublishedNode, known: dict[str, PublishedNode]) -> None:
    """A parent stands on the level above: that also rules out circles."""
    wanted = reference.level(node.level).parent
    parent = known.get(node.parent_id)
    if (parent.level if parent else "") != wanted:
        raise answer.wrong(f"nodes[{index}].parent_id", f"induk {node.parent_id!r} bukan {wanted or 'kosong'}")


def _parents_first(nodes: Iterable[PublishedNode]) -> list[PublishedNode]:
    order = {level.id: position for position, level in enumerate(reference.levels())}
    return sorted(nodes, key=lambda node: (order[node.level], node.code))


def _indicator(entry: Entry, known: dict[str, PublishedNode]) -> PublishedIndicator:
    node_id = entry.text("node_id", 60)
    if node_id not in known:
        raise entry.wrong("node_id", f"{node_id!r} tidak ada dalam pohon")
    direction = entry.text("direction", 10)
    if direction not in DIRECTIONS:
        raise entry.wrong("direction", f"arah {direction!r} tidak dikenal")
    targets = tuple(_target(target) for target in entry.entries("targets"))
    return PublishedIndicator(
        id=entry.text("id", 60),
        node_id=node_id,
        name=entry.text("name", 300),
        unit=entry.text("unit", 60, required=False),
        direction=direction,
        baseline=entry.figure("baseline", required=False),
        targets=once(targets, lambda target: target.year, entry, "targets"),
        work_plan_target=entry.figure("work_plan_target", required=False),
    )


def _target(entry: Entry) -> PublishedTarget:
    value = entry.figure("value")
    assert value is not None
    return PublishedTarget(entry.whole("year", 2000, 2100), value)
