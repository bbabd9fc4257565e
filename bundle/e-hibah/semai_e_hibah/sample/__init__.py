"""Fictitious content, entered through the app's own services by sample personas, so that it obeys every rule.

The year before shows where applications end; the working year holds one on every desk. Approvals of the working
year need grant lines of e-budgeting; without them those applications wait at TAPD.
"""

from __future__ import annotations

import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils import timezone
from semai_kit import audit, sample, years
from semai_kit.models import Agency, FiscalYear, Village

from .. import reference
from ..models import Application, AwardList, GrantLine
from ..services import budget, windows
from .awards import sign_and_follow
from .filings import Desk, enter
from .people import People, engage

OPENED_DAYS_AGO, CLOSES_IN_DAYS = 30, 120


def load(password: str) -> str:
    """Create personas and content; a second run only renews passwords. Raises SampleRefused."""
    sample.refuse_real(Application, AwardList)
    year = years.default_year()
    if year is None:
        raise sample.SampleRefused("belum ada tahun anggaran; jalankan migrate dengan berkas daerah lebih dahulu")
    note = ""
    if budget.connected() and not Application.objects.exists():
        # Outside the transaction: it waits for the network.
        outcome = budget.bring(year)
        note = "" if outcome.reachable else f"; pagu belum dapat diambil ({outcome.problem})"
    return _load(password, year, reference.read("sample/applications.yml")) + note


@transaction.atomic
def _load(password: str, year: FiscalYear, content: dict[str, Any]) -> str:
    agencies = _agencies(content, year)
    villages = list(Village.objects.current().select_related("district").order_by("code")[:9])
    if not agencies or not villages:
        raise sample.SampleRefused("berkas daerah belum berisi OPD dan desa/kelurahan; data contoh memerlukannya")
    people = engage(password, list(agencies.values()))
    if Application.objects.exists():
        return "sample data: already there"
    _fill(Desk(people, content, agencies, villages, {}), year)
    return f"sample data: {Application.objects.count()} permohonan"


def _fill(desk: Desk, year: FiscalYear) -> None:
    before = years.open_year(year.year - 1, None)
    for which, one in (("last", before), ("now", year)):
        entries = [entry for entry in desk.content["applications"] if entry["year"] == which]
        _open_window(desk.people, one)
        if one == before:
            _enter_ceilings(desk, before)
        for entry in entries:
            enter(desk, entry, one)
        sign_and_follow(desk, entries, one)
    opens, closes = (reference.usual_day(text, before.year) for text in reference.filing().usual_window)
    with audit.acting(desk.people.counter):
        windows.change(desk.people.counter, before, opens, closes)


def _open_window(people: People, year: FiscalYear) -> None:
    """So that whoever tries the app can file today."""
    today = timezone.localdate()
    opens, closes = (today + datetime.timedelta(days=days) for days in (-OPENED_DAYS_AGO, CLOSES_IN_DAYS))
    with audit.acting(people.counter):
        windows.change(people.counter, year, opens, closes)


def _enter_ceilings(desk: Desk, year: FiscalYear) -> None:
    with audit.acting(desk.people.tapd):
        for entry in desk.content["ceilings"]:
            agency, amount = desk.agencies[entry["urusan"]], Decimal(entry["amount"])
            content = budget.LineContent(agency, entry["account"], entry["name"], entry["text"], amount)
            budget.save_line(desk.people.tapd, year, content)


def _agencies(content: dict[str, Any], year: FiscalYear) -> dict[str, Agency]:
    """OPD by the urusan the content names; `lead` as in the other apps, `grants` the first with a grant line."""
    current = list(Agency.objects.current().order_by("code"))
    lead = sample.lead_agency()
    if not current or lead is None:
        return {}
    line = GrantLine.objects.filter(fiscal_year=year, vanished_at=None).select_related("agency").first()
    found = {"lead": lead, "grants": line.agency if line else lead}
    wanted = {entry["urusan"] for entry in content["applications"]} - set(found)
    for index, urusan in enumerate(sorted(wanted)):
        holders = [agency for agency in current if urusan in sample.urusan_of(agency)]
        found[urusan] = holders[0] if holders else current[index % len(current)]
    return found
