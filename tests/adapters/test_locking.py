"""Locks that name their holder, and how one is taken over."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from semai.adapters.locking import Claim, Holder, locked
from semai.adapters.region_files import RegionFiles
from semai.adapters.state import read_audit
from semai.errors import Locked

HOLD = """
import sys
from pathlib import Path
from semai.adapters.locking import locked
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


def test_second_holder_is_told_who_and_since_when(tmp_path: Path) -> None:
    lock = tmp_path / ".semai.lock"
    process = holder(lock)
    try:
        with pytest.raises(Locked) as caught, locked(lock, "semai plan"):
            pytest.fail("the lock was given twice")
        assert caught.value.code == "locked"
        assert caught.value.exit_code == 8
        assert caught.value.fields["verb"] == "semai apply"
        assert caught.value.fields["pid"] == process.pid
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


def pretend(lock: Path, **changes: object) -> None:
    """Have the lock's holder say something else of itself."""
    said = {**json.loads(lock.read_text(encoding="utf-8")), **changes}
    lock.write_text(json.dumps(said), encoding="utf-8")


def never(_: Holder) -> bool:
    return False


def test_holder_that_runs_here_is_not_displaced_unless_somebody_insists(tmp_path: Path) -> None:
    lock = tmp_path / ".semai.lock"
    process = holder(lock)
    try:
        with pytest.raises(Locked) as caught, locked(lock, "semai apply", claim=Claim("it hangs", never)):
            pytest.fail("the lock was taken from a running process")
        assert (caught.value.code, caught.value.fields["pid"]) == ("lock-holder-runs", process.pid)
        asked: list[Holder] = []
        insists = Claim("it hangs", lambda found: asked.append(found) or True)  # type: ignore[func-returns-value]
        with locked(lock, "semai apply", claim=insists) as former:
            assert former == asked[0]
            with pytest.raises(Locked), locked(lock, "semai plan"):
                pytest.fail("the lock was given twice")
    finally:
        process.communicate()
    assert lock.read_bytes() == b""


@pytest.mark.parametrize("changes", [{"host": "elsewhere"}, {"pid": 2**22 + 1}], ids=["elsewhere", "no-process"])
def test_holder_not_running_here_is_displaced_with_a_reason(tmp_path: Path, changes: dict[str, object]) -> None:
    files = RegionFiles(tmp_path, Claim("its laptop is in the workshop", never))
    process = holder(files.guard)
    try:
        pretend(files.guard, **changes)
        with pytest.raises(Locked) as caught, RegionFiles(tmp_path).held_for("semai lock"):
            pytest.fail("the lock was given twice")
        assert "--take-over" in caught.value.hint
        with files.held_for("semai lock"):
            (line,) = read_audit(files.audit)
            assert line.verb.startswith("semai lock took over from semai apply of ")
            assert line.verb.endswith(": its laptop is in the workshop")
    finally:
        process.communicate()


def test_two_that_take_over_at_once_do_not_both_get_it(tmp_path: Path) -> None:
    lock = tmp_path / ".semai.lock"
    process = holder(lock)
    try:
        pretend(lock, host="elsewhere")
        with locked(lock, "semai lock", claim=Claim("first", never)):
            with pytest.raises(Locked) as caught, locked(lock, "semai lock", claim=Claim("second", never)):
                pytest.fail("the lock was given twice")
            assert caught.value.code == "lock-holder-runs"
    finally:
        process.communicate()
