"""Stages of a fiscal year: planning may be locked while execution is open, and each app writes in its own."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import yaml
from django.db import transaction
from django.utils.translation import gettext as _

from semai_kit import roles
from semai_kit.models import Account, FiscalYear, YearStage
from semai_kit.refusals import Refused

FILE = Path(__file__).parent / "data" / "year_stages.yml"
Status = FiscalYear.Status


@dataclass(frozen=True)
class Stage:
    id: str
    title: str


class StageRefused(Refused):
    """The stage does not exist, or its archive stays closed."""


@lru_cache(maxsize=1)
def all_stages() -> tuple[Stage, ...]:
    """Stages in the order of the year."""
    return tuple(Stage(**entry) for entry in yaml.safe_load(FILE.read_text(encoding="utf-8")))


def stage(stage_id: str) -> Stage:
    """Raises StageRefused for an id that is not in the file."""
    found = next((known for known in all_stages() if known.id == stage_id), None)
    if found is None:
        known = ", ".join(entry.id for entry in all_stages())
        raise StageRefused(
            _("Tahap “{stage_id}” tidak dikenal. Yang ada: {known}.").format(stage_id=stage_id, known=known)
        )
    return found


def statuses(year: FiscalYear) -> dict[str, str]:
    """Status of every stage of the year; one that was never set is open."""
    said = dict(YearStage.objects.filter(fiscal_year=year).values_list("stage", "status"))
    return {known.id: said.get(known.id, Status.OPEN) for known in all_stages()}


def status_of(year: FiscalYear, stage_id: str) -> str:
    return statuses(year)[stage(stage_id).id]


@transaction.atomic
def set_stage_status(year: FiscalYear, stage_id: str, status: str, account: Account | None) -> None:
    """Open, lock or archive one stage; an archived one stays archived. Raises Denied, StageRefused."""
    if account is not None:
        roles.require(account, "kit.years.manage")
    known = stage(stage_id)
    if status not in Status.values:
        raise StageRefused(_("Status “{status}” tidak dikenal.").format(status=status))
    locked_year = FiscalYear.objects.select_for_update().get(pk=year.pk)
    if locked_year.status == Status.ARCHIVED:
        raise StageRefused(_("Tahun anggaran {year} sudah diarsipkan.").format(year=year.year))
    row, _made = YearStage.objects.get_or_create(fiscal_year=locked_year, stage=known.id)
    if row.status == Status.ARCHIVED and status != row.status:
        raise StageRefused(
            _("Tahap {stage} {year} sudah diarsipkan dan tidak dapat dibuka lagi.").format(
                stage=_(known.title).lower(), year=year.year
            )
        )
    if row.status != status:
        row.status = Status(status)
        row.save()
