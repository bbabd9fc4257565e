"""Connections made once the models are loaded: what the audit trail records, and a filing window for every year."""

from __future__ import annotations

from django.db.models.signals import post_save
from semai_kit import audit
from semai_kit.models import FiscalYear

from . import models
from .services import windows


def connect() -> None:
    audit.register(
        models.Agreement,
        models.Amount,
        models.AwardList,
        models.Disbursement,
        models.Document,
        models.FilingWindow,
        models.GrantLine,
        models.Reminder,
        models.Report,
        models.Waiver,
    )
    audit.register(models.Application, masked=("code_digest", "form_nonce"))
    audit.register(models.Applicant, masked=models.Applicant.PERSONAL)
    audit.register(models.EarlierAward, masked=models.EarlierAward.PERSONAL)
    post_save.connect(_year_opened, sender=FiscalYear, dispatch_uid="semai_e_hibah.windows")


def _year_opened(instance: FiscalYear, created: bool, raw: bool = False, **kwargs: object) -> None:
    if created and not raw:
        windows.ensure(instance)
