"""Grant lines: fetched from budgeting through budget.grants, or entered by TAPD where none is connected.

A line that is no longer published is marked, never removed. Approvals lock the line and never pass its ceiling.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Protocol

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from semai_kit import audit, roles
from semai_kit.contracts import ContractClient, ContractUnavailable
from semai_kit.models import Account, Agency, FiscalYear
from semai_kit.money import rupiah, total
from semai_kit.years import require_open

from ..errors import CeilingExceeded, GrantsInvalid, RuleBroken
from ..grants import CONTRACT, PATH, PREFIXES, PublishedLine, parse
from ..models import Application, GrantFetch, GrantLine

COMMITTED = ("disetujui", "ditetapkan", "nphd", "dicairkan", "selesai")
REFRESH_AFTER = timedelta(minutes=30)
RETRY_AFTER = timedelta(minutes=5)
UNREACHABLE = "e-budgeting tidak dapat dihubungi"
EDIT = "budget.edit"


class Answered(Protocol):
    payload: Any
    fetched_at: datetime
    stale: bool


class Provider(Protocol):
    def get(self, path: str, params: Mapping[str, Any]) -> Answered: ...


@dataclass(frozen=True)
class FetchOutcome:
    """What a fetch brought; `reachable` is false when an older answer or nothing could be used."""

    reachable: bool
    fetched_at: datetime | None
    lines: int = 0
    problem: str = ""


@dataclass(frozen=True)
class LineContent:
    """A grant line as TAPD enters it; ceiling in rupiah."""

    agency: Agency
    account_code: str
    account_name: str
    description: str
    ceiling: Decimal


def connected() -> bool:
    """Has the installer connected a budgeting app?"""
    return ContractClient(CONTRACT).configured


def fetch(year: FiscalYear, account: Account, provider: Provider | None = None) -> FetchOutcome:
    roles.require(account, EDIT)
    return bring(year, provider)


def refresh_if_old(year: FiscalYear, provider: Provider | None = None) -> None:
    """Fetch on page view: only when the copy is old, and not again soon after a failure."""
    if not year.is_open or not (provider or connected()):
        return
    known = GrantFetch.objects.filter(fiscal_year=year).first()
    now = timezone.now()
    if known is not None:
        fresh = known.reachable and known.fetched_at and now - known.fetched_at < REFRESH_AFTER
        if fresh or now - known.tried_at < RETRY_AFTER:
            return
    with audit.acting(None, name="pembaruan otomatis"):
        bring(year, provider)


def bring(year: FiscalYear, provider: Provider | None = None) -> FetchOutcome:
    """Ask the provider and take its answer over; the network call happens outside the transaction."""
    require_open(year)
    try:
        answer = (provider or ContractClient(CONTRACT)).get(PATH, {"year": year.year})
        lines = parse(answer.payload, year.year)
    except (ContractUnavailable, GrantsInvalid) as error:
        return _failed(year, error.message)
    if answer.stale:
        return _failed(year, UNREACHABLE)
    return _merge(year, lines, answer.fetched_at)


@transaction.atomic
def save_line(account: Account, year: FiscalYear, content: LineContent, line: GrantLine | None = None) -> GrantLine:
    """Enter or change a line by hand. Raises RuleBroken where budgeting supplies the lines of the year."""
    roles.require(account, EDIT)
    require_open(year)
    if is_published(year):
        raise RuleBroken(_("Pagu tahun ini berasal dari e-budgeting, jadi tidak diisi di sini."))
    if not content.account_code.startswith(PREFIXES):
        raise RuleBroken(_("Rekening diawali {prefixes}.").format(prefixes=_(" atau ").join(PREFIXES)))
    held = lock_line(line) if line is not None else GrantLine(fiscal_year=year, created_by=account)
    if line is not None and committed(held) > content.ceiling:
        raise CeilingExceeded(
            _("Yang disetujui sudah {committed}; pagu tidak dapat lebih kecil.").format(
                committed=rupiah(committed(held))
            )
        )
    for name, value in vars(content).items():
        setattr(held, name, value)
    held.full_clean(exclude=["external_id"])
    held.save()
    return held


def is_published(year: FiscalYear) -> bool:
    """Does budgeting supply the lines of the year?"""
    return GrantLine.objects.filter(fiscal_year=year).exclude(external_id="").exists()


def lock_line(line: GrantLine) -> GrantLine:
    related = GrantLine.objects.select_related("agency", "fiscal_year")
    return related.select_for_update(of=("self",)).get(pk=line.pk)


def committed(line: GrantLine, without: Application | None = None) -> Decimal:
    """What is approved on a line, in rupiah."""
    rows = Application.objects.filter(grant_line=line, state__in=COMMITTED)
    return total(rows.exclude(pk=without.pk) if without else rows, "approved")


def require_room(line: GrantLine, amount: Decimal, without: Application | None = None) -> None:
    """Raise CeilingExceeded unless `amount` fits beside what is approved on the (locked) line."""
    used = committed(line, without)
    if used + amount > line.ceiling:
        raise CeilingExceeded(
            _(
                "Pagu rekening {account_code} {ceiling}, sudah disetujui {used}; "
                "{amount} melampaui sebesar {excess}."
            ).format(
                account_code=line.account_code,
                ceiling=rupiah(line.ceiling),
                used=rupiah(used),
                amount=rupiah(amount),
                excess=rupiah(used + amount - line.ceiling),
            )
        )


@transaction.atomic
def _failed(year: FiscalYear, problem: str) -> FetchOutcome:
    known, _ = GrantFetch.objects.select_for_update(of=("self",)).get_or_create(
        fiscal_year=year, defaults={"tried_at": timezone.now()}
    )
    known.tried_at, known.reachable, known.problem = timezone.now(), False, problem[:300]
    known.save()
    return FetchOutcome(False, known.fetched_at, problem=known.problem)


@transaction.atomic
def _merge(year: FiscalYear, published: tuple[PublishedLine, ...], fetched_at: datetime) -> FetchOutcome:
    agencies = {agency.code: agency for agency in Agency.objects.all()}
    rows = GrantLine.objects.select_for_update(of=("self",)).filter(fiscal_year=year).exclude(external_id="")
    known = {row.external_id: row for row in rows}
    for line in published:
        if line.agency_code in agencies:
            _take_over(year, line, agencies[line.agency_code], known.get(line.id))
    there = {line.id for line in published}
    for key, row in known.items():
        if key not in there and row.vanished_at is None:
            row.vanished_at = timezone.now()
            row.save()
    unknown = sorted({line.agency_code for line in published} - set(agencies))
    problem = f"OPD tidak dikenal di aplikasi ini: {', '.join(unknown)}" if unknown else ""
    GrantFetch.objects.update_or_create(
        fiscal_year=year,
        defaults={
            "tried_at": timezone.now(), "fetched_at": fetched_at, "reachable": True, "problem": problem[:300]
        },
    )  # fmt: skip
    return FetchOutcome(True, fetched_at, len(published), problem)


def _take_over(year: FiscalYear, line: PublishedLine, agency: Agency, row: GrantLine | None) -> None:
    """Make the row say what budgeting says; a row that says it already is not written."""
    wanted = {
        "agency": agency,
        "account_code": line.account_code,
        "account_name": line.account_name,
        "description": line.description,
        "ceiling": line.ceiling,
        "vanished_at": None,
    }
    row = row or GrantLine(fiscal_year=year, external_id=line.id)
    if row.pk and all(getattr(row, name) == value for name, value in wanted.items()):
        return
    for name, value in wanted.items():
        setattr(row, name, value)
    row.save()
