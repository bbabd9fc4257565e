"""Attacks on the line: hanging, dripping, endless, cut and redirected answers, login pages, lagging mirrors."""

from __future__ import annotations

import shutil
import threading
import time
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from semai.adapters.mentor_state import MentorRecord
from semai.errors import NetworkFailed, SemaiError, TrustRefused

from tests.attacks.conftest import SHORT, Adopter
from tests.simulator.server import PORTAL, Fault, serving

DAY = timedelta(days=1)
ROLES = {
    "root": "metadata/2.root.json",
    "timestamp": "metadata/timestamp.json",
    "snapshot": "metadata/3.snapshot.json",
    "targets": "metadata/3.targets.json",
    "index": "targets/*",
}
EACH_ROLE = pytest.mark.parametrize("role", list(ROLES))


@pytest.fixture
def behind(adopter: Adopter) -> Adopter:
    """An adopter whose mentor has published a new catalog, so that a refresh reads every role."""
    adopter.mentor.index["name"] = "Kabupaten Batang (baru)"
    adopter.mentor.publish(later=DAY)
    return adopter


@EACH_ROLE
def test_endless_data_on_a_role_is_stopped(behind: Adopter, role: str) -> None:
    behind.server.faults[ROLES[role]] = Fault(endless=True, body=b"")
    behind.refused(TrustRefused, "too-long")
    assert behind.server.sent < 64 * 1024 * 1024


@EACH_ROLE
@pytest.mark.parametrize("how", ["before", "after"])
def test_server_that_hangs_is_left(behind: Adopter, role: str, how: str) -> None:
    behind.server.faults[ROLES[role]] = Fault(hang=how, body=b"x" * 300)
    behind.patience = SHORT
    started = time.monotonic()
    behind.refused(NetworkFailed, "mentor-timeout")
    assert time.monotonic() - started < SHORT.total + 3.0


@pytest.mark.parametrize("role", ["timestamp", "index"])
def test_drip_of_bytes_is_left_at_the_deadline(behind: Adopter, role: str) -> None:
    behind.server.faults[ROLES[role]] = Fault(drip=0.01)
    behind.patience = SHORT
    behind.refused(NetworkFailed, "mentor-timeout")


def test_drips_on_several_roles_share_one_deadline(behind: Adopter) -> None:
    behind.server.faults["metadata/*"] = Fault(drip=0.0002)
    behind.patience = SHORT
    started = time.monotonic()
    behind.refused(NetworkFailed, "mentor-timeout")
    assert time.monotonic() - started < SHORT.total + 3.0


@EACH_ROLE
@pytest.mark.parametrize(
    ("fault", "code"),
    [
        (PORTAL, "captive-portal"),
        (Fault(body=PORTAL.body, content_type="application/json"), "captive-portal"),
        (Fault(status=302, location="http://login.invalid/"), "redirected"),
        (Fault(status=500), "mentor-http-status"),
        (Fault(cut_after=10), "connection-cut"),
    ],
    ids=["200-html", "200-html-as-json", "302", "500", "cut"],
)
def test_role_that_cannot_be_read_is_a_network_failure(behind: Adopter, role: str, fault: Fault, code: str) -> None:
    behind.server.faults[ROLES[role]] = fault
    if role == "root" and code == "connection-cut":
        behind.mentor.rotate_publish_key()
    if fault.content_type == "application/json" and role not in ("root", "timestamp"):
        behind.refused(TrustRefused, "index-digest" if role == "index" else "metadata-mixed")
    else:
        behind.refused(NetworkFailed, code)


def test_portal_that_forbids_everything_is_no_catalog(behind: Adopter) -> None:
    behind.server.faults["*"] = Fault(status=403)
    behind.refused(NetworkFailed, "catalog-missing")


@pytest.mark.parametrize("role", ["timestamp", "snapshot", "targets", "index"])
def test_missing_role_is_an_incomplete_copy(behind: Adopter, role: str) -> None:
    behind.server.faults[ROLES[role]] = Fault(status=404)
    behind.refused(NetworkFailed, "catalog-missing")


def test_server_that_is_down_is_unreachable(behind: Adopter) -> None:
    with serving({}) as gone:
        pass
    behind.client.folder.write_record(_with_urls(behind, gone.url))
    behind.refused(NetworkFailed, "mentor-unreachable")


class TestMirrors:
    def test_mirror_that_lags_is_passed_over(self, fresh: Adopter) -> None:
        lagging = dict(fresh.mentor.files)
        fresh.mentor.publish(later=DAY)
        fresh.refresh()
        fresh.mentor.publish(later=DAY)
        with serving(lagging) as mirror:
            fresh.client.folder.write_record(_with_urls(fresh, mirror.url, fresh.server.url))
            refreshed = fresh.refresh()
        assert refreshed.url == fresh.server.url
        assert refreshed.timestamp_version == 3
        assert [failure.code for failure in refreshed.passed_over] == ["catalog-older"]

    def test_only_when_all_lag_is_it_reported(self, fresh: Adopter) -> None:
        lagging = dict(fresh.mentor.files)
        fresh.mentor.publish(later=DAY)
        fresh.refresh()
        with serving(lagging) as one, serving(lagging) as two:
            fresh.client.folder.write_record(_with_urls(fresh, one.url, two.url))
            error = fresh.refused(TrustRefused, "catalog-older")
        assert any("catalog-older" in line for line in error.details)

    def test_lagging_mirror_does_not_hide_that_the_other_is_down(self, fresh: Adopter) -> None:
        lagging = dict(fresh.mentor.files)
        fresh.mentor.publish(later=DAY)
        fresh.refresh()
        with serving({}) as gone:
            pass
        with serving(lagging) as mirror:
            fresh.client.folder.write_record(_with_urls(fresh, mirror.url, gone.url))
            error = fresh.refused(NetworkFailed, "mentor-unreachable")
        assert any("catalog-older" in line for line in error.details)

    def test_mirror_that_was_tampered_with_is_passed_over_and_named(self, behind: Adopter) -> None:
        tampered = {**behind.mentor.files, "metadata/3.targets.json": b"{}"}
        with serving(tampered) as mirror:
            behind.client.folder.write_record(_with_urls(behind, mirror.url, behind.server.url))
            refreshed = behind.refresh()
        assert [failure.code for failure in refreshed.passed_over] == ["metadata-mixed"]
        assert refreshed.timestamp_version == 3

    def test_tampered_mirror_is_reported_before_one_that_is_down(self, behind: Adopter) -> None:
        tampered = {**behind.mentor.files, "metadata/3.targets.json": b"{}"}
        with serving({}) as gone:
            pass
        with serving(tampered) as mirror:
            behind.client.folder.write_record(_with_urls(behind, gone.url, mirror.url))
            behind.refused(TrustRefused, "metadata-mixed")

    def test_nothing_of_a_half_read_mirror_mixes_with_the_next(self, behind: Adopter) -> None:
        branch = {**behind.mentor.files}
        del branch["metadata/3.targets.json"]
        with serving(branch) as mirror:
            behind.client.folder.write_record(_with_urls(behind, mirror.url, behind.server.url))
            assert behind.refresh().timestamp_version == 3
        assert behind.client.verify(behind.mentor.fingerprint, behind.now).trusted is not None


class TestStick:
    @pytest.fixture
    def stick(self, behind: Adopter, tmp_path: Path) -> Path:
        folder = tmp_path / "usb"
        behind.client.folder.write_record(_with_urls(behind, behind.mentor.write_to(folder)))
        return folder

    def test_stick_serves_as_the_web_does(self, behind: Adopter, stick: Path) -> None:
        assert behind.refresh().timestamp_version == 3

    def test_stick_that_is_pulled_out(self, behind: Adopter, stick: Path) -> None:
        shutil.rmtree(stick)
        behind.refused(NetworkFailed, "mentor-unreachable")

    def test_stick_with_a_link_out_of_it(self, behind: Adopter, stick: Path, tmp_path: Path) -> None:
        """A prepared stick must not make semai read, and report on, files of this machine."""
        secret = tmp_path / "secret.json"
        secret.write_text("{}", encoding="utf-8")
        (stick / "metadata" / "2.root.json").symlink_to(secret)
        error = behind.refused(TrustRefused, "outside-base")
        assert error.fields["file"] == "metadata/2.root.json"

    def test_stick_of_which_a_file_is_a_device(self, behind: Adopter, stick: Path) -> None:
        (stick / "metadata" / "timestamp.json").unlink()
        (stick / "metadata" / "timestamp.json").symlink_to("/dev/zero")
        behind.refused(TrustRefused, "outside-base")


def _with_urls(adopter: Adopter, *urls: str) -> MentorRecord:
    return replace(adopter.client.folder.record(), urls=urls)


def test_two_refreshes_at_once_wait_for_each_other(behind: Adopter) -> None:
    failures: list[SemaiError] = []

    def refresh() -> None:
        try:
            behind.refresh()
        except SemaiError as error:
            failures.append(error)

    threads = [threading.Thread(target=refresh) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert behind.client.load().name == "Kabupaten Batang (baru)"
