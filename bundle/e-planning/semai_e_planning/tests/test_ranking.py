"""Ranking of usulan by villages and kecamatan."""

from __future__ import annotations

import re
from unittest.mock import patch

import pytest
from semai_kit.models import Village
from semai_kit.roles import Denied

from ..errors import RuleBroken
from ..selectors import proposals as reading
from ..services import ranking
from .cases import PlanningCase


class RankingTest(PlanningCase):
    def setUp(self) -> None:
        self.village = Village.objects.select_related("district").get(code="99.01.01.2001")
        self.first, self.second, self.third = (self.proposal_at("diajukan") for _ in range(3))

    def order(self) -> list[int]:
        return reading.village_ranking(self.year, self.village)

    def test_village_sets_its_order(self) -> None:
        wanted = [self.third.pk, self.first.pk, self.second.pk]

        ranking.rank_village(self.account("desa"), self.year, self.village, wanted)

        assert self.order() == wanted

    def test_kecamatan_orders_across_villages_starting_from_the_villages_order(self) -> None:
        ranking.rank_village(
            self.account("desa"), self.year, self.village, [self.second.pk, self.third.pk, self.first.pk]
        )
        district = self.village.district
        listed = reading.district_ranking(self.year, district)
        assert listed == [self.second.pk, self.third.pk, self.first.pk]

        ranking.rank_district(self.account("kecamatan"), self.year, district, listed[::-1])

        again = reading.district_ranking(self.year, district)
        assert again == listed[::-1]

    def test_stale_list_is_refused(self) -> None:
        with pytest.raises(RuleBroken, match="Muat ulang"):
            ranking.rank_village(self.account("desa"), self.year, self.village, [self.first.pk])

    def test_same_usulan_twice_is_refused(self) -> None:
        doubled = [self.first.pk, self.first.pk, self.second.pk]
        with pytest.raises(RuleBroken, match="satu peringkat"):
            ranking.rank_village(self.account("desa"), self.year, self.village, doubled)

    def test_other_village_and_other_kecamatan_are_denied(self) -> None:
        keys = self.order()
        with pytest.raises(Denied):
            ranking.rank_village(self.account("desa-lain"), self.year, self.village, keys)
        with pytest.raises(Denied):
            ranking.rank_district(self.account("kecamatan-lain"), self.year, self.village.district, keys)

    def test_arrow_button_moves_one_place(self) -> None:
        client = self.as_("desa")

        client.post(f"/usulan/peringkat/desa/{self.village.pk}/", {"up": self.third.pk})

        assert self.order() == [self.first.pk, self.third.pk, self.second.pk]

    def test_typed_numbers_order_the_list(self) -> None:
        keys = self.order()
        numbers = {f"rank-{key}": str(len(keys) - place) for place, key in enumerate(keys)}

        self.send("desa", {"usulan": keys, **numbers})

        assert self.order() == keys[::-1]

    def send(self, username: str, answers: dict) -> str:
        """Open the village's ranking and send these answers; returns the page that follows."""
        address = f"/usulan/peringkat/desa/{self.village.pk}/"
        page = self.as_(username).get(address).content.decode()
        seen = re.search(r'name="seen" value="(\w+)"', page).group(1)
        return self.client.post(address, {"seen": seen, **answers}, follow=True).content.decode()

    def test_a_page_sends_its_part_and_the_numbers_are_places_in_the_whole_list(self) -> None:
        first, second, third = self.order()
        for key, place, expected in (
            (third, "1", [third, first, second]),
            (first, "99", [third, second, first]),
            (second, "0", [second, third, first]),
        ):
            with self.subTest(place=place):
                self.send("desa", {"usulan": [key], f"rank-{key}": place})
                assert self.order() == expected

    def test_a_list_that_changed_meanwhile_is_not_ordered(self) -> None:
        keys, address = self.order(), f"/usulan/peringkat/desa/{self.village.pk}/"
        page = self.as_("desa").get(address).content.decode()
        seen = re.search(r'name="seen" value="(\w+)"', page).group(1)
        self.proposal_at("diajukan")

        answers = {"seen": seen, "usulan": keys[-1:], f"rank-{keys[-1]}": "1"}
        said = self.as_("desa").post(address, answers, follow=True).content.decode()

        assert "Muat ulang" in said
        assert self.order()[:3] == keys

    def test_a_long_list_comes_in_pages(self) -> None:
        with patch("semai_e_planning.views.rankings.ROWS", 2):
            page = self.as_("desa").get(f"/usulan/peringkat/desa/{self.village.pk}/?page=2").content.decode()

        assert re.findall(r'name="rank-(\d+)" value="(\d+)"', page) == [(str(self.order()[2]), "3")]
