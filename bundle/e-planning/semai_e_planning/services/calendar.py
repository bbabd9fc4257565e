"""The stage calendar: rows of a year and their dates."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext as _
from semai_kit import roles, years
from semai_kit.models import Account, FiscalYear

from .. import reference
from ..errors import RuleBroken
from ..models import Stage


@dataclass(frozen=True)
class StageDates:
    """Opening and closing day of one stage, both or neither."""

    code: str
    opens_on: datetime.date | None
    closes_on: datetime.date | None


@transaction.atomic
def ensure_stages(year: FiscalYear) -> None:
    """Give the year a row for every stage of stages.yaml; titles follow the file, dates stay."""
    for template in reference.stages():
        Stage.objects.update_or_create(
            fiscal_year=year,
            code=template.id,
            defaults={"title": template.title, "loop": template.loop, "position": template.position},
        )


@transaction.atomic
def set_dates(account: Account, year: FiscalYear, dates: list[StageDates]) -> int:
    """Write the dates that differ and return how many stages changed."""
    roles.require(account, "stage.edit")
    years.require_open(year)
    stages = {stage.code: stage for stage in Stage.objects.select_for_update().filter(fiscal_year=year)}
    changed = 0
    for wanted in dates:
        stage = stages[wanted.code]
        if (stage.opens_on, stage.closes_on) == (wanted.opens_on, wanted.closes_on):
            continue
        _check(stage, wanted)
        stage.opens_on, stage.closes_on = wanted.opens_on, wanted.closes_on
        stage.save(update_fields=["opens_on", "closes_on", "updated_at"])
        changed += 1
    return changed


def typical_dates(year: FiscalYear) -> list[StageDates]:
    """The usual dates for a plan of this year, to start from."""
    return [StageDates(stage.id, *stage.typical_dates(year.year)) for stage in reference.stages()]


def _check(stage: Stage, wanted: StageDates) -> None:
    if (wanted.opens_on is None) != (wanted.closes_on is None):
        raise RuleBroken(
            _("{stage}: isi tanggal buka dan tanggal tutup, atau kosongkan keduanya.").format(stage=_(stage.title))
        )
    if wanted.opens_on and wanted.closes_on and wanted.closes_on < wanted.opens_on:
        raise RuleBroken(
            _("{stage}: tanggal tutup tidak boleh mendahului tanggal buka.").format(stage=_(stage.title))
        )
