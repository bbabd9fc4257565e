"""The trust store under damage, crashes and readers at work: the old state or the new one, never a mixture."""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from semai.adapters.mentor_state import MentorFolder, known_mentors
from semai.errors import InvalidInput, SemaiError, TrustRefused

from tests.attacks.conftest import Adopter, trusted_files
from tests.simulator.repository import TODAY

DAY = timedelta(days=1)


def refresh_and_die(adopter: Adopter, steps: int) -> int:
    """Refresh in a forked process that dies after so many changes to the disk; returns its exit code."""
    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    left = steps

    def dying(function: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any, **keywords: Any) -> Any:
            nonlocal left
            left -= 1
            if left < 0:
                os._exit(9)
            return function(*args, **keywords)

        return call

    try:
        for name in ("replace", "rename", "symlink_to", "unlink"):
            setattr(Path, name, dying(getattr(Path, name)))
        for name in ("rmtree", "copytree"):
            setattr(shutil, name, dying(getattr(shutil, name)))
        adopter.refresh()
        os._exit(0)
    finally:
        os._exit(1)


def test_crash_at_any_step_leaves_the_old_or_the_new_catalog(adopter: Adopter, tmp_path: Path) -> None:
    old = adopter.client.load()
    adopter.mentor.index["name"] = "Kabupaten Batang (baru)"
    adopter.mentor.publish(later=DAY)
    stick = adopter.mentor.write_to(tmp_path / "usb")
    adopter.client.folder.write_record(replace(adopter.client.folder.record(), urls=(stick,)))
    names = []
    for steps in range(40):
        code = refresh_and_die(adopter, steps)
        names.append(adopter.client.load().name)
        adopter.client.verify(adopter.mentor.fingerprint, adopter.now)
        if code == 0:
            break
        assert code == 9
    assert names[0] == old.name
    assert names[-1] == "Kabupaten Batang (baru)"
    assert 3 < len(names) < 40
    assert adopter.refresh().timestamp_version == 3


@pytest.mark.parametrize("file", ["mentor.json", "anchor.json", "current/trusted.json"])
def test_damaged_file_is_named_with_a_remedy(adopter: Adopter, file: str) -> None:
    (adopter.client.folder.path / file).write_bytes(b"rot")
    with pytest.raises(TrustRefused) as caught:
        adopter.client.verify(None, adopter.now)
    assert caught.value.code == "trust-store-corrupt"
    assert "mentor remove" in caught.value.hint


def test_damaged_clock_floor_is_not_taken_for_none(adopter: Adopter) -> None:
    (adopter.client.folder.path / "seen.json").write_bytes(b"rot")
    with pytest.raises(TrustRefused) as caught:
        adopter.refresh()
    assert caught.value.code == "trust-store-corrupt"


@pytest.mark.parametrize("file", ["timestamp.json", "snapshot.json", "targets.json"])
def test_damaged_metadata_is_found_and_mended_by_a_refresh(adopter: Adopter, file: str) -> None:
    (adopter.client.folder.metadata() / file).write_bytes(b"{}")
    with pytest.raises(TrustRefused) as caught:
        adopter.client.verify(None, adopter.now)
    assert caught.value.code == "trust-store-corrupt"
    assert adopter.refresh().timestamp_version == 2


def test_swapped_index_on_disk_is_found(adopter: Adopter) -> None:
    """The index is read without its signatures, so its digest must be the one that was accepted."""
    path = adopter.client.folder.current() / "index.json.gz"
    content = bytearray(path.read_bytes())
    content[20] ^= 1
    path.write_bytes(bytes(content))
    with pytest.raises(TrustRefused) as caught:
        adopter.client.load()
    assert caught.value.code == "trust-store-corrupt"
    assert "catalog update" in caught.value.hint
    adopter.refresh()
    assert adopter.client.load().mentor == "batang"


def test_readers_meet_whole_catalogs_while_the_mentor_publishes(adopter: Adopter) -> None:
    names: set[str] = set()
    failures: list[SemaiError] = []
    done = threading.Event()

    def read() -> None:
        while not done.is_set():
            try:
                names.add(adopter.client.load().name)
            except SemaiError as error:
                failures.append(error)

    reader = threading.Thread(target=read)
    reader.start()
    for number in range(12):
        adopter.mentor.index["name"] = f"Kabupaten {number}"
        adopter.mentor.publish(later=DAY)
        adopter.refresh()
    done.set()
    reader.join()
    assert failures == []
    assert len(names) > 1


def test_only_the_last_two_states_are_kept(adopter: Adopter) -> None:
    for _ in range(4):
        adopter.mentor.publish(later=DAY)
        adopter.refresh()
    assert len(list((adopter.client.folder.path / "trusted").iterdir())) == 2


def test_catalog_never_fetched_says_what_to_do(fresh: Adopter) -> None:
    with pytest.raises(InvalidInput) as caught:
        fresh.client.load()
    assert (caught.value.code, caught.value.exit_code) == ("catalog-not-fetched", 2)


def test_folder_that_is_no_mentor_is_not_listed(adopter: Adopter) -> None:
    (adopter.state / "mentors" / ".batang.7").mkdir()
    (adopter.state / "mentors" / "empty").mkdir()
    assert known_mentors(adopter.state) == ["batang"]


@pytest.mark.parametrize("mentor", ["../batang", "", "Batang", "a/b", "a" * 41, ".", "-a"])
def test_only_an_id_becomes_a_folder(tmp_path: Path, mentor: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        MentorFolder(tmp_path, mentor)
    assert caught.value.code == "mentor-id"


def test_trust_can_be_begun_anew_after_removal(adopter: Adopter) -> None:
    adopter.client.remove()
    adopter.now = TODAY + DAY
    adopter.trust()
    assert adopter.refresh().changed
    assert trusted_files(adopter.state) != {}
