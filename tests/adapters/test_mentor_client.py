"""The trust client on an honest mentor; what it refuses is in tests/attacks."""

from __future__ import annotations

import json
import stat
from datetime import timedelta
from pathlib import Path

import pytest
from semai.adapters.locking import locked
from semai.adapters.mentor_client import MentorClient
from semai.adapters.mentor_state import known_mentors
from semai.errors import InvalidInput, OperationFailed, SemaiError, TrustRefused

from tests.simulator.repository import TODAY, Repository
from tests.simulator.server import serving


@pytest.fixture
def mentor() -> Repository:
    return Repository()


@pytest.fixture
def client(tmp_path: Path, mentor: Repository) -> MentorClient:
    client = MentorClient(tmp_path / "state", "batang")
    client.add([mentor.write_to(tmp_path / "usb")], mentor.fingerprint, None, TODAY)
    return client


def test_first_refresh_brings_the_signed_index(client: MentorClient, mentor: Repository) -> None:
    refreshed = client.refresh(TODAY)
    assert refreshed.changed
    assert [app.page.id for app in refreshed.index.apps] == ["e-planning", "e-budgeting"]
    assert (refreshed.root_version, refreshed.timestamp_version) == (1, 1)
    assert refreshed.expires == TODAY + timedelta(days=400)
    assert f"targets/{refreshed.index_sha256}.index.json.gz" in mentor.files
    assert refreshed.fingerprint == mentor.fingerprint
    assert client.load() == refreshed.index


def test_new_catalog_replaces_the_old(client: MentorClient, mentor: Repository, tmp_path: Path) -> None:
    client.refresh(TODAY)
    mentor.index["apps"] = mentor.index["apps"][:1]
    mentor.publish(later=timedelta(days=1))
    mentor.write_to(tmp_path / "usb")
    assert client.refresh(mentor.now).changed
    assert [app.page.id for app in client.load().apps] == ["e-planning"]


def test_signed_again_without_change_is_nothing_new(
    client: MentorClient, mentor: Repository, tmp_path: Path
) -> None:
    client.refresh(TODAY)
    mentor.publish(later=timedelta(days=100))
    mentor.write_to(tmp_path / "usb")
    refreshed = client.refresh(mentor.now)
    assert not refreshed.changed
    assert refreshed.timestamp_version == 2
    assert refreshed.expires == TODAY + timedelta(days=500)


def test_signed_name_replaces_the_unsigned_one(tmp_path: Path, mentor: Repository) -> None:
    mentor.files["mentor.json"] = b'{"id": "batang", "name": "Free WiFi"}'
    client = MentorClient(tmp_path / "state", "batang")
    added = client.add([mentor.write_to(tmp_path / "usb")], mentor.fingerprint, None, TODAY)
    assert added.record.name == "Free WiFi"
    client.refresh(TODAY)
    assert client.folder.record().name == "Kabupaten Batang"


def test_warm_refresh_takes_two_requests(tmp_path: Path, mentor: Repository) -> None:
    client = MentorClient(tmp_path / "state", "batang")
    with serving(mentor.files) as server:
        client.add([server.url], mentor.fingerprint, None, TODAY)
        server.requests.clear()
        client.refresh(TODAY)
        cold = [name for name, _ in server.requests]
        server.requests.clear()
        client.refresh(TODAY)
        warm = [name for name, _ in server.requests]
    assert len(cold) == 5
    assert warm == ["metadata/2.root.json", "metadata/timestamp.json"]


def test_loading_needs_no_mentor_and_no_young_catalog(
    client: MentorClient, mentor: Repository, tmp_path: Path
) -> None:
    client.refresh(TODAY)
    (tmp_path / "usb" / "metadata" / "timestamp.json").unlink()
    assert client.load().mentor == "batang"


def test_two_mentors_do_not_meet(client: MentorClient, tmp_path: Path) -> None:
    other = Repository("kendal")
    second = MentorClient(tmp_path / "state", "kendal")
    second.add([other.write_to(tmp_path / "other")], other.fingerprint, None, TODAY)
    client.refresh(TODAY)
    second.refresh(TODAY)
    assert (client.load().mentor, second.load().mentor) == ("batang", "kendal")
    assert client.fingerprint != second.fingerprint
    assert known_mentors(tmp_path / "state") == ["batang", "kendal"]


def test_records_are_readable_json_without_secrets(client: MentorClient) -> None:
    client.refresh(TODAY)
    record = json.loads((client.folder.path / "mentor.json").read_text(encoding="utf-8"))
    trusted = json.loads((client.folder.path / "current" / "trusted.json").read_text(encoding="utf-8"))
    assert record["fingerprint"] == trusted["fingerprint"] == client.fingerprint
    assert stat.S_IMODE((client.folder.path / "mentor.json").stat().st_mode) == 0o644


def test_busy_mentor_is_named_after_a_while(client: MentorClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("semai.adapters.mentor_client._BUSY_SECONDS", 0.05)
    with locked(client.folder.lock, "semai catalog update batang"), pytest.raises(SemaiError) as caught:
        client.refresh(TODAY)
    assert (caught.value.code, caught.value.exit_code) == ("locked", 8)
    assert caught.value.fields["verb"] == "semai catalog update batang"


def test_state_that_cannot_be_written_is_named(mentor: Repository, tmp_path: Path) -> None:
    (tmp_path / "state").write_text("a file, not a folder", encoding="utf-8")
    client = MentorClient(tmp_path / "state", "batang")
    with pytest.raises(OperationFailed) as caught:
        client.add([mentor.write_to(tmp_path / "usb")], mentor.fingerprint, None, TODAY)
    assert str(tmp_path / "state") in str(caught.value)


def test_verification_names_what_is_trusted(client: MentorClient, mentor: Repository) -> None:
    before = client.verify(None, TODAY)
    client.refresh(TODAY)
    after = client.verify(mentor.fingerprint, TODAY)
    assert before.trusted is None
    assert after.trusted is not None
    assert after.fingerprint == mentor.fingerprint


def test_verification_against_another_letter_is_refused(client: MentorClient) -> None:
    with pytest.raises(TrustRefused) as caught:
        client.verify("0" * 64, TODAY)
    assert caught.value.code == "fingerprint-differs"


def test_mentor_never_added_is_unknown(tmp_path: Path) -> None:
    for action in (
        lambda client: client.load(),
        lambda client: client.refresh(TODAY),
        lambda client: client.verify(None, TODAY),
        lambda client: client.remove(),
    ):
        with pytest.raises(InvalidInput) as caught:
            action(MentorClient(tmp_path / "state", "kendal"))
        assert caught.value.code == "unknown-mentor"
    assert not (tmp_path / "state").exists()
