"""Attacks with time: expired catalogs, wrong clocks, old sticks. Time alone never opens a door for old versions."""

from __future__ import annotations

import inspect
from datetime import datetime, timedelta, timezone

import pytest
import tuf
from semai.core.trust import SIGNED_AT, parse_stale
from semai.errors import TrustRefused
from tuf.api.metadata import Metadata, Targets
from tuf.ngclient._internal.trusted_metadata_set import TrustedMetadataSet

from tests.attacks.conftest import Adopter

DAY = timedelta(days=1)
STALE = parse_stale("90d", "USB copy of August")


class TestExpired:
    @pytest.mark.parametrize("role", ["timestamp", "snapshot", "targets"])
    def test_expired_role_is_refused_on_a_cached_client(self, adopter: Adopter, role: str) -> None:
        self._publish(adopter, role)
        error = adopter.refused(TrustRefused, "catalog-expired")
        assert error.fields["file"] == f"metadata/{role}.json"
        assert error.fields["expired"] == "2026-11-21T09:00:00Z"

    @pytest.mark.parametrize("role", ["timestamp", "snapshot", "targets"])
    def test_expired_role_is_refused_on_a_fresh_client(self, fresh: Adopter, role: str) -> None:
        self._publish(fresh, role)
        fresh.now += DAY
        fresh.refused(TrustRefused, "catalog-expired")

    @staticmethod
    def _publish(adopter: Adopter, role: str) -> None:
        """Publish a catalog of which one role expired an hour after the first signing."""
        mentor = adopter.mentor
        ended = {role: datetime(2026, 11, 21, 9, tzinfo=timezone.utc)}
        mentor.index["name"] = "Kabupaten Batang (baru)"
        mentor.publish()
        for name in ("snapshot", "targets", "timestamp"):
            mentor.versions[name] -= 1
        signed = mentor.files[f"metadata/{mentor.versions['targets'] + 1}.targets.json"]
        targets = Metadata[Targets].from_bytes(signed).signed.targets
        mentor.sign_targets(targets, expires=ended.get("targets"))
        mentor.sign_snapshot(expires=ended.get("snapshot"))
        mentor.sign_timestamp(expires=ended.get("timestamp"), fields={})

    def test_expired_root_is_refused(self, adopter: Adopter) -> None:
        adopter.now += timedelta(days=1101)
        error = adopter.refused(TrustRefused, "catalog-expired")
        assert error.fields["file"] == "metadata/root.json"

    def test_what_is_on_disk_stays_readable_after_expiry(self, adopter: Adopter) -> None:
        adopter.now += timedelta(days=1101)
        adopter.refused(TrustRefused, "catalog-expired")
        assert adopter.client.load().app("e-planning") is not None


class TestClock:
    def test_clock_of_2032_refuses_and_harms_nothing(self, adopter: Adopter) -> None:
        right = adopter.now
        adopter.now = datetime(2032, 1, 1, tzinfo=timezone.utc)
        error = adopter.refused(TrustRefused, "catalog-expired")
        assert "clock" in error.hint
        adopter.now = right
        assert adopter.refresh().timestamp_version == 2

    def test_clock_of_2015_does_not_make_an_expired_catalog_valid(self, adopter: Adopter) -> None:
        """A dead clock must not make a catalog valid that expired before the latest signing seen."""
        adopter.mentor.publish(later=timedelta(days=300))
        adopter.now = adopter.mentor.now
        adopter.refresh()
        adopter.mentor.sign_timestamp(expires=adopter.now - DAY, fields={})
        adopter.now = datetime(2015, 1, 1, tzinfo=timezone.utc)
        error = adopter.refused(TrustRefused, "catalog-expired")
        assert error.fields["judged"] == "2027-09-18T08:00:00Z"

    def test_clock_of_2015_can_still_refresh_a_valid_catalog(self, adopter: Adopter) -> None:
        adopter.now = datetime(2015, 1, 1, tzinfo=timezone.utc)
        adopter.mentor.publish(later=DAY)
        assert adopter.refresh().timestamp_version == 3

    def test_floor_never_sinks(self, adopter: Adopter) -> None:
        floor = adopter.client.folder.signed_at()
        adopter.mentor.sign_timestamp(fields={SIGNED_AT: "2020-01-01T00:00:00Z"})
        adopter.refresh()
        assert adopter.client.folder.signed_at() == floor

    def test_floor_without_the_signing_field_is_taken_from_the_expiry(self, fresh: Adopter) -> None:
        fresh.mentor.sign_timestamp(fields={})
        fresh.refresh()
        assert fresh.client.folder.signed_at() == fresh.mentor.now

    def test_refused_refresh_does_not_raise_the_floor(self, adopter: Adopter) -> None:
        floor = adopter.client.folder.signed_at()
        adopter.mentor.publish(later=DAY)
        adopter.mentor.files["metadata/3.targets.json"] = b"{}"
        with pytest.raises(TrustRefused):
            adopter.refresh()
        assert adopter.client.folder.signed_at() == floor


class TestStale:
    def test_stick_60_days_past_expiry_is_refused(self, adopter: Adopter) -> None:
        adopter.now = adopter.mentor.now + timedelta(days=460)
        error = adopter.refused(TrustRefused, "catalog-expired")
        assert "--accept-stale" in error.hint

    def test_stick_60_days_past_expiry_is_accepted_knowingly(self, adopter: Adopter) -> None:
        adopter.now = adopter.mentor.now + timedelta(days=460)
        refreshed = adopter.refresh(STALE)
        trusted = adopter.client.folder.trusted()
        assert refreshed.timestamp_version == 2
        assert trusted is not None
        assert trusted.accepted_stale == "90 days: USB copy of August"

    def test_acceptance_has_an_end(self, adopter: Adopter) -> None:
        adopter.now = adopter.mentor.now + timedelta(days=491)
        adopter.refused(TrustRefused, "catalog-expired", stale=STALE)

    def test_accepting_stale_does_not_accept_an_older_catalog(self, fresh: Adopter) -> None:
        yesterday = dict(fresh.mentor.files)
        fresh.mentor.publish(later=DAY)
        fresh.refresh()
        fresh.mentor.files.clear()
        fresh.mentor.files.update(yesterday)
        fresh.now += timedelta(days=420)
        fresh.refused(TrustRefused, "catalog-older", stale=STALE)

    def test_accepting_stale_does_not_accept_a_revoked_key(self, adopter: Adopter) -> None:
        revoked = adopter.mentor.rotate_publish_key()
        adopter.mentor.publish(later=DAY)
        adopter.refresh()
        adopter.mentor.sign_timestamp(signer=revoked)
        adopter.refused(TrustRefused, "metadata-signature", stale=STALE)

    def test_accepting_stale_once_does_not_last(self, adopter: Adopter) -> None:
        adopter.now = adopter.mentor.now + timedelta(days=460)
        adopter.refresh(STALE)
        adopter.refused(TrustRefused, "catalog-expired")


def test_python_tuf_still_judges_by_the_attribute_we_set() -> None:
    """`reference_time` is private: a python-tuf that ignores it would disable floor and --accept-stale silently."""
    assert tuf.__version__.split(".")[0] == "7"
    source = inspect.getsource(TrustedMetadataSet)
    assert source.count("is_expired(self.reference_time)") == source.count("is_expired(") == 4
