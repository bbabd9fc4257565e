"""Ranking of usulan per village and per kecamatan."""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import sha256
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from semai_kit import roles
from semai_kit.models import District, Village
from semai_kit.paging import ROWS
from semai_kit.refusals import Refused
from semai_kit.roles import Place
from semai_kit.views import found

from ..errors import RuleBroken
from ..selectors import proposals, reports
from ..services import ranking
from ..services.gates import is_open
from .pages import Page

UNRANKED = 10_000


class Rankings(Page):
    """Which lists this account may look at or order."""

    permission = "proposal.view"
    title = lazy("Peringkat usulan")
    intro = lazy(
        "Desa mengurutkan usulannya, kecamatan mengurutkan usulan seluruh desanya bersama usulannya sendiri. "
        "Urutan teratas didahulukan."
    )
    template_name = "semai_e_planning/rankings.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        account = self.request.user
        return super().get_context_data(
            villages=reports.villages_seen(account, self.year),
            districts=reports.districts_seen(account, self.year),
            **kwargs,
        )


class _Ranking(Page):
    """One list to order: numbers for everyone, up and down buttons for small changes."""

    permission = "proposal.view"
    template_name = "semai_e_planning/ranking.html"
    back_url = reverse_lazy("planning:rankings")
    back_title = lazy("Semua peringkat")
    rank_permission = ""
    field = ""

    def order(self) -> list[int]:
        """Keys of the whole list; only the usulan of one page are looked up."""
        raise NotImplementedError

    def place(self) -> Place:
        raise NotImplementedError

    def save(self, ordered: list[int]) -> None:
        raise NotImplementedError

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        allowed = roles.allowed_at(self.request.user, self.rank_permission, self.place())
        stage_open = is_open(self.year, self.rank_permission)
        order = self.visible_order()
        page = Paginator(order, ROWS).get_page(self.request.GET.get("page"))
        page.object_list = proposals.in_order(page.object_list)
        return super().get_context_data(
            page=page,
            seen=_fingerprint(order),
            field=self.field,
            may_rank=allowed and stage_open,
            stage_closed=allowed and not stage_open,
            **kwargs,
        )

    def visible_order(self) -> list[int]:
        """The whole list for those who order it, what they may see of it for others."""
        order = self.order()
        if roles.allowed_at(self.request.user, self.rank_permission, self.place()):
            return order
        seen = set(proposals.visible(self.request.user, self.year).order_by().values_list("pk", flat=True))
        return [key for key in order if key in seen]

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            self.save(_wanted_order(request, self.order()))
        except Refused as refusal:
            messages.error(request, refusal.message)
        else:
            messages.success(request, _("Peringkat tersimpan."))
        return redirect(request.get_full_path())


class VillageRanking(_Ranking):
    rank_permission = "proposal.rank_village"
    field = "desa"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        self.village = get_object_or_404(Village.objects.select_related("district"), pk=kwargs["pk"])
        return super().dispatch(request, *args, **kwargs)

    def get_title(self) -> str:
        return _("Peringkat {village}").format(village=self.village)

    def place(self) -> Place:
        return Place(district=self.village.district, village=self.village)

    def order(self) -> list[int]:
        return proposals.village_ranking(self.year, self.village)

    def save(self, ordered: list[int]) -> None:
        ranking.rank_village(self.request.user, self.year, self.village, ordered)


class DistrictRanking(_Ranking):
    rank_permission = "proposal.rank_district"
    field = "kecamatan"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        self.district = found(District.objects.filter(pk=kwargs["pk"]).first())
        return super().dispatch(request, *args, **kwargs)

    def get_title(self) -> str:
        return _("Peringkat Kecamatan {district}").format(district=self.district)

    def place(self) -> Place:
        return Place(district=self.district)

    def order(self) -> list[int]:
        return proposals.district_ranking(self.year, self.district)

    def save(self, ordered: list[int]) -> None:
        ranking.rank_district(self.request.user, self.year, self.district, ordered)


def _wanted_order(request: HttpRequest, current: list[int]) -> list[int]:
    """Primary keys in the order asked for: by the numbers typed, or one row moved by its button.

    Numbers are places in the whole list, of which a page sends its part. Raises RuleBroken for a list that changed.
    """
    for button, shift in (("up", -1), ("down", 1)):
        key = request.POST.get(button, "")
        if key.isdigit() and int(key) in current:
            return _shifted(current, int(key), shift)
    if request.POST.get("seen") != _fingerprint(current):
        raise RuleBroken(ranking.stale())
    sent = [int(key) for key in request.POST.getlist("usulan") if key.isdigit()]
    ordered = [key for key in current if key not in set(sent)]
    # sorted() is stable: of two usulan with the same number the one that stood higher stays higher.
    for key in sorted(sent, key=lambda key: _number(request.POST.get(f"rank-{key}", ""))):
        ordered.insert(max(_number(request.POST.get(f"rank-{key}", "")) - 1, 0), key)
    return ordered


def _fingerprint(keys: Iterable[int]) -> str:
    """Says whether a list is still the one a page was drawn from."""
    return sha256(" ".join(map(str, keys)).encode()).hexdigest()[:16]


def _shifted(current: list[int], key: int, shift: int) -> list[int]:
    ordered = list(current)
    index = ordered.index(key)
    other = min(max(index + shift, 0), len(ordered) - 1)
    ordered[index], ordered[other] = ordered[other], ordered[index]
    return ordered


def _number(text: str) -> int:
    return int(text) if text.isdigit() else UNRANKED
