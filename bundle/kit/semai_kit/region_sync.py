"""Loading the region file into the database: adds, updates, closes; never deletes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from semai_kit import agencies, audit, years
from semai_kit.models import Agency, District, FiscalYear, Village
from semai_kit.models.region import Place
from semai_kit.region import Region, read_region


@dataclass
class Summary:
    """What a synchronisation changed."""

    added: int = 0
    changed: int = 0
    closed: int = 0

    def __str__(self) -> str:
        return f"region: {self.added} added, {self.changed} changed, {self.closed} closed"


@transaction.atomic
def sync_region(region: Region | None = None) -> Summary:
    """Make the tables say what the file says; a second run changes nothing."""
    region = region or read_region(settings.SEMAI.region_file)
    summary = Summary()
    _sync(Agency, ((a.code, vars_of(a, "code")) for a in region.agencies), summary)
    agencies.remember_names()
    _sync(District, ((d.code, {"name": d.name}) for d in region.districts), summary)
    districts = {row.code: row for row in District.objects.all()}
    villages = (
        (v.code, {"name": v.name, "district": districts[d.code]}) for d in region.districts for v in d.villages
    )
    _sync(Village, villages, summary)
    year = years.preferred_year()
    if year and not FiscalYear.objects.filter(year=year).exists():
        FiscalYear.objects.create(year=year)
        summary.added += 1
    return summary


def vars_of(entry: object, *without: str) -> dict[str, object]:
    return {name: value for name, value in vars(entry).items() if name not in without}


def _sync(model: type[Place], wanted: Iterable[tuple[str, dict[str, object]]], summary: Summary) -> None:
    rows = {row.code: row for row in model._default_manager.all()}
    seen: set[str] = set()
    new: list[Place] = []
    for code, values in wanted:
        seen.add(code)
        row = rows.get(code)
        if row is None:
            new.append(model(code=code, **values))
        elif _differs(row, values):
            for name, value in (values | {"valid_until": None}).items():
                setattr(row, name, value)
            row.save()
            summary.changed += 1
    audit.bulk_create(new)
    summary.added += len(new)
    for code, row in rows.items():
        if code not in seen and row.valid_until is None:
            row.valid_until = timezone.localdate()
            row.save(update_fields=["valid_until"])
            summary.closed += 1


def _differs(row: Place, values: dict[str, object]) -> bool:
    return row.valid_until is not None or any(getattr(row, name) != value for name, value in values.items())
