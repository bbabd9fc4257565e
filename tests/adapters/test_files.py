"""Atomic writes and locks that name their holder."""

from __future__ import annotations

import hashlib
import json
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from semai.adapters.files import locked, sha256_of, write_atomic
from semai.errors import Locked, OperationFailed

HOLD = """
import sys
from pathlib import Path
from semai.adapters.files import locked
with locked(Path(sys.argv[1]), "semai apply"):
    print("held", flush=True)
    sys.stdin.read()
"""


def holder(lock: Path) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(lock)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return process


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


def test_second_holder_is_told_who_and_since_when(tmp_path: Path) -> None:
    lock = tmp_path / ".semai.lock"
    process = holder(lock)
    try:
        with pytest.raises(Locked) as caught, locked(lock, "semai plan"):
            pytest.fail("the lock was given twice")
        assert caught.value.code == "locked"
        assert caught.value.exit_code == 8
        assert caught.value.fields["verb"] == "semai apply"
        assert caught.value.fields["pid"] == str(process.pid)
        assert caught.value.fields["since"].endswith("Z")
    finally:
        process.communicate()


def test_lock_of_a_killed_process_is_free(tmp_path: Path) -> None:
    lock = tmp_path / ".semai.lock"
    process = holder(lock)
    process.kill()
    process.communicate()
    with locked(lock, "semai plan"):
        assert json.loads(lock.read_text(encoding="utf-8"))["verb"] == "semai plan"


def test_waiting_gets_the_lock_when_it_is_freed(tmp_path: Path) -> None:
    lock = tmp_path / ".semai.lock"
    process = holder(lock)
    assert process.stdin is not None
    process.stdin.close()
    with locked(lock, "semai plan", wait_seconds=5):
        pass
    process.wait()


def test_released_lock_names_nobody(tmp_path: Path) -> None:
    lock = tmp_path / ".semai.lock"
    with locked(lock, "semai plan"):
        pass
    assert lock.read_bytes() == b""
