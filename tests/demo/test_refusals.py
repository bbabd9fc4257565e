"""Bad input on a region that runs: a clear code, the right exit code, and every file as it was, byte for byte."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.demo.canaries import Aviary
from tests.demo.conftest import Sow
from tests.demo.ground import Ground, changes, run

pytestmark = pytest.mark.demo


@contextlib.contextmanager
def spoiled(file: Path, content: bytes) -> Iterator[None]:
    """Give a file another content for the block."""
    right = file.read_bytes()
    file.write_bytes(content)
    try:
        yield
    finally:
        file.write_bytes(right)


@contextlib.contextmanager
def filesystem(folder: Path, options: str) -> Iterator[None]:
    """Mount a filesystem in memory at a folder; only root may."""
    if os.geteuid() != 0:
        pytest.skip("only root can mount a filesystem of its own: a full or read-only disk is not tried here")
    folder.mkdir(parents=True)
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", options, "tmpfs", folder], capture_output=True, text=True
    )
    if mounted.returncode != 0:
        pytest.skip(f"this machine lets nobody mount: {mounted.stderr.strip()}")
    try:
        yield
    finally:
        run(["umount", folder])


def test_wrong_vault_password(plot: Aviary, tmp_path: Path) -> None:
    wrong = tmp_path / "password"
    wrong.write_text("not the one\n")
    ran = plot.ground.refused(
        "apply", "--yes", "--vault-password-file", wrong, code=2, error="vault-password-wrong"
    )
    assert f"the password in {wrong} does not open" in ran.err


@pytest.mark.parametrize("content", [b"{", b'{"schema": 1}'], ids=["truncated", "emptied"])
def test_corrupt_lock(plot: Aviary, content: bytes) -> None:
    with spoiled(plot.ground.inventory / "semai.lock", content):
        ran = plot.ground.refused("apply", "--yes", code=2, error="lock-corrupt")
    assert "take the last good semai.lock from git" in ran.err


def test_lock_that_somebody_edited(plot: Aviary) -> None:
    lock = plot.ground.inventory / "semai.lock"
    with spoiled(lock, lock.read_bytes().replace(b'"version": "2026.', b'"version": "2027.', 1)):
        plot.ground.refused("plan", code=2, error="lock-corrupt")


def test_corrupt_receipt_is_named_and_healed_by_apply(plot: Aviary) -> None:
    receipt = plot.ground.root / "receipts" / "canary.json"
    right = plot.ground.picture()
    receipt.write_bytes(b'{"schema":')
    ran = plot.ground.refused("plan", "--check", code=6, error="changes-pending")
    assert "its receipt cannot be read" in ran.out
    ill = plot.ground.refused("doctor", "--json", code=7, error="doctor-red")
    assert plot.ground.doubts(ill) == ["receipt-unreadable"]
    plot.ground.semai("apply", "--yes")
    assert plot.ground.receipts()["canary"]["release"]
    assert "nothing to do" in plot.ground.semai("apply", "--yes").err
    assert plot.serves[0] == "2026.1.0"
    app = {path: what for path, what in changes(right, plot.ground.picture()).items() if "/shared/" in path}
    assert {path for path in app if not path.rpartition("/")[2].startswith("db.sqlite3")} == set()


@pytest.mark.thorough
def test_install_on_a_port_that_another_program_holds(sow: Sow) -> None:
    ground = sow("e-planning")
    port = int(ground.opened("e-planning")["address"].rpartition(":")[2])
    files = {path.name: path.read_bytes() for path in ground.inventory.iterdir() if path.is_file()}
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", port))
        holder.listen()
        ran = ground.try_semai("apply", "--yes")
    assert (ran.code, ran.error) == (7, "port-taken")
    assert f"port {port} is held by" in ran.err
    assert f"(pid {os.getpid()})" in ran.err
    assert ground.receipts() == {}
    assert not (ground.root / "apps" / "e-planning" / "releases").exists()
    assert {**files, "audit.jsonl": b""} == {
        path.name: b"" if path.name == "audit.jsonl" else path.read_bytes()
        for path in ground.inventory.iterdir()
        if path.is_file()
    }


def test_disk_too_small(sow: Sow, tmp_path: Path) -> None:
    root = tmp_path / "small"
    with filesystem(root, "size=64m"):
        ground = sow("e-planning", root=root)
        ran = ground.refused("apply", "--yes", code=7, error="disk-too-small")
        assert f"MB of disk needed on {root}, 64 MB free" in ran.err


def test_root_that_cannot_be_written(sow: Sow, tmp_path: Path) -> None:
    root = tmp_path / "closed"
    if os.geteuid() == 0:
        with filesystem(root, "size=2g,ro"):
            _refuse_unwritable(sow("e-planning", root=root))
        return
    root.mkdir(mode=0o500)
    _refuse_unwritable(sow("e-planning", root=root))


def _refuse_unwritable(ground: Ground) -> None:
    ran = ground.refused("apply", "--yes", code=7, error="root-not-writable")
    assert f"{ground.root} on localhost cannot be written" in ran.err
    assert "change its owner" in ran.err
