"""Atomic writes."""

from __future__ import annotations

import hashlib
import os
import stat
from pathlib import Path

import pytest
from semai.adapters.files import sha256_of, write_atomic
from semai.errors import OperationFailed


def test_written_file_has_content_and_mode(tmp_path: Path) -> None:
    write_atomic(tmp_path / "secret", b"abc", 0o600)
    assert (tmp_path / "secret").read_bytes() == b"abc"
    assert stat.S_IMODE((tmp_path / "secret").stat().st_mode) == 0o600


def test_no_temporary_file_stays_behind(tmp_path: Path) -> None:
    write_atomic(tmp_path / "file", b"1")
    write_atomic(tmp_path / "file", b"2")
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_failed_write_keeps_the_old_file_and_cleans_up(tmp_path: Path) -> None:
    target = tmp_path / "folder"
    target.mkdir()
    (target / "inside").write_text("old", encoding="utf-8")
    with pytest.raises(OperationFailed) as caught:
        write_atomic(target, b"new")  # a folder cannot be replaced by a file
    assert caught.value.code == "cannot-write"
    assert [path.name for path in tmp_path.iterdir()] == ["folder"]
    assert (target / "inside").read_text(encoding="utf-8") == "old"


def test_read_only_place_is_named_with_a_remedy() -> None:
    place = Path("/proc/semai-test")
    with pytest.raises(OperationFailed) as caught:
        write_atomic(place, b"x")
    assert caught.value.fields["path"] == place
    assert caught.value.exit_code == 1


def test_digest_of_a_file_larger_than_one_block(tmp_path: Path) -> None:
    content = os.urandom((1 << 20) + 17)
    (tmp_path / "big").write_bytes(content)
    assert sha256_of(tmp_path / "big") == hashlib.sha256(content).hexdigest()
