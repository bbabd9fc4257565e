"""The cascading tree as pages and the drawing show it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from django.db.models import QuerySet
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from semai_kit.models import Agency, FiscalYear

from .. import reference
from ..achievement import average
from ..bands import Band, band_of
from ..drawing import Shown
from ..models import Indicator, PerformanceNode, SourceFetch
from .achievements import IndicatorFigure, figure_of, outcomes, with_figures


@dataclass(frozen=True)
class Measured:
    """An indicator in the tree, without its quarters."""

    indicator: Indicator
    target: Decimal | None
    realised: Decimal | None
    achievement: Decimal | None


@dataclass
class Branch:
    """A node with its indicators and what hangs below it; `achievement` is the mean of its own indicators."""

    node: PerformanceNode
    figures: list[IndicatorFigure | Measured] = field(default_factory=list)
    children: list[Branch] = field(default_factory=list)
    achievement: Decimal | None = None
    band: Band | None = None


def visible_nodes(year: FiscalYear) -> QuerySet[PerformanceNode]:
    """The year's tree: what e-planning still publishes and local nodes. Open to every office."""
    rows = PerformanceNode.objects.filter(fiscal_year=year, vanished_at=None)
    return rows.select_related("agency", "fiscal_year").order_by("code", "pk")


@dataclass(frozen=True)
class Outline:
    """Which nodes hang below which, in the order of the tree, without their words. Roots hang below None."""

    children: Mapping[int | None, Sequence[int]]
    parents: Mapping[int, int | None]
    owned: Collection[int]

    def groups(self) -> list[tuple[int, int]]:
        """What no page of the tree takes apart: a program with all below it, or a node above that holds nothing.

        Key and number of nodes, in the order of the tree.
        """
        return [(key, len(self._below(key))) for key in self._heads(None)]

    def around(self, heads: Iterable[int]) -> set[int]:
        """These groups with the nodes that lead to them."""
        found: set[int] = set()
        for key in heads:
            found.update(self._below(key))
            step = self.parents[key]
            while step is not None and step not in found:
                found.add(step)
                step = self.parents[step]
        return found

    def _heads(self, key: int | None) -> Iterator[int]:
        for child in self.children.get(key, ()):
            if child in self.owned or child not in self.children:
                yield child
            else:
                yield from self._heads(child)

    def _below(self, key: int) -> list[int]:
        found = [key]
        for known in found:
            found += self.children.get(known, ())
        return found


def outline(year: FiscalYear, agency: Agency | None = None, deepest: str = "") -> Outline:
    """The whole tree, or the part that leads to one OPD, down to a level: one query."""
    rows = visible_nodes(year)
    if deepest:
        rows = rows.filter(level__in=reference.levels_down_to(deepest))
    nodes = {key: (parent, owner) for key, parent, owner in rows.values_list("pk", "parent_id", "agency_id")}
    parents = {key: parent if parent in nodes else None for key, (parent, _) in nodes.items()}
    if agency is not None:
        wanted = _leading_to(parents, (key for key, (_, owner) in nodes.items() if owner == agency.pk))
        parents = {key: parent for key, parent in parents.items() if key in wanted}
    children: dict[int | None, list[int]] = {}
    for key, parent in parents.items():
        children.setdefault(parent, []).append(key)
    return Outline(children, parents, {key for key in parents if nodes[key][1] is not None})


def _leading_to(parents: Mapping[int, int | None], keys: Iterable[int]) -> set[int]:
    wanted: set[int] = set()
    for key in keys:
        step: int | None = key
        while step is not None and step not in wanted:
            wanted.add(step)
            step = parents[step]
    return wanted


def tree(year: FiscalYear, keys: Collection[int]) -> list[Branch]:
    """These nodes as a tree, with their indicators: five queries."""
    branches = {node.pk: Branch(node) for node in visible_nodes(year).filter(pk__in=keys)}
    rows = Indicator.objects.filter(node__in=branches, vanished_at=None)
    found = outcomes(rows, year)
    for indicator in rows.order_by("pk"):
        branches[indicator.node_id].figures.append(Measured(indicator, **vars(found[indicator.pk])))
    bands = reference.rule_for(year.year).bands
    roots: list[Branch] = []
    for branch in branches.values():
        branch.achievement = average(figure.achievement for figure in branch.figures)
        branch.band = None if branch.achievement is None else band_of(branch.achievement, bands)
        parent = branches.get(branch.node.parent_id or 0)
        (parent.children if parent else roots).append(branch)
    return roots


def shown(branches: Iterable[Branch], address: str) -> tuple[Shown, ...]:
    """Branches as the drawing takes them; `address` is a pattern with %d for the node's key."""
    return tuple(
        Shown(
            address=address % branch.node.pk,
            level=_(branch.node.level_title),
            code=branch.node.code,
            title=branch.node.title,
            figure=f"{number_format(branch.achievement, 2)}%"
            if branch.achievement is not None
            else _("belum diukur"),
            kind=branch.band.kind if branch.band else "neutral",
            children=shown(branch.children, address),
        )
        for branch in branches
    )


def branch_of(node: PerformanceNode) -> Branch:
    """One node with its indicators and the nodes right below it."""
    branch = Branch(node)
    for indicator in with_figures(node.indicators.filter(vanished_at=None)).order_by("pk"):
        branch.figures.append(figure_of(indicator))
    branch.children = [Branch(child) for child in node.children.filter(vanished_at=None).order_by("code", "pk")]
    return branch


def ancestors(node: PerformanceNode) -> list[PerformanceNode]:
    """From the top down to the parent: at most one query per level."""
    found: list[PerformanceNode] = []
    step = node.parent
    while step is not None:
        found.insert(0, step)
        step = step.parent
    return found


def fetch_states(year: FiscalYear) -> dict[str, SourceFetch]:
    return {fetch.contract: fetch for fetch in SourceFetch.objects.filter(fiscal_year=year)}
