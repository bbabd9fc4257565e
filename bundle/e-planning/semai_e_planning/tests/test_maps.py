"""Places of usulan: typed or from the telephone, inside the region, drawn, and opened in a map app."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st
from semai_kit.region import Bounds, Point, Region

from .. import geography
from ..models import Proposal
from ..services import proposals
from .cases import PlanningCase, PlanningPropertyCase

HERE = {"latitude": Decimal("-8.612345"), "longitude": Decimal("120.468123")}
IDENTITY = dict.fromkeys(
    ("code", "name", "kind", "short_name", "province", "province_code", "time_zone", "head_title"), "x"
)


class PlaceTest(PlanningCase):
    def form(self, **changes: object) -> dict[str, object]:
        content = self.content()
        names = ("title", "description", "rw", "rt", "location", "unit", "proposer", "volume")
        keys = {name: getattr(content, name).pk for name in ("kind", "theme", "village", "agency")}
        said = {name: getattr(content, name) for name in names}
        return {**said, **keys, "source": "musrenbang", "estimate": "1.000.000", **changes}

    def test_typed_with_comma_or_point_and_shown_with_a_geo_address(self) -> None:
        response = self.as_("desa").post(
            "/usulan/baru/", self.form(latitude="-8,612345", longitude=" 120.4681234 ")
        )
        assert response.status_code == 302, response.content.decode()

        proposal = Proposal.objects.get()
        assert (proposal.latitude, proposal.longitude) == (HERE["latitude"], HERE["longitude"])
        page = self.client.get(f"/usulan/{proposal.pk}/").content.decode()
        assert 'href="geo:-8.612345,120.468123"' in page
        assert "<svg" in page
        changing = self.client.get(f"/usulan/{proposal.pk}/ubah/")
        assert 'value="-8.612345"' in changing.content.decode()

    def test_wrong_places_are_said_beside_the_field_and_nothing_typed_is_lost(self) -> None:
        for latitude, longitude, said in (
            ("8,61", "120,46", "di luar Kabupaten Contoh: lintang -9 sampai -8"),
            ("120,46", "-8,61", "Mungkin lintang dan bujur tertukar"),
            ("di sana", "120,46", "Tulis derajat desimal"),
            ("NaN", "120,46", "Tulis derajat desimal"),
            ("-8,61", "", "Isi lintang dan bujur, atau kosongkan keduanya"),
        ):
            with self.subTest(latitude=latitude):
                sent = self.form(latitude=latitude, longitude=longitude)
                response = self.as_("desa").post("/usulan/baru/", sent)
                assert response.status_code == 422
                page = response.content.decode()
                assert said in page
                assert f'value="{latitude}"' in page
        assert not Proposal.objects.exists()

    def test_bounds_hold_for_changes_too(self) -> None:
        proposal = self.draft(**HERE)
        outside = self.content(latitude=Decimal("-7.5"), longitude=Decimal("120.5"))
        with pytest.raises(ValidationError, match="di luar"):
            proposals.update(self.account("desa"), proposal, outside)

    def test_only_the_form_may_ask_the_telephone_where_it_is(self) -> None:
        form = self.as_("desa").get("/usulan/baru/")
        assert "geolocation=(self)" in form["Permissions-Policy"]
        assert "Pakai lokasi saya" in form.content.decode()
        assert "geolocation=()" in self.client.get("/usulan/")["Permissions-Policy"]

    def test_map_numbers_the_usulan_of_a_village_and_counts_those_without_a_place(self) -> None:
        placed = self.draft(**HERE, title="Jembatan <kecil>")
        self.draft()
        page = self.as_("desa").get(f"/usulan/peta/?desa={placed.village_id}").content.decode()

        assert "1 usulan belum bertitik lokasi" in page
        assert f'class="map-usulan" href="/usulan/{placed.pk}/"' in page
        assert "Air Jernih</text>" in page
        assert "Jembatan &lt;kecil&gt;" in page
        assert "map-usulan" not in self.as_("desa-lain").get("/usulan/peta/").content.decode()


class DrawingTest(PlanningPropertyCase):
    def test_bounds_come_from_the_region_its_points_or_the_country(self) -> None:
        assert geography.bounds_of(Region(**IDENTITY)) == geography.INDONESIA
        named = Bounds(-9.0, 120.0, -8.0, 121.0)
        assert geography.bounds_of(Region(**IDENTITY, bounds=named)) == named

    @given(st.lists(st.tuples(st.floats(-11, 6), st.floats(95, 141)), min_size=1, max_size=20))
    def test_every_spot_lies_within_the_drawing(self, places: list[tuple[float, float]]) -> None:
        spots = [geography.Spot(Point(*place), str(number)) for number, place in enumerate(places)]
        drawing = geography.draw(spots)
        assert drawing is not None
        for mark in drawing.marks:
            assert 0 <= float(mark.x) <= drawing.width
            assert 0 <= float(mark.y) <= drawing.height
