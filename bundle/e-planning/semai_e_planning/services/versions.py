"""Versions of the RKPD: copied when it is determined, and put back when a Perubahan is dropped."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from semai_kit.models import Account, Agency

from ..models import (
    AgencyCeiling,
    AnnualPlan,
    AnnualPlanVersion,
    Proposal,
    VersionAgency,
    VersionItem,
    VersionTarget,
    WorkPlan,
    WorkPlanItem,
    WorkPlanTarget,
)
from ..selectors.targets import SetTarget, set_in
from ..selectors.work_plans import items_of, proposal_note
from . import review
from .proposals import lock as lock_proposal

COPIED = ("indicator", "target", "unit", "location", "pagu", "note")
ZERO = Decimal(0)


def newest(plan: AnnualPlan) -> AnnualPlanVersion | None:
    return plan.versions.order_by("-number").first()


def record(account: Account | None, plan: AnnualPlan) -> AnnualPlanVersion:
    """Copy the year's Renja and pagu as version `plan.revision`, inside the transaction that determines them."""
    work_plans = WorkPlan.objects.filter(fiscal_year=plan.fiscal_year)
    items, targets = list(items_of(work_plans)), set_in(work_plans, plan.fiscal_year.year)
    version = AnnualPlanVersion.objects.create(
        plan=plan,
        number=plan.revision,
        decree=plan.decree,
        enacted_on=plan.enacted_on,
        total=sum((item.pagu for item in items), ZERO),
        target_count=len(targets),
        made_by=account,
    )
    VersionTarget.objects.bulk_create([_copy_target(version, target) for target in targets])
    VersionItem.objects.bulk_create([_copy(version, item) for item in items])
    VersionAgency.objects.bulk_create(_agencies(version, plan, items, targets))
    return version


def restore_work_plan(plan: WorkPlan, version: AnnualPlanVersion, reason: str) -> None:
    """Make a Renja what the version says, with the identities of its rows; usulan taken in since leave it."""
    taken = Proposal.objects.filter(work_plan_item__work_plan=plan, state=review.TAKEN)
    for proposal in taken:
        review.release(lock_proposal(proposal), reason)
    wanted = {row.item_id: row for row in version.items.filter(agency=plan.agency_id)}
    present = {item.pk: item for item in plan.items.select_for_update(of=("self",))}
    for key, item in present.items():
        if key not in wanted:
            item.delete()
    for key, row in wanted.items():
        item = present.get(key) or WorkPlanItem(pk=key, work_plan=plan)
        item.sub_activity_id = row.sub_activity_id
        for name in COPIED:
            setattr(item, name, getattr(row, name))
        item.save()
    if version.keeps_targets:
        _restore_targets(plan, version)


def _restore_targets(plan: WorkPlan, version: AnnualPlanVersion) -> None:
    """Only where the version knows them: an older one would take away what it never held."""
    wanted = dict(version.targets.filter(agency=plan.agency_id).values_list("indicator_id", "value"))
    present = {row.indicator_id: row for row in plan.targets.select_for_update(of=("self",))}
    for key, row in present.items():
        if key not in wanted:
            row.delete()
    for key, value in wanted.items():
        row = present.get(key) or WorkPlanTarget(work_plan=plan, indicator_id=key)
        if row.value != value:
            row.value = value
            row.save()


def restore_ceilings(plan: AnnualPlan, version: AnnualPlanVersion) -> None:
    """The pagu of every OPD as they were in the version."""
    wanted = {row.agency_id: row.ceiling for row in version.agencies.all() if row.ceiling is not None}
    for ceiling in AgencyCeiling.objects.select_for_update(of=("self",)).filter(fiscal_year=plan.fiscal_year):
        amount = wanted.get(ceiling.agency_id)
        if amount is None:
            ceiling.delete()
        elif ceiling.amount != amount:
            ceiling.amount = amount
            ceiling.save(update_fields=["amount", "updated_at"])


def _copy(version: AnnualPlanVersion, item: Any) -> VersionItem:
    activity = item.sub_activity.parent
    return VersionItem(
        version=version,
        item_id=item.pk,
        agency=item.work_plan.agency,
        agency_name=item.work_plan.agency.name,
        sub_activity=item.sub_activity,
        program_code=activity.parent.code,
        program_name=activity.parent.title,
        activity_code=activity.code,
        activity_name=activity.title,
        sub_activity_code=item.sub_activity.code,
        sub_activity_name=item.sub_activity.title,
        proposals=[proposal_note(proposal) for proposal in item.taken],
        **{name: getattr(item, name) for name in COPIED},
    )


def _copy_target(version: AnnualPlanVersion, target: SetTarget) -> VersionTarget:
    return VersionTarget(version=version, **vars(target))


def _agencies(
    version: AnnualPlanVersion, plan: AnnualPlan, items: Iterable[WorkPlanItem], targets: Iterable[SetTarget]
) -> list[VersionAgency]:
    """Every OPD with a pagu, with sub kegiatan or with targets."""
    sums: dict[int, Decimal] = defaultdict(Decimal, {target.agency_id: ZERO for target in targets})
    for item in items:
        sums[item.work_plan.agency_id] += item.pagu
    ceilings = dict(AgencyCeiling.objects.filter(fiscal_year=plan.fiscal_year).values_list("agency_id", "amount"))
    agencies = Agency.objects.filter(pk__in=sums.keys() | ceilings.keys())
    return [
        VersionAgency(
            version=version,
            agency=agency,
            name=agency.name,
            ceiling=ceilings.get(agency.pk),
            total=sums.get(agency.pk, ZERO),
        )
        for agency in agencies
    ]
