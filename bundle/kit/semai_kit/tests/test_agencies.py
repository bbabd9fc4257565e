"""Agencies over the years: names of a day, mergers and splits, and what the region file changes."""

from datetime import date, timedelta

import pytest
from django.conf import settings
from django.utils import timezone

from semai_kit.agencies import SuccessionRefused, ancestors, record_succession
from semai_kit.models import Agency, AgencyName, AgencySuccession
from semai_kit.region import parse_region, read_region
from semai_kit.region_sync import sync_region
from semai_kit.roles import Denied
from semai_kit.testing import REGION, KitTestCase

BASIS = "Perda Nomor 3 Tahun 2027"


def region_with(*agencies: dict[str, str]):
    return parse_region(REGION | {"agencies": list(agencies)})


class NameTests(KitTestCase):
    def test_a_renamed_agency_keeps_its_former_name_for_former_days(self) -> None:
        yesterday = timezone.localdate() - timedelta(days=1)
        Agency.objects.filter(code="1.01").update(valid_from=yesterday)
        AgencyName.objects.filter(agency__code="1.01").update(since=yesterday)
        entries = [dict(entry) for entry in REGION["agencies"]]
        entries[0] |= {"name": "Dinas Pendidikan dan Kebudayaan", "head_name": "Ani"}
        sync_region(region_with(*entries))
        agency = Agency.objects.get(code="1.01")
        assert agency.at(yesterday).name == "Dinas Pendidikan"
        assert agency.at(timezone.localdate()).head_name == "Ani"
        assert agency.at(date(1999, 1, 1)).name == "Dinas Pendidikan"

    def test_a_second_synchronisation_remembers_nothing_new(self) -> None:
        assert AgencyName.objects.count() == 4
        sync_region(read_region(settings.SEMAI.region_file))
        assert AgencyName.objects.count() == 4

    def test_two_changes_on_one_day_leave_the_last(self) -> None:
        for name in ("Dinas A", "Dinas B"):
            sync_region(region_with({**REGION["agencies"][0], "name": name}))
        agency = Agency.objects.get(code="1.01")
        assert agency.at(timezone.localdate()).name == "Dinas B"

    def test_agencies_of_a_day_leave_out_those_closed_before(self) -> None:
        Agency.objects.filter(code="1.02").update(valid_from=date(2020, 1, 1), valid_until=date(2026, 12, 31))
        assert Agency.objects.at(date(2026, 6, 1)).filter(code="1.02").exists()
        assert not Agency.objects.at(date(2027, 1, 1)).filter(code="1.02").exists()
        assert not Agency.objects.at(date(2019, 1, 1)).filter(code="1.02").exists()


class SuccessionTests(KitTestCase):
    @classmethod
    def make_personas(cls) -> None:
        cls.persona("admin", "administrator")
        cls.persona("kebun", "gardener", agency=Agency.objects.get(code="1.01"))

    def setUp(self) -> None:
        self.schools, self.health, self.works, self.plan = Agency.objects.order_by("code")

    def test_a_merger_and_a_later_split_are_found_again(self) -> None:
        record_succession(None, [self.schools, self.health], [self.works], on=date(2027, 1, 1), basis=BASIS)
        record_succession(None, [self.works], [self.plan], on=date(2028, 1, 1), basis=BASIS)
        assert set(ancestors(self.plan)) == {self.schools, self.health, self.works}
        self.schools.refresh_from_db()
        assert self.schools.merged_into == self.works

    def test_circles_repetitions_and_missing_law_are_refused_whole(self) -> None:
        record_succession(None, [self.schools], [self.health], on=date(2027, 1, 1), basis=BASIS)
        for old, new, basis, fault in (
            ([self.health], [self.schools], BASIS, "melingkar"),
            ([self.works], [self.works], BASIS, "melingkar"),
            ([self.schools], [self.health], BASIS, "sudah dicatat"),
            ([self.works, self.schools], [self.plan], " ", "kosong"),
        ):
            with self.subTest(fault), pytest.raises(SuccessionRefused, match=fault):
                record_succession(None, old, new, on=date(2027, 1, 1), basis=basis)
        assert AgencySuccession.objects.count() == 1

    def test_the_administrator_records_it_and_nobody_else(self) -> None:
        sent = {
            "predecessors": [self.schools.pk],
            "successors": [self.health.pk, self.works.pk],
            "on": "2027-01-01",
            "basis": BASIS,
        }
        assert self.as_("kebun").post("/opd/perubahan/baru/", sent).status_code == 403
        with pytest.raises(Denied):
            record_succession(
                self.account("kebun"), [self.schools], [self.health], on=date(2027, 1, 1), basis=BASIS
            )
        client = self.as_("admin")
        assert client.post("/opd/perubahan/baru/", sent).status_code == 302
        page = client.get("/opd/perubahan/").content.decode()
        assert page.count(BASIS) == 2
        assert client.post("/opd/perubahan/baru/", sent).status_code == 422
