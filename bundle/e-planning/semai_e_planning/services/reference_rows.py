"""Bring the reference rows of the database to what the shipped YAML says; runs after every migrate."""

from __future__ import annotations

from django.db import transaction
from semai_kit.models import FiscalYear

from .. import reference
from ..models import PriorityTheme, ProposalKind
from .calendar import ensure_stages


@transaction.atomic
def load() -> str:
    """Titles follow the files; a code that left them stays for old records but is no longer offered."""
    _sync(ProposalKind, reference.kinds())
    _sync(PriorityTheme, reference.themes())
    for year in FiscalYear.objects.filter(status=FiscalYear.Status.OPEN):
        ensure_stages(year)
    return f"reference data: {len(reference.kinds())} kinds, {len(reference.themes())} themes"


def _sync(model: type[ProposalKind] | type[PriorityTheme], choices: tuple[reference.Choice, ...]) -> None:
    for choice in choices:
        model.objects.update_or_create(code=choice.code, defaults={"title": choice.title, "is_active": True})
    model.objects.exclude(code__in=[choice.code for choice in choices]).update(is_active=False)
