"""Work plan from planning: fetch, remember differences, accept them. Nothing that carries lines is ever removed.

New sub kegiatan are taken over at once; a changed figure or name waits as a difference until the OPD accepts it;
a sub kegiatan that is no longer published is marked as vanished, and unmarked when it comes back.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Protocol

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from semai_kit import audit
from semai_kit.contracts import ContractClient, ContractUnavailable
from semai_kit.languages import official
from semai_kit.models import Account, Agency, FiscalYear
from semai_kit.refusals import Refused
from semai_kit.roles import require
from semai_kit.years import require_open

from ..errors import NotEditable, WorkPlanInvalid
from ..models import PaguChange, PlanDifference, PlanFetch, PlanItem, Rka
from ..workplan import CONTRACT, WorkPlan, WorkPlanItem, parse
from .states import EDITABLE

REFRESH_AFTER = timedelta(minutes=30)
RETRY_AFTER = timedelta(minutes=5)
WATCHED = (
    "pagu",
    "sub_activity_name",
    "activity_name",
    "program_name",
    "indicator",
    "target",
    "unit",
)
FOLLOWED = ("external_id", "program_code", "activity_code")


class Answered(Protocol):
    payload: Any
    fetched_at: datetime
    stale: bool


class Provider(Protocol):
    def get(self, path: str, params: Mapping[str, Any]) -> Answered: ...


@dataclass(frozen=True)
class FetchOutcome:
    """What one fetch brought; `reachable` is false when an older answer or nothing could be used."""

    reachable: bool
    fetched_at: datetime | None
    added: int = 0
    changed: int = 0
    vanished: int = 0
    returned: int = 0
    unknown_agencies: tuple[str, ...] = ()
    problem: str = ""


def fetch_plan(year: FiscalYear, account: Account, provider: Provider | None = None) -> FetchOutcome:
    require(account, "plan.fetch")
    return bring_plan(year, provider)


def refresh_if_old(year: FiscalYear, now: datetime | None = None, provider: Provider | None = None) -> None:
    """Automatic refresh on page view: only when the copy is old, and not again soon after a failed attempt."""
    moment = now or timezone.now()
    known = PlanFetch.objects.filter(fiscal_year=year).first()
    if known is not None:
        fresh = known.reachable and known.fetched_at and moment - known.fetched_at < REFRESH_AFTER
        if fresh or moment - known.tried_at < RETRY_AFTER:
            return
    if year.is_open:
        with audit.acting(None, name="pembaruan otomatis"):
            bring_plan(year, provider)


def bring_plan(year: FiscalYear, provider: Provider | None = None) -> FetchOutcome:
    """Ask the provider and merge its answer; the network call happens outside the transaction."""
    require_open(year)
    with official():  # what hinders is kept with the copy
        return _bring(year, provider)


def _bring(year: FiscalYear, provider: Provider | None) -> FetchOutcome:
    try:
        answer = (provider or ContractClient(CONTRACT)).get("/work-plan", {"year": year.year})
        plan = parse(answer.payload, year.year)
    except ContractUnavailable as error:
        return _note_failure(year, str(error) or "e-planning tidak dapat dihubungi")
    except WorkPlanInvalid as error:
        return _note_failure(year, str(error))
    if answer.stale:
        return _note_failure(year, "e-planning tidak dapat dihubungi", answer.fetched_at)
    return _merge(year, plan, answer.fetched_at)


@transaction.atomic
def _note_failure(year: FiscalYear, problem: str, fetched_at: datetime | None = None) -> FetchOutcome:
    fetch, _created = PlanFetch.objects.select_for_update(of=("self",)).get_or_create(
        fiscal_year=year, defaults={"tried_at": timezone.now()}
    )
    fetch.tried_at = timezone.now()
    fetch.reachable = False
    fetch.problem = problem[:300]
    fetch.fetched_at = fetch.fetched_at or fetched_at
    fetch.save()
    return FetchOutcome(reachable=False, fetched_at=fetch.fetched_at, problem=fetch.problem)


@transaction.atomic
def _merge(year: FiscalYear, plan: WorkPlan, fetched_at: datetime) -> FetchOutcome:
    agencies = {agency.code: agency for agency in Agency.objects.all()}
    known = {
        (item.agency.code, item.sub_activity_code): item
        for item in PlanItem.objects.select_for_update(of=("self",))
        .filter(fiscal_year=year)
        .select_related("agency")
    }
    added = changed = returned = 0
    for published in plan.items:
        agency = agencies.get(published.agency_code)
        if agency is None:
            continue
        item = known.get(published.key)
        if item is None:
            _add(year, agency, published)
            added += 1
            continue
        returned += _follow(item, published)
        changed += _note_differences(item, published)
    vanished = _mark_vanished(known, {published.key for published in plan.items})
    unknown = tuple(sorted({item.agency_code for item in plan.items} - set(agencies)))
    problem = (
        _("OPD tidak dikenal di aplikasi ini: {unknown}").format(unknown=", ".join(unknown)) if unknown else ""
    )
    PlanFetch.objects.update_or_create(
        fiscal_year=year,
        defaults={
            "tried_at": timezone.now(),
            "fetched_at": fetched_at,
            "reachable": True,
            "problem": problem[:300],
        },
    )
    return FetchOutcome(True, fetched_at, added, changed, vanished, returned, unknown, problem)


def _add(year: FiscalYear, agency: Agency, published: WorkPlanItem) -> None:
    Rka.objects.get_or_create(fiscal_year=year, agency=agency)
    PlanItem.objects.create(
        fiscal_year=year,
        agency=agency,
        external_id=published.id,
        program_code=published.program_code,
        activity_code=published.activity_code,
        sub_activity_code=published.sub_activity_code,
        proposals=[proposal.as_json() for proposal in published.proposals],
        **{field: getattr(published, field) for field in WATCHED},
    )


def _follow(item: PlanItem, published: WorkPlanItem) -> int:
    """Take over what nobody needs to accept; returns 1 when the sub kegiatan came back."""
    came_back = item.vanished_at is not None
    proposals = [proposal.as_json() for proposal in published.proposals]
    current = (item.external_id, item.program_code, item.activity_code)
    wanted = (published.id, published.program_code, published.activity_code)
    if came_back or current != wanted or item.proposals != proposals:
        item.vanished_at = None
        item.external_id, item.program_code, item.activity_code = wanted
        item.proposals = proposals
        item.save()
    return int(came_back)


def _note_differences(item: PlanItem, published: WorkPlanItem) -> int:
    open_ones = {difference.field: difference for difference in item.differences.all()}
    noted = 0
    for field in WATCHED:
        old, new = str(getattr(item, field)), str(getattr(published, field))
        waiting = open_ones.get(field)
        if old == new:
            if waiting is not None:
                waiting.delete()
            continue
        noted += 1
        if waiting is None:
            PlanDifference.objects.create(
                item=item, field=field, old_value=old, new_value=new, seen_at=timezone.now()
            )
        elif waiting.new_value != new:
            waiting.new_value = new
            waiting.save()
    return noted


def _mark_vanished(known: Mapping[tuple[str, str], PlanItem], published: set[tuple[str, str]]) -> int:
    gone = [item for key, item in known.items() if key not in published and item.vanished_at is None]
    for item in gone:
        item.vanished_at = timezone.now()
        item.save()
    return len(gone)


@transaction.atomic
def accept_difference(difference_id: int, account: Account) -> PlanItem:
    """Take the published value over. A lower pagu may leave lines beyond it: sending is refused until fixed."""
    seen = (
        PlanDifference.objects.select_related("item__agency", "item__fiscal_year").filter(pk=difference_id).first()
    )
    if seen is None:
        raise Refused(_("Perubahan ini sudah diterima atau sudah tidak ada di e-planning."))
    require(account, "budget.accept", agency=seen.item.agency)
    require_open(seen.item.fiscal_year)
    _require_with_agency(seen.item)
    item = PlanItem.objects.select_for_update(of=("self",)).get(pk=seen.item_id)
    value = Decimal(seen.new_value) if seen.field == "pagu" else seen.new_value
    if isinstance(value, Decimal):
        PaguChange.objects.create(item=item, old=item.pagu, new=value, accepted_by=account)
    setattr(item, seen.field, value)
    item.save()
    seen.delete()
    return item


def _require_with_agency(item: PlanItem) -> None:
    """Lock the RKA first, as every other write does, so that two writers never wait for each other in a circle."""
    rkas = Rka.objects.select_for_update(of=("self",))
    rka = rkas.filter(fiscal_year_id=item.fiscal_year_id, agency_id=item.agency_id).first()
    if rka is not None and rka.state not in EDITABLE:
        raise NotEditable(
            _("Perubahan rencana kerja hanya dapat diterima saat RKA ada di OPD (draf atau dikembalikan).")
        )
