"""Room on file systems: asked for before anything is written, and a little kept back for undoing."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from . import durable
from .errors import Refused

MARGIN = 32 << 20  # logs and the running apps need room too
RESERVE = 1 << 20  # journal, links and service files of an undo fit well inside
MB = 1 << 20


@dataclass(frozen=True)
class Need:
    """Bytes a run will write below `path`, and what for."""

    path: Path
    bytes: int
    purpose: str


def existing(path: Path) -> Path:
    """Return `path` or its nearest parent that exists."""
    while not path.exists() and path != path.parent:
        path = path.parent
    return path


def free(path: Path) -> int:
    """Return the bytes an ordinary user may still write to the file system of `path`."""
    figures = os.statvfs(existing(path))
    return figures.f_bavail * figures.f_frsize


def check(needs: Iterable[Need]) -> None:
    """Refuse when a file system has less room than all needs upon it together and the margin."""
    by_device: dict[int, list[Need]] = {}
    for need in needs:
        by_device.setdefault(existing(need.path).stat().st_dev, []).append(need)
    for group in by_device.values():
        wanted, there = sum(need.bytes for need in group) + MARGIN, free(group[0].path)
        if wanted > there:
            what = ", ".join(f"{need.purpose} {_mb(need.bytes)} MB" for need in group if need.bytes)
            raise Refused(
                "disk-space",
                f"{existing(group[0].path)} has {_mb(there)} MB free, this needs {_mb(wanted)} MB ({what})",
                hint="free some space there, then apply again",
            )


def keep_back(path: Path) -> None:
    """Set aside the reserve."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        os.posix_fallocate(descriptor, 0, RESERVE)
    finally:
        os.close(descriptor)


def give_back(path: Path) -> None:
    """Free the reserve, so that an undo can write on a full disk."""
    durable.remove(path)


def size_of(path: Path) -> int:
    """Return the bytes of a file or folder on disk, each hard-linked file once; a missing one has none."""
    seen: dict[tuple[int, int], int] = {}
    try:
        figures = path.lstat()
    except OSError:
        return 0
    seen[figures.st_dev, figures.st_ino] = figures.st_blocks * 512
    waiting = [str(path)] if stat.S_ISDIR(figures.st_mode) else []
    while waiting:  # every probe counts ten thousand files of each app: no objects per file but what scandir gives
        try:
            with os.scandir(waiting.pop()) as entries:
                waiting += _count(entries, seen)
        except OSError:  # deleted meanwhile, or not ours to read
            continue
    return sum(seen.values())


def _count(entries: Iterable[os.DirEntry[str]], seen: dict[tuple[int, int], int]) -> list[str]:
    """Add the sizes of a folder's entries to `seen`; return the folders among them."""
    folders = []
    for entry in entries:
        try:
            figures = entry.stat(follow_symlinks=False)
        except OSError:
            continue
        seen[figures.st_dev, figures.st_ino] = figures.st_blocks * 512
        if stat.S_ISDIR(figures.st_mode):
            folders.append(entry.path)
    return folders


def _mb(count: int) -> int:
    return -(-count // MB)
