"""What a Renja sets for the indicators of the RPJMD it serves."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _
from semai_kit.models import Account

from ..errors import RuleBroken
from ..models import WorkPlan, WorkPlanTarget
from ..selectors.targets import indicators_of, targets_of
from . import amendments
from .work_plans import editable


@transaction.atomic
def set_targets(account: Account, plan: WorkPlan, values: Mapping[int, Decimal | None], reason: str = "") -> None:
    """Set the targets by the primary keys of their indicators; None takes one away, indicators not named stay.

    `reason` is obligatory where something changes while a Perubahan is being made.
    Raises Denied, StageClosed, YearClosed, RuleBroken.
    """
    locked = editable(account, plan)
    if not set(values) <= {indicator.pk for indicator in indicators_of(locked)}:
        raise RuleBroken(_("Indikator itu bukan milik program OPD ini atau sasaran yang didukungnya."))
    present = targets_of(locked)
    changed = {key: value for key, value in values.items() if value != present.get(key)}
    if not changed:
        return
    amendments.note_target_changes(account, locked, changed, reason)
    for key, value in changed.items():
        if value is None:
            WorkPlanTarget.objects.filter(work_plan=locked, indicator=key).delete()
        else:
            WorkPlanTarget.objects.update_or_create(work_plan=locked, indicator_id=key, defaults={"value": value})
