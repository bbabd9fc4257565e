"""Writing the tree and its indicators. What e-planning published can be defined here, not reworded."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _
from semai_kit.models import Account, Agency, FiscalYear
from semai_kit.roles import Place

from .. import reference
from ..achievement import year_figure
from ..errors import NotEditable, RuleBroken
from ..models import AnnualTarget, Indicator, PerformanceNode, QuarterTarget
from . import gates


@dataclass(frozen=True)
class NodeContent:
    """`agency` counts on the level that names one (program); below it is inherited."""

    code: str
    title: str
    agency: Agency | None


@dataclass(frozen=True)
class IndicatorWording:
    """What e-planning decides for published indicators and the region for its own."""

    name: str
    unit: str
    polarity: str
    baseline: Decimal | None
    target: Decimal | None


@dataclass(frozen=True)
class IndicatorDefinition:
    """What belongs to this app on every indicator. `quarters`: quarter -> target by its end.

    `agency` counts only on indicators above the programs, where the region says which OPD measures.
    """

    formula: str
    source: str
    responsible: str
    accumulation: str
    is_key: bool
    quarters: Mapping[int, Decimal]
    agency: Agency | None = None


@transaction.atomic
def add_node(
    account: Account, year: FiscalYear, parent: PerformanceNode | None, content: NodeContent
) -> PerformanceNode:
    """Add a local node one level below its parent (or at the top when there is none)."""
    gates.require(account, "tree.edit", Place(), year)
    level = reference.level_below(parent.level if parent else "")
    if level is None:
        raise RuleBroken(_("Di bawah sub kegiatan tidak ada jenjang lagi."))
    node = PerformanceNode(
        fiscal_year=year,
        parent=parent,
        level=level.id,
        code=content.code,
        title=content.title,
        agency=_agency_for(level, parent, content),
        created_by=account,
    )
    node.full_clean()
    node.save()
    return node


@transaction.atomic
def change_node(account: Account, node: PerformanceNode, content: NodeContent) -> PerformanceNode:
    """Change a local node; its OPD is handed down to what lies below."""
    gates.require(account, "tree.edit", Place(), node.fiscal_year)
    _refuse_published(node, "diubah")
    node.code, node.title = content.code, content.title
    node.agency = _agency_for(reference.level(node.level), node.parent, content)
    node.full_clean()
    node.save()
    _hand_down_agency(node)
    return node


@transaction.atomic
def delete_node(account: Account, node: PerformanceNode) -> None:
    """Remove a local node that carries nothing."""
    gates.require(account, "tree.edit", Place(), node.fiscal_year)
    _refuse_published(node, _("dihapus"))
    if node.children.exists():
        raise RuleBroken(
            _("{code} masih memiliki butir di bawahnya. Hapus yang di bawahnya dahulu.").format(code=node.code)
        )
    if node.indicators.exists():
        raise RuleBroken(_("{code} masih memiliki indikator. Hapus indikatornya dahulu.").format(code=node.code))
    node.delete()


@transaction.atomic
def add_indicator(
    account: Account, node: PerformanceNode, wording: IndicatorWording, definition: IndicatorDefinition
) -> Indicator:
    """Add an indicator of the region's own."""
    gates.require(account, "indicator.edit", node.place(), node.fiscal_year)
    indicator = Indicator(fiscal_year=node.fiscal_year, node=node, agency=node.agency, created_by=account)
    _reword(indicator, wording)
    return _define(indicator, definition)


@transaction.atomic
def change_indicator(
    account: Account, indicator: Indicator, wording: IndicatorWording | None, definition: IndicatorDefinition
) -> Indicator:
    """Define an indicator; `wording` only for one of the region's own."""
    gates.require(account, "indicator.edit", indicator.node.place(), indicator.fiscal_year)
    row = Indicator.objects.select_for_update(of=("self",)).select_related("node__agency", "fiscal_year")
    locked = row.get(pk=indicator.pk)
    if wording is not None:
        _refuse_published(locked, _("diubah uraian dan targetnya"))
        _reword(locked, wording)
    return _define(locked, definition)


@transaction.atomic
def delete_indicator(account: Account, indicator: Indicator) -> None:
    """Remove an indicator of the region's own that nobody measured, agreed to or planned for."""
    gates.require(account, "indicator.edit", indicator.node.place(), indicator.fiscal_year)
    _refuse_published(indicator, _("dihapus"))
    if indicator.measurements.exists() or indicator.agreed.exists() or indicator.steps.exists():
        raise RuleBroken(
            _("“{indicator}” sudah dipakai pada pengukuran, rencana aksi atau Perjanjian Kinerja.").format(
                indicator=indicator
            )
        )
    indicator.delete()


def check_quarters(accumulation: str, target: Decimal | None, quarters: Mapping[int, Decimal]) -> None:
    """Raise RuleBroken when four quarters are given and do not make the year's target."""
    if target is None or len(quarters) < len(reference.QUARTERS):
        return
    made = year_figure(accumulation, [quarters[quarter] for quarter in reference.QUARTERS])
    if made != target:
        title = _(next(a.title for a in reference.accumulations() if a.id == accumulation))
        raise RuleBroken(
            _(
                "Target triwulan ({title}) menjadi {made}, sedangkan target tahun {target}. "
                "Sesuaikan target triwulan atau cara menghitung angka tahunnya."
            ).format(title=title, made=_plain(made), target=_plain(target))
        )


def set_quarters(indicator: Indicator, quarters: Mapping[int, Decimal]) -> None:
    """Replace the quarter targets, inside the caller's transaction, after its own checks."""
    indicator.quarters.exclude(quarter__in=quarters).delete()
    for quarter, value in quarters.items():
        QuarterTarget.objects.update_or_create(indicator=indicator, quarter=quarter, defaults={"value": value})


def _plain(figure: Decimal | None) -> str:
    return "–" if figure is None else f"{figure.normalize():f}".replace(".", ",")


def _reword(indicator: Indicator, wording: IndicatorWording) -> None:
    indicator.name, indicator.unit = wording.name, wording.unit
    indicator.polarity, indicator.baseline = wording.polarity, wording.baseline
    indicator.full_clean()
    indicator.save()
    year = indicator.fiscal_year.year
    if wording.target is None:
        indicator.targets.filter(year=year).delete()
        return
    AnnualTarget.objects.update_or_create(indicator=indicator, year=year, defaults={"value": wording.target})


def _define(indicator: Indicator, definition: IndicatorDefinition) -> Indicator:
    check_quarters(definition.accumulation, indicator.target, definition.quarters)
    for name in ("formula", "source", "responsible", "accumulation", "is_key"):
        setattr(indicator, name, getattr(definition, name))
    indicator.agency = indicator.node.agency or definition.agency
    indicator.full_clean()
    indicator.save()
    set_quarters(indicator, definition.quarters)
    return indicator


def _refuse_published(record: PerformanceNode | Indicator, what: str) -> None:
    if not record.is_local:
        raise NotEditable(
            _("“{record}” berasal dari e-planning, jadi tidak dapat {what} di sini.").format(
                record=record, what=what
            )
        )


def _agency_for(level: reference.Level, parent: PerformanceNode | None, content: NodeContent) -> Agency | None:
    if not level.agency:
        return None
    if parent is not None and parent.agency is not None:
        return parent.agency
    if content.agency is None:
        raise RuleBroken(_("{title} harus mempunyai OPD pelaksana.").format(title=_(level.title)))
    return content.agency


def _hand_down_agency(node: PerformanceNode) -> None:
    if node.agency is None:
        return
    for indicator in node.indicators.exclude(agency=node.agency):
        indicator.agency = node.agency
        indicator.save()
    for child in node.children.exclude(agency=node.agency):
        child.agency = node.agency
        child.save()
        _hand_down_agency(child)
