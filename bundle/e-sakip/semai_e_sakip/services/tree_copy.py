"""Take a published tree over into the year's copy: follow what changed, mark what is gone, delete nothing.

What this app adds itself (formula, source, person in charge, IKU, quarters) stays; local nodes are left alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from django.db import transaction
from django.utils import timezone
from semai_kit import audit
from semai_kit.models import Agency, FiscalYear

from .. import reference
from ..models import AnnualTarget, Indicator, PerformanceNode
from ..sources.performance_tree import PublishedIndicator, PublishedNode, PublishedTree


@dataclass(frozen=True)
class Merged:
    """What one answer changed; `note` says what could not be placed."""

    added: int = 0
    changed: int = 0
    vanished: int = 0
    note: str = ""


@transaction.atomic
def merge(year: FiscalYear, tree: PublishedTree) -> Merged:
    nodes = {node.external_id: node for node in _rows(PerformanceNode, year)}
    agencies = {agency.code: agency for agency in Agency.objects.all()}
    added = changed = 0
    for level in reference.levels():
        published = [node for node in tree.nodes if node.level == level.id]
        new = [_new_node(year, node, nodes, agencies) for node in published if node.id not in nodes]
        changed += sum(
            _follow_node(nodes[node.id], node, nodes, agencies) for node in published if node.id in nodes
        )
        for node in audit.bulk_create(new):
            nodes[node.external_id] = node
        added += len(new)
    new_indicators, changed_indicators = _merge_indicators(year, tree, nodes)
    vanished = _mark_vanished(nodes, {node.id for node in tree.nodes})
    unknown = sorted({node.agency_code for node in tree.nodes if node.agency_code} - set(agencies))
    return Merged(
        added + new_indicators,
        changed + changed_indicators,
        vanished,
        f"OPD tidak dikenal di aplikasi ini: {', '.join(unknown)}" if unknown else "",
    )


def _rows(model: type[PerformanceNode] | type[Indicator], year: FiscalYear) -> list:
    """The copied rows of a year, locked, so that two fetches queue up."""
    rows = model.objects.select_for_update(of=("self",)).filter(fiscal_year=year).exclude(external_id="")
    return list(rows)


def _new_node(
    year: FiscalYear,
    published: PublishedNode,
    nodes: Mapping[str, PerformanceNode],
    agencies: Mapping[str, Agency],
) -> PerformanceNode:
    return PerformanceNode(
        fiscal_year=year,
        parent=nodes.get(published.parent_id),
        level=published.level,
        code=published.code,
        title=published.title,
        agency=agencies.get(published.agency_code),
        external_id=published.id,
    )


def _follow_node(
    row: PerformanceNode,
    published: PublishedNode,
    nodes: Mapping[str, PerformanceNode],
    agencies: Mapping[str, Agency],
) -> int:
    parent, agency = nodes.get(published.parent_id), agencies.get(published.agency_code)
    wanted = {
        "parent_id": parent.pk if parent else None,
        "level": published.level,
        "code": published.code,
        "title": published.title,
        "agency_id": agency.pk if agency else None,
        "vanished_at": None,
    }
    return _update(row, wanted)


def _update(row: PerformanceNode | Indicator, wanted: Mapping[str, object]) -> int:
    if all(getattr(row, name) == value for name, value in wanted.items()):
        return 0
    for name, value in wanted.items():
        setattr(row, name, value)
    row.save()
    return 1


def _merge_indicators(
    year: FiscalYear, tree: PublishedTree, nodes: Mapping[str, PerformanceNode]
) -> tuple[int, int]:
    known = {row.external_id: row for row in _rows(Indicator, year)}
    new = [_new_indicator(year, one, nodes[one.node_id]) for one in tree.indicators if one.id not in known]
    changed = sum(_follow_indicator(known[one.id], one, nodes) for one in tree.indicators if one.id in known)
    for row in audit.bulk_create(new):
        known[row.external_id] = row
    changed += _merge_targets(year, tree.indicators, known)
    _mark_vanished(known, {one.id for one in tree.indicators})
    return len(new), changed


def _new_indicator(year: FiscalYear, published: PublishedIndicator, node: PerformanceNode) -> Indicator:
    return Indicator(
        fiscal_year=year,
        node=node,
        agency=node.agency,
        name=published.name,
        unit=published.unit,
        polarity=published.direction,
        baseline=published.baseline,
        work_plan_target=published.work_plan_target,
        external_id=published.id,
    )


def _follow_indicator(row: Indicator, published: PublishedIndicator, nodes: Mapping[str, PerformanceNode]) -> int:
    node = nodes[published.node_id]
    wanted = {
        "node_id": node.pk,
        "agency_id": node.agency_id or row.agency_id,
        "name": published.name,
        "unit": published.unit,
        "polarity": published.direction,
        "baseline": published.baseline,
        "work_plan_target": published.work_plan_target,
        "vanished_at": None,
    }
    return _update(row, wanted)


def _merge_targets(
    year: FiscalYear, published: tuple[PublishedIndicator, ...], known: Mapping[str, Indicator]
) -> int:
    """Targets of every year of the period, as published; returns how many differed."""
    stored: dict[int, dict[int, AnnualTarget]] = {}
    targets = AnnualTarget.objects.filter(indicator__fiscal_year=year).exclude(indicator__external_id="")
    for target in targets.select_related("indicator"):
        stored.setdefault(target.indicator_id, {})[target.year] = target
    new, changed = [], 0
    for one in published:
        row = known[one.id]
        have = stored.get(row.pk, {})
        wanted = {target.year: target.value for target in one.targets}
        new += [AnnualTarget(indicator=row, year=y, value=v) for y, v in wanted.items() if y not in have]
        changed += sum(_set_target(target, wanted.get(target.year)) for target in have.values())
    audit.bulk_create(new)
    return changed


def _set_target(target: AnnualTarget, value: Decimal | None) -> int:
    if value is None:
        target.delete()
        return 1
    if target.value == value:
        return 0
    target.value = value
    target.save()
    return 1


def _mark_vanished(known: Mapping[str, PerformanceNode | Indicator], published: set[str]) -> int:
    gone = [row for key, row in known.items() if key not in published and row.vanished_at is None]
    for row in gone:
        row.vanished_at = timezone.now()
        row.save()
    return len(gone)
