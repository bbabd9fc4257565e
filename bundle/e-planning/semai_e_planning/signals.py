"""Connections made once the models are loaded: what the audit trail records, and a calendar for every new year."""

from __future__ import annotations

from django.db.models.signals import post_save
from semai_kit import audit
from semai_kit.models import FiscalYear

from . import models
from .services.calendar import ensure_stages


def connect() -> None:
    audit.register(
        models.AgencyCeiling,
        models.Amendment,
        models.AnnualPlan,
        models.IndicatorTarget,
        models.NodeCeiling,
        models.NodeIndicator,
        models.PlanNode,
        models.PlanPeriod,
        models.Proposal,
        models.Stage,
        models.WorkPlan,
        models.WorkPlanItem,
        models.WorkPlanTarget,
    )
    post_save.connect(_year_opened, sender=FiscalYear, dispatch_uid="semai_e_planning.stages")


def _year_opened(instance: FiscalYear, created: bool, raw: bool = False, **kwargs: object) -> None:
    if created and not raw:
        ensure_stages(instance)
