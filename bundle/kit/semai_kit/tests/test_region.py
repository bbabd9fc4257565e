"""Loading the region file: adds, updates, closes, never deletes."""

from dataclasses import replace

from semai_kit import audit
from semai_kit.models import Agency, District, FiscalYear, Village
from semai_kit.region import AgencyEntry, Region, parse_region
from semai_kit.region_sync import sync_region
from semai_kit.testing import REGION, KitTestCase


def region() -> Region:
    return parse_region(REGION)


class SyncTests(KitTestCase):
    def test_second_run_changes_nothing(self) -> None:
        assert str(sync_region(region())) == "region: 0 added, 0 changed, 0 closed"

    def test_first_run_loaded_everything(self) -> None:
        assert (Agency.objects.count(), District.objects.count(), Village.objects.count()) == (4, 2, 3)
        assert Village.objects.get(code="99.01.01.2001").district.name == "Hulu"
        assert FiscalYear.objects.get().year == 2027

    def test_agency_that_left_the_file_is_closed_not_deleted(self) -> None:
        changed = replace(region(), agencies=region().agencies[1:])
        assert sync_region(changed).closed == 1
        gone = Agency.objects.get(code="1.01")
        assert gone.valid_until is not None
        assert gone in Agency.objects.all()
        assert sync_region(changed).closed == 0

    def test_agency_that_came_back_is_open_again(self) -> None:
        sync_region(replace(region(), agencies=region().agencies[1:]))
        sync_region(region())
        assert Agency.objects.get(code="1.01").valid_until is None

    def test_renamed_agency_keeps_its_row_and_leaves_an_audit_trace(self) -> None:
        first = Agency.objects.get(code="1.01")
        new = AgencyEntry("1.01", "Dinas Pendidikan dan Olahraga", "Disdikpora")
        sync_region(replace(region(), agencies=(new, *region().agencies[1:])))
        assert Agency.objects.get(pk=first.pk).short_name == "Disdikpora"
        entry = audit.entries(first).first()
        assert entry.changes["name"] == ["Dinas Pendidikan", "Dinas Pendidikan dan Olahraga"]
        assert entry.additional_data["actor"] == "sistem"

    def test_bounds_and_points_are_read_and_may_be_missing(self) -> None:
        assert region().bounds.hold(-8.6, 120.5)
        assert not region().bounds.hold(120.5, -8.6)
        assert region().points["99.01.01.2001"].longitude == 120.46
        assert "99.01.02" not in region().points
        bare = {key: value for key, value in REGION.items() if key not in ("bounds", "districts")}
        assert (parse_region(bare).bounds, parse_region(bare).points) == (None, {})
