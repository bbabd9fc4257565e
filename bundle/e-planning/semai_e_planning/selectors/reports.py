"""Lists that leave the office: usulan per desa with decision and reason, and figures for the berita acara."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from semai_kit.models import Account, District, FiscalYear, Village

from ..models import Proposal
from . import proposals

ZERO = Decimal(0)
ACCEPTED = ("diterima", "masuk_renja", "masuk_rkpd", "masuk_apbd", "realisasi")
NOT_ACCEPTED = ("ditunda", "ditolak")


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


def per_village(
    account: Account, year: FiscalYear, district: District | None = None, village: Village | None = None
) -> list[VillageList]:
    """Submitted usulan the account may see, village by village."""
    rows = proposals.visible(account, year).exclude(state="draf")
    if village is not None:
        rows = rows.filter(village=village)
    elif district is not None:
        rows = rows.filter(district=district)
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
