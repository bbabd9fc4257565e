"""Lists that leave the office: usulan per desa with decision and reason, and figures for the berita acara."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby

from django.db.models import Case, Count, F, Q, QuerySet, Sum, Value, When
from django.db.models.functions import Coalesce
from semai_kit.models import Account, District, FiscalYear, Village

from ..models import Proposal
from . import proposals

ZERO = Decimal(0)
ACCEPTED = ("diterima", "masuk_renja", "masuk_rkpd", "masuk_apbd", "realisasi")
NOT_ACCEPTED = ("ditunda", "ditolak")
UNDECIDED = "diajukan"
# What a berita acara prints of an usulan.
PRINTED = (
    "title",
    "volume",
    "unit",
    "estimate",
    "verified_estimate",
    "state",
    "last_reason",
    "village__name",
    "agency__short_name",
)


@dataclass(frozen=True)
class VillageList:
    """A village's usulan by outcome."""

    village: Village
    accepted: tuple[Proposal, ...]
    refused: tuple[Proposal, ...]
    pending: tuple[Proposal, ...]

    @property
    def accepted_sum(self) -> Decimal:
        return sum((proposal.agreed_estimate for proposal in self.accepted), ZERO)

    @property
    def count(self) -> int:
        return len(self.accepted) + len(self.refused) + len(self.pending)


@dataclass(frozen=True)
class Outcome:
    """Figures of one OPD or kecamatan; `key` is its primary key, None for the sum of all. Rupiah."""

    key: int | None
    name: str
    accepted: int
    accepted_sum: Decimal
    refused: int
    pending: int


def submitted(
    account: Account, year: FiscalYear, district: District | None = None, village: Village | None = None
) -> QuerySet[Proposal]:
    """Submitted usulan the account may see, of one place if it is given."""
    rows = proposals.visible(account, year).exclude(state="draf")
    if village is not None:
        return rows.filter(village=village)
    return rows if district is None else rows.filter(district=district)


def village_sizes(rows: QuerySet[Proposal]) -> list[tuple[int, int]]:
    """Villages with their number of usulan, in the order of codes."""
    counted = rows.order_by("district__code", "village__code").values_list("village").annotate(Count("pk"))
    return list(counted)


def per_village(rows: QuerySet[Proposal]) -> list[VillageList]:
    """Usulan village by village."""
    grouped: dict[Village, list[Proposal]] = {}
    for proposal in rows.order_by("district__code", "village__code", *proposals.BY_RANK):
        grouped.setdefault(proposal.village, []).append(proposal)
    return [_village_list(place, found) for place, found in grouped.items()]


def districts_seen(account: Account, year: FiscalYear) -> list[District]:
    """Kecamatan with usulan the account may see."""
    keys = proposals.visible(account, year).order_by().values("district").distinct()
    return list(District.objects.filter(pk__in=keys).order_by("name"))


def villages_seen(account: Account, year: FiscalYear) -> list[Village]:
    keys = proposals.visible(account, year).order_by().values("village").distinct()
    return list(Village.objects.filter(pk__in=keys).select_related("district").order_by("district__name", "name"))


def _village_list(village: Village, found: Iterable[Proposal]) -> VillageList:
    rows = list(found)
    return VillageList(
        village=village,
        accepted=tuple(p for p in rows if p.state in ACCEPTED),
        refused=tuple(p for p in rows if p.state in NOT_ACCEPTED),
        pending=tuple(p for p in rows if p.state not in ACCEPTED + NOT_ACCEPTED),
    )


@dataclass(frozen=True)
class Meeting:
    """What a musrenbang kecamatan dealt with. `rows`: those that went on by rank, then the others by desa."""

    rows: QuerySet[Proposal]
    count: int
    villages: int
    passed: int
    refused: int


def meeting(rows: QuerySet[Proposal]) -> Meeting:
    """Two queries, one of them when `rows` are read; up to a thousand usulan stand on the paper."""
    told = rows.exclude(source=Proposal.Source.AGENCY)  # an OPD's own were not this meeting's
    refused = Q(state__in=NOT_ACCEPTED)
    figures = told.order_by().aggregate(
        count=Count("pk"),
        villages=Count("village", distinct=True),
        passed=Count("pk", filter=~refused & ~Q(state=UNDECIDED)),
        refused=Count("pk", filter=refused),
    )
    found = told.exclude(state=UNDECIDED).order_by(
        Case(When(refused, then=1), default=0),
        Case(When(refused, then="village__code"), default=Value("")),
        F("rank_district").asc(nulls_last=True),
        Case(When(refused, then="rank_village")).asc(nulls_last=True),
        "number",
    )
    shown = found.select_related(None).select_related("village", "agency").only(*PRINTED)
    return Meeting(shown, **figures)


def outcomes(rows: QuerySet[Proposal], place: str) -> list[Outcome]:
    """What became of submitted usulan, per `place`: "agency" or "district", in the order of codes."""
    accepted, refused = Q(state__in=ACCEPTED), Q(state__in=NOT_ACCEPTED)
    found = (
        rows.order_by(f"{place}__code")
        .values_list(place, f"{place}__name")
        .annotate(
            accepted=Count("pk", filter=accepted),
            accepted_sum=Sum(Coalesce("verified_estimate", "estimate"), filter=accepted),
            refused=Count("pk", filter=refused),
            pending=Count("pk", filter=~accepted & ~refused),
        )
    )
    return [Outcome(key, name, count, total or ZERO, *rest) for key, name, count, total, *rest in found]


def in_all(parts: Iterable[Outcome], name: str) -> Outcome:
    """The last row of a table of outcomes."""
    rows = list(parts)
    fields = ("accepted", "accepted_sum", "refused", "pending")
    return Outcome(None, name, *(sum(getattr(row, field) for row in rows) for field in fields))


def accepted_by_district(rows: QuerySet[Proposal]) -> list[tuple[District, list[Proposal]]]:
    """Accepted usulan kecamatan by kecamatan, each in its ranking."""
    found = rows.filter(state__in=ACCEPTED).order_by("district__code", *proposals.BY_RANK)
    return [(district, list(part)) for district, part in groupby(found, key=lambda proposal: proposal.district)]


def refused(rows: QuerySet[Proposal]) -> list[Proposal]:
    """Postponed and rejected usulan in the order of kecamatan."""
    return list(rows.filter(state__in=NOT_ACCEPTED).order_by("district__code", *proposals.BY_RANK))
