"""The cascading tree as pages and the drawing show it."""

from __future__ import annotations

from collections.abc import Iterable
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
from .achievements import IndicatorFigure, figure_of, with_figures


@dataclass
class Branch:
    """A node with its indicators and what hangs below it; `achievement` is the mean of its own indicators."""

    node: PerformanceNode
    figures: list[IndicatorFigure] = field(default_factory=list)
    children: list[Branch] = field(default_factory=list)
    achievement: Decimal | None = None
    band: Band | None = None


def visible_nodes(year: FiscalYear) -> QuerySet[PerformanceNode]:
    """The year's tree: what e-planning still publishes and local nodes. Open to every office."""
    rows = PerformanceNode.objects.filter(fiscal_year=year, vanished_at=None)
    return rows.select_related("agency", "fiscal_year").order_by("code", "pk")


def tree(year: FiscalYear, agency: Agency | None = None, deepest: str = "") -> list[Branch]:
    """The whole tree, or the part that leads to one OPD, down to a level: five queries."""
    rows = visible_nodes(year)
    if deepest:
        rows = rows.filter(level__in=reference.levels_down_to(deepest))
    nodes = list(rows)
    if agency is not None:
        nodes = _leading_to(nodes, agency)
    branches = {node.pk: Branch(node) for node in nodes}
    for indicator in with_figures(Indicator.objects.filter(node__in=branches, vanished_at=None)).order_by("pk"):
        branches[indicator.node_id].figures.append(figure_of(indicator))
    bands = reference.rule_for(year.year).bands
    roots: list[Branch] = []
    for branch in branches.values():
        branch.achievement = average(figure.achievement for figure in branch.figures)
        branch.band = None if branch.achievement is None else band_of(branch.achievement, bands)
        parent = branches.get(branch.node.parent_id or 0)
        (parent.children if parent else roots).append(branch)
    return roots


def _leading_to(nodes: list[PerformanceNode], agency: Agency) -> list[PerformanceNode]:
    by_key = {node.pk: node for node in nodes}
    wanted: set[int] = set()
    for node in nodes:
        step: PerformanceNode | None = node if node.agency_id == agency.pk else None
        while step is not None and step.pk not in wanted:
            wanted.add(step.pk)
            step = by_key.get(step.parent_id or 0)
    return [node for node in nodes if node.pk in wanted]


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
