"""Ranking usulan: a village orders its own, a kecamatan orders those of its villages and its own."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from semai_kit.models import Account, District, FiscalYear, Village
from semai_kit.roles import Place

from ..errors import RuleBroken
from ..models import Proposal
from . import gates

VILLAGE_STATES = ("draf", "diajukan", "verifikasi_kecamatan")
NOT_A_VILLAGES = (Proposal.Source.DISTRICT, Proposal.Source.AGENCY)
DISTRICT_STATES = ("diajukan", "verifikasi_kecamatan", "verifikasi_opd")


@transaction.atomic
def rank_village(account: Account, year: FiscalYear, village: Village, ordered: Sequence[int]) -> None:
    """Give the proposals of a village the ranks 1, 2, … in this order of primary keys."""
    gates.require(account, "proposal.rank_village", Place(district=village.district, village=village), year)
    _apply(ranked_by_village(year, village), ordered, "rank_village")


@transaction.atomic
def rank_district(account: Account, year: FiscalYear, district: District, ordered: Sequence[int]) -> None:
    """Give the proposals of a kecamatan the ranks 1, 2, … in this order of primary keys."""
    gates.require(account, "proposal.rank_district", Place(district=district), year)
    _apply(ranked_by_district(year, district), ordered, "rank_district")


def ranked_by_village(year: FiscalYear, village: Village) -> QuerySet[Proposal]:
    """What a village orders: not what its kecamatan or an OPD wants to do there."""
    rows = Proposal.objects.filter(fiscal_year=year, village=village, state__in=VILLAGE_STATES)
    return rows.exclude(source__in=NOT_A_VILLAGES)


def ranked_by_district(year: FiscalYear, district: District) -> QuerySet[Proposal]:
    """What a kecamatan orders: its villages' usulan and, once submitted, its own."""
    rows = Proposal.objects.filter(fiscal_year=year, district=district, state__in=DISTRICT_STATES)
    return rows.exclude(source=Proposal.Source.AGENCY)


def stale() -> str:
    """What is said when a list is no longer the one somebody ordered."""
    return _("Daftar usulan berubah sejak halaman dibuka. Muat ulang halaman lalu urutkan lagi.")


def _apply(rows: QuerySet[Proposal], ordered: Sequence[int], field: str) -> None:
    found = {proposal.pk: proposal for proposal in rows.select_for_update()}
    if len(ordered) != len(set(ordered)):
        raise RuleBroken(_("Satu usulan hanya boleh mendapat satu peringkat."))
    if set(ordered) != set(found):
        raise RuleBroken(stale())
    for rank, key in enumerate(ordered, start=1):
        proposal = found[key]
        if getattr(proposal, field) != rank:
            setattr(proposal, field, rank)
            proposal.save(update_fields=[field, "updated_at"])
