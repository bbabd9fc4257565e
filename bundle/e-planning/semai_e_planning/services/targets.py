"""What a Renja sets for the indicators of the RPJMD it serves."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _
from semai_kit.models import Account

from ..errors import RuleBroken
from ..models import WorkPlan, WorkPlanTarget
from ..selectors.targets import indicators_of
from .work_plans import DRAFT, editable


@transaction.atomic
def set_targets(account: Account, plan: WorkPlan, values: Mapping[int, Decimal | None]) -> None:
    """Set the targets by the primary keys of their indicators; None takes one away, indicators not named stay.

    Raises Denied, StageClosed, YearClosed, RuleBroken.
    """
    locked = editable(account, plan)
    if locked.state != DRAFT:
        raise RuleBroken(_("Target indikator Renja hanya diisi selagi Renja berstatus draf."))
    if not set(values) <= {indicator.pk for indicator in indicators_of(locked)}:
        raise RuleBroken(_("Indikator itu bukan milik program OPD ini atau sasaran yang didukungnya."))
    for key, value in values.items():
        if value is None:
            WorkPlanTarget.objects.filter(work_plan=locked, indicator=key).delete()
        else:
            WorkPlanTarget.objects.update_or_create(work_plan=locked, indicator_id=key, defaults={"value": value})
