"""Usulan on a simple drawing of the region: no tiles and nothing from elsewhere."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.urls import reverse, reverse_lazy
from semai_kit.models import District, Village
from semai_kit.region import Point, read_region

from ..geography import Drawing, Spot, draw
from ..models import Proposal
from ..selectors import proposals, reports
from .pages import Page

SHOWN = 200
# The kit lets no page ask where the visitor is; the form of an usulan may.
LOCATING = "camera=(), geolocation=(self), microphone=(), payment=()"


class ProposalMap(Page):
    permission = "proposal.view"
    title = "Peta usulan"
    template_name = "semai_e_planning/map.html"
    back_url = reverse_lazy("planning:proposals")
    back_title = "Daftar usulan"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        account, year = self.request.user, self.year
        districts, villages = reports.districts_seen(account, year), reports.villages_seen(account, year)
        village = self._chosen("desa", villages)
        district = None if village else self._chosen("kecamatan", districts)
        rows = proposals.visible(account, year)
        if village is not None:
            rows = rows.filter(village=village)
        elif district is not None:
            rows = rows.filter(district=district)
        placed = list(
            rows.filter(latitude__isnull=False).order_by("village__code", *proposals.BY_RANK)[: SHOWN + 1]
        )
        return super().get_context_data(
            districts=districts,
            villages=villages,
            district=district or (village.district if village else None),
            village=village,
            placed=placed[:SHOWN],
            cut=len(placed) > SHOWN,
            without=rows.filter(latitude=None).count(),
            drawing=drawing(placed[:SHOWN], district, village),
            **kwargs,
        )

    def _chosen(self, name: str, rows: list[Any]) -> Any:
        key = self.request.GET.get(name, "")
        return next((row for row in rows if str(row.pk) == key), None)


def drawing(
    placed: list[Proposal], district: District | None = None, village: Village | None = None
) -> Drawing | None:
    """Numbered usulan among the points of the villages near by; None when no usulan has a point."""
    if not placed:
        return None
    spots = [
        Spot(
            Point(float(one.latitude or 0), float(one.longitude or 0)),
            str(number),
            title=one.title,
            url=reverse("planning:proposal", args=[one.pk]),
            kind="usulan",
        )
        for number, one in enumerate(placed, start=1)
    ]
    return draw([*_places(district, village), *spots])


def _places(district: District | None, village: Village | None) -> list[Spot]:
    """Offices the region file places: of the chosen kecamatan and its villages, or of every kecamatan."""
    region = read_region(settings.SEMAI.region_file)
    within = village.district.code if village else district.code if district else ""
    found = []
    for entry in region.districts:
        rows = (entry, *entry.villages) if entry.code == within else (entry,) if not within else ()
        found += [Spot(row.point, row.name) for row in rows if row.point is not None]
    return found
