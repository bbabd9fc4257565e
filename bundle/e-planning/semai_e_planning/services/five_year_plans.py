"""Writing the RPJMD: periods, the tree, indicators with yearly targets, indicative ceilings of programs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _
from semai_kit import roles
from semai_kit.models import Account, Agency

from .. import reference
from ..errors import RuleBroken
from ..models import (
    Amendment,
    IndicatorTarget,
    NodeCeiling,
    NodeIndicator,
    PlanNode,
    PlanPeriod,
    VersionItem,
    VersionTarget,
    WorkPlanItem,
    WorkPlanTarget,
)

PERMISSION = "plan.edit"


@dataclass(frozen=True)
class PeriodContent:
    title: str
    start_year: int
    end_year: int
    decree: str
    vision: str


@dataclass(frozen=True)
class NodeContent:
    """`agency` counts on the level that names one (program); below it is inherited."""

    code: str
    title: str
    agency: Agency | None


@dataclass(frozen=True)
class IndicatorContent:
    """`targets`: year -> value; a missing year has no target."""

    name: str
    unit: str
    baseline: Decimal | None
    direction: str
    targets: Mapping[int, Decimal]


@transaction.atomic
def save_period(account: Account, period: PlanPeriod | None, content: PeriodContent) -> PlanPeriod:
    roles.require(account, PERMISSION)
    row = period or PlanPeriod()
    for name in PeriodContent.__dataclass_fields__:
        setattr(row, name, getattr(content, name))
    row.full_clean()
    row.save()
    return row


@transaction.atomic
def add_node(account: Account, period: PlanPeriod, parent: PlanNode | None, content: NodeContent) -> PlanNode:
    """Add a node one level below its parent (or a misi when there is none)."""
    roles.require(account, PERMISSION)
    level = reference.level_below(parent.level if parent else "")
    if level is None:
        raise RuleBroken(_("Di bawah sub kegiatan tidak ada jenjang lagi."))
    node = PlanNode(period=period, parent=parent, level=level.id, code=content.code, title=content.title)
    node.agency = _agency_for(node, content)
    node.full_clean()
    node.save()
    return node


@transaction.atomic
def change_node(account: Account, node: PlanNode, content: NodeContent) -> PlanNode:
    """Change code, title or (on a program) the OPD, which everything below follows."""
    roles.require(account, PERMISSION)
    locked = PlanNode.objects.select_for_update(of=("self",)).select_related("parent").get(pk=node.pk)
    agency = _agency_for(locked, content)
    if agency != locked.agency:
        _refuse_if_planned(locked, _("OPD pelaksananya tidak dapat diganti"))
    locked.code, locked.title, locked.agency = content.code, content.title, agency
    locked.full_clean()
    locked.save()
    _hand_down_agency(locked)
    return locked


@transaction.atomic
def delete_node(account: Account, node: PlanNode) -> None:
    """Remove a node that has nothing below it and is in no Renja."""
    roles.require(account, PERMISSION)
    if node.children.exists():
        raise RuleBroken(
            _("{code} masih memiliki butir di bawahnya. Hapus yang di bawahnya dahulu.").format(code=node.code)
        )
    _refuse_if_planned(node, _("tidak dapat dihapus"))
    _refuse_if_set(node.indicators.all())
    node.delete()


@transaction.atomic
def save_indicator(
    account: Account, node: PlanNode, indicator: NodeIndicator | None, content: IndicatorContent
) -> NodeIndicator:
    roles.require(account, PERMISSION)
    row = indicator or NodeIndicator(node=node)
    row.name, row.unit = content.name, content.unit
    row.baseline, row.direction = content.baseline, content.direction
    row.full_clean()
    row.save()
    _refuse_foreign_years(node.period, content.targets)
    row.targets.exclude(year__in=content.targets).delete()
    for year, value in content.targets.items():
        IndicatorTarget.objects.update_or_create(indicator=row, year=year, defaults={"value": value})
    return row


@transaction.atomic
def delete_indicator(account: Account, indicator: NodeIndicator) -> None:
    """Remove an indicator; refused where a Renja beyond its draft, or what a Perubahan changes, sets its target."""
    roles.require(account, PERMISSION)
    _refuse_if_set([indicator])
    indicator.delete()


@transaction.atomic
def set_node_ceilings(account: Account, node: PlanNode, amounts: Mapping[int, Decimal]) -> None:
    """Set the indicative ceilings of a program; a missing year has none."""
    roles.require(account, PERMISSION)
    if node.level != "program":
        raise RuleBroken(_("Pagu indikatif RPJMD diisi pada jenjang program."))
    _refuse_foreign_years(node.period, amounts)
    node.ceilings.exclude(year__in=amounts).delete()
    for year, amount in amounts.items():
        if amount < 0:
            raise RuleBroken(_("Pagu tidak boleh kurang dari nol."))
        NodeCeiling.objects.update_or_create(node=node, year=year, defaults={"amount": amount})


def _agency_for(node: PlanNode, content: NodeContent) -> Agency | None:
    if not reference.level(node.level).has_agency:
        return node.parent.agency if node.parent else None
    if content.agency is None:
        raise RuleBroken(_("Program harus mempunyai OPD pelaksana."))
    return content.agency


def _hand_down_agency(node: PlanNode) -> None:
    for child in node.children.exclude(agency=node.agency):
        child.agency = node.agency
        child.save(update_fields=["agency"])
        _hand_down_agency(child)


def _refuse_if_planned(node: PlanNode, what: str) -> None:
    below = (
        WorkPlanItem.objects.filter(sub_activity=node)
        | WorkPlanItem.objects.filter(sub_activity__parent=node)
        | WorkPlanItem.objects.filter(sub_activity__parent__parent=node)
    )
    kept = VersionItem.objects.filter(
        Q(sub_activity=node) | Q(sub_activity__parent=node) | Q(sub_activity__parent__parent=node)
    )
    if below.exists() or kept.exists():
        raise RuleBroken(_("{code} sudah dipakai di Renja, jadi {what}.").format(code=node.code, what=what))


def _refuse_if_set(indicators: Iterable[NodeIndicator]) -> None:
    names = {indicator.pk: indicator.name for indicator in indicators}
    locked = WorkPlanTarget.objects.filter(indicator__in=names).exclude(work_plan__state="draf")
    in_force = VersionTarget.objects.filter(
        indicator_id__in=names, version__in=Amendment.objects.filter(outcome=Amendment.Outcome.OPEN).values("base")
    )
    key = next((row.indicator_id for row in (locked.first(), in_force.first()) if row), None)
    if key is not None:
        raise RuleBroken(
            _(
                "Target indikator “{name}” ada di Renja yang sudah diajukan atau ditetapkan. "
                "OPD mengosongkannya dahulu, di Renja atau dalam Perubahan yang lalu ditetapkan."
            ).format(name=names[key])
        )


def _refuse_foreign_years(period: PlanPeriod, values: Mapping[int, Decimal]) -> None:
    foreign = sorted(set(values) - set(period.years))
    if foreign:
        raise RuleBroken(
            _("Tahun {year} di luar {period} ({start_year}–{end_year}).").format(
                year=foreign[0], period=period.title, start_year=period.start_year, end_year=period.end_year
            )
        )
