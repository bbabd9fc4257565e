"""Ask e-planning and e-budgeting for their part, remember when, and live with the last copy while they are down."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from django.db import transaction
from django.utils import timezone
from semai_kit import audit, roles
from semai_kit.contracts import ContractClient, ContractUnavailable
from semai_kit.models import Account, FiscalYear
from semai_kit.years import require_open

from ..errors import AnswerInvalid
from ..models import SourceFetch
from ..sources import budget_document, performance_tree
from . import budget_copy, tree_copy
from .tree_copy import Merged

REFRESH_AFTER = timedelta(minutes=30)
RETRY_AFTER = timedelta(minutes=5)


@dataclass(frozen=True)
class Source:
    """A contract this app consumes: how to ask, how to read the answer, how to take it over."""

    contract: str
    path: str
    provider: str
    subject: str
    parse: Callable[[Any, int], Any]
    merge: Callable[[FiscalYear, Any], Merged]


TREE = Source(
    performance_tree.CONTRACT,
    performance_tree.PATH,
    "e-planning",
    "Pohon kinerja",
    performance_tree.parse,
    tree_copy.merge,
)
BUDGET = Source(
    budget_document.CONTRACT,
    budget_document.PATH,
    "e-budgeting",
    "Anggaran",
    budget_document.parse,
    budget_copy.merge,
)
SOURCES = (TREE, BUDGET)


class Answered(Protocol):
    payload: Any
    fetched_at: datetime
    stale: bool


class Provider(Protocol):
    def get(self, path: str, params: Mapping[str, Any]) -> Answered: ...


@dataclass(frozen=True)
class FetchOutcome:
    """What one fetch brought; `reachable` is false when an older copy or nothing is in use."""

    source: Source
    reachable: bool
    fetched_at: datetime | None
    merged: Merged = Merged()
    problem: str = ""


def fetch_all(year: FiscalYear, account: Account) -> list[FetchOutcome]:
    """Ask every source that is connected."""
    roles.require(account, "source.fetch")
    return [bring(source, year) for source in SOURCES if is_connected(source)]


def is_connected(source: Source) -> bool:
    """Whether the installer wired the contract; without it the region enters its tree here."""
    return ContractClient(source.contract).configured


def refresh_if_old(year: FiscalYear, now: datetime | None = None) -> None:
    """Automatic refresh on page view: only when a copy is old, and not again soon after a failed attempt."""
    if not year.is_open:
        return
    moment = now or timezone.now()
    known = {fetch.contract: fetch for fetch in SourceFetch.objects.filter(fiscal_year=year)}
    due = [source for source in SOURCES if is_connected(source) and _is_due(known.get(source.contract), moment)]
    with audit.acting(None, name="pembaruan otomatis"):
        for source in due:
            bring(source, year)


def _is_due(known: SourceFetch | None, moment: datetime) -> bool:
    if known is None:
        return True
    fresh = known.reachable and known.fetched_at and moment - known.fetched_at < REFRESH_AFTER
    return not fresh and moment - known.tried_at >= RETRY_AFTER


def bring(source: Source, year: FiscalYear, provider: Provider | None = None) -> FetchOutcome:
    """Ask the provider and take its answer over; the network call happens outside the transaction."""
    require_open(year)
    try:
        answer = (provider or ContractClient(source.contract)).get(source.path, {"year": year.year})
        published = source.parse(answer.payload, year.year)
    except ContractUnavailable as error:
        return _note_failure(source, year, str(error) or f"{source.provider} tidak dapat dihubungi")
    except AnswerInvalid as error:
        return _note_failure(source, year, str(error))
    if answer.stale:
        return _note_failure(source, year, f"{source.provider} tidak dapat dihubungi", answer.fetched_at)
    return _take_over(source, year, published, answer.fetched_at)


@transaction.atomic
def _take_over(source: Source, year: FiscalYear, published: Any, fetched_at: datetime) -> FetchOutcome:
    merged = source.merge(year, published)
    SourceFetch.objects.update_or_create(
        fiscal_year=year,
        contract=source.contract,
        defaults={
            "tried_at": timezone.now(),
            "fetched_at": fetched_at,
            "reachable": True,
            "problem": merged.note[:300],
        },
    )
    return FetchOutcome(source, True, fetched_at, merged, merged.note)


@transaction.atomic
def _note_failure(
    source: Source, year: FiscalYear, problem: str, fetched_at: datetime | None = None
) -> FetchOutcome:
    fetch, _ = SourceFetch.objects.select_for_update(of=("self",)).get_or_create(
        fiscal_year=year, contract=source.contract, defaults={"tried_at": timezone.now()}
    )
    fetch.tried_at = timezone.now()
    fetch.reachable = False
    fetch.problem = problem[:300]
    fetch.fetched_at = fetch.fetched_at or fetched_at
    fetch.save()
    return FetchOutcome(source, False, fetch.fetched_at, problem=fetch.problem)
