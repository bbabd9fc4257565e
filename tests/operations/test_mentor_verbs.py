"""Begin, list, check and end trust."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from semai.errors import InvalidInput, TrustRefused
from semai.operations.catalog_update import update_catalogs
from semai.operations.mentor_list import list_mentors
from semai.operations.mentor_trust import add_mentor, remove_mentor, verify_mentors

from tests.simulator.repository import TODAY, Repository


@pytest.fixture
def state(tmp_path: Path) -> Path:
    return tmp_path / "state"


@pytest.fixture
def mentors(state: Path, tmp_path: Path) -> dict[str, Repository]:
    """Two trusted mentors, of which only batang's catalog was fetched."""
    made = {name: Repository(name) for name in ("batang", "kendal")}
    for name, mentor in made.items():
        url = mentor.write_to(tmp_path / name)
        add_mentor(state, name, [url], TODAY, fingerprint=mentor.fingerprint)
    update_catalogs(state, TODAY, mentor="batang").check()
    return made


def test_listed_mentor_tells_its_catalog(state: Path, mentors: dict[str, Repository]) -> None:
    batang, kendal = list_mentors(state, TODAY)
    assert (batang.id, batang.name, batang.fingerprint) == (
        "batang",
        "Kabupaten Batang",
        mentors["batang"].fingerprint,
    )
    assert (batang.root_version, batang.timestamp_version, batang.age.state) == (1, 1, "fresh")
    assert batang.checked == "2026-11-21T08:00:00Z"
    assert (kendal.timestamp_version, kendal.age.state, kendal.checked) == (None, "missing", "")


def test_expired_catalog_is_listed_as_such(state: Path, mentors: dict[str, Repository]) -> None:
    assert list_mentors(state, TODAY + timedelta(days=401))[0].age.state == "expired"


def test_no_mentor_is_an_empty_list(state: Path) -> None:
    assert list_mentors(state, TODAY) == ()
    assert verify_mentors(state, TODAY) == ()


def test_all_mentors_are_verified(state: Path, mentors: dict[str, Repository]) -> None:
    assert [item.record.id for item in verify_mentors(state, TODAY)] == ["batang", "kendal"]


def test_letter_is_compared_for_one_mentor(state: Path, mentors: dict[str, Repository]) -> None:
    right = mentors["kendal"].fingerprint
    assert verify_mentors(state, TODAY, mentor="kendal", fingerprint=right)[0].fingerprint == right
    with pytest.raises(TrustRefused):
        verify_mentors(state, TODAY, mentor="batang", fingerprint=right)
    with pytest.raises(InvalidInput) as caught:
        verify_mentors(state, TODAY, fingerprint=right)
    assert caught.value.code == "fingerprint-mentor"


def test_removed_mentor_is_gone(state: Path, mentors: dict[str, Repository]) -> None:
    assert remove_mentor(state, "batang").name == "Kabupaten Batang"
    assert [row.id for row in list_mentors(state, TODAY)] == ["kendal"]
