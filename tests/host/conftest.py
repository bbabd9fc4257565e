"""Fixtures of the host tool's tests: one root with a real supervisord per worker, more where a test spoils it."""

from __future__ import annotations

import itertools
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.host import rig

_numbers = itertools.count(1)


def new_root() -> Path:
    """Return a new folder, in memory where there is some: the tests are about order, not about a disk's speed."""
    memory = Path("/dev/shm")
    roomy = memory.is_dir() and shutil.disk_usage(memory).free > 2 << 30
    return Path(tempfile.mkdtemp(prefix="semai-", dir=memory if roomy else None))


@contextmanager
def small_root(megabytes: int) -> Iterator[Path]:
    """Yield a new folder that is a file system of its own, so that a test can fill it."""
    root = new_root()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", str(root)]
    mounted = subprocess.run(mount, capture_output=True, check=False)
    if mounted.returncode:
        pytest.fail(f"a small disk can only be made by root (CI is): {mounted.stderr.decode().strip()}")
    try:
        yield root
    finally:
        subprocess.run(["umount", "--lazy", root], check=True)
        root.rmdir()


@pytest.fixture(scope="session")
def uv() -> tuple[str, bytes]:
    return rig.uv_wheel()


@pytest.fixture(scope="session")
def host(uv):
    """A root shared by the tests of one worker; each test uses apps of its own."""
    with rig.host_at(new_root(), uv) as made:
        yield made


@pytest.fixture
def own_host(uv):
    """A root that the test may spoil."""
    with rig.host_at(new_root(), uv) as made:
        yield made


@pytest.fixture
def app() -> str:
    """A fresh app name."""
    return f"canary-{next(_numbers)}"
