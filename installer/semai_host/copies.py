"""Copying folders an app's user may write to, as root: never through a link he made, never over what is there.

Every name is opened relative to its open folder without following links, so a folder swapped for a link is
an error and not a way out. Sockets, devices and FIFOs are passed over.
"""

from __future__ import annotations

import errno
import os
import shutil
import stat
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Optional

from .errors import HostError

Owner = Optional[tuple[int, int]]  # uid and gid of what is made; None leaves them the tool's own
PARTIAL = ".semai-partial"
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


def copy(source: Path, target: Path, owner: Owner = None) -> None:
    """Copy the folder `source` to the new folder `target`, modes and times included."""
    target.mkdir(0o700)
    with _folder(source) as reading, _folder(target) as writing:
        _Filling(owner, 0o777, lasting=False).fill(reading, writing)
        _take_over(reading, writing, owner, 0o777)


def fill(source: Path, base: Path, path: str, owner: Owner, bits: int = 0o750) -> None:
    """Add to `base`/`path` what it lacks of `source` (a folder or a file); what is there already stays as it is."""
    filling = _Filling(owner, bits, lasting=True)
    with _above(base, path, owner) as (writing, name), _folder(source.parent) as reading:
        filling.entry(reading, source.name, writing, name)


def put_link(base: Path, path: str, target: str) -> None:
    """Make `base`/`path` a link to `target`, in place of whatever file is there."""
    with _above(base, path, None) as (folder, name):
        _relink(folder, name, target)


def _relink(folder: int, name: str, target: str) -> None:
    try:
        if os.readlink(name, dir_fd=folder) == target:
            return
    except OSError as error:
        if error.errno not in (errno.ENOENT, errno.EINVAL):
            raise
    _forget(folder, PARTIAL)
    os.symlink(target, PARTIAL, dir_fd=folder)
    os.rename(PARTIAL, name, src_dir_fd=folder, dst_dir_fd=folder)
    os.fsync(folder)


@contextmanager
def _above(base: Path, path: str, owner: Owner) -> Iterator[tuple[int, str]]:
    """Give the open folder that `path` lies in below `base`, made where it is missing, and the last name."""
    parts = path.split("/")
    with ExitStack() as opened:
        here = opened.enter_context(_folder(base))
        for part in parts[:-1]:
            here = _step(here, part, owner)
            opened.callback(os.close, here)
        yield here, parts[-1]


def _step(here: int, part: str, owner: Owner) -> int:
    try:
        _make(here, part, owner, 0o750)
        return os.open(part, _FOLDER, dir_fd=here)
    except OSError as error:
        raise HostError(
            "data-hostile", f"{part} among the app's data is no plain folder: {error.strerror}"
        ) from error


def _make(folder: int, name: str, owner: Owner, mode: int) -> bool:
    """Make a folder; return False when something of that name is there."""
    try:
        os.mkdir(name, 0o700, dir_fd=folder)
    except FileExistsError:
        return False
    made = os.open(name, _FOLDER, dir_fd=folder)
    try:
        if owner:
            os.fchown(made, *owner)
        os.fchmod(made, mode)
    finally:
        os.close(made)
    return True


class _Filling:
    """One way of copying: who owns the copies, which mode bits they keep, whether each is flushed to disk."""

    def __init__(self, owner: Owner, bits: int, lasting: bool) -> None:
        self.owner = owner
        self.bits = bits
        self.lasting = lasting

    def fill(self, source: int, target: int) -> None:
        """Add every entry of one open folder to another."""
        for name in sorted(os.listdir(source)):
            if name != PARTIAL:
                self.entry(source, name, target, name)

    def entry(self, source: int, name: str, target: int, as_name: str) -> None:
        try:
            figures = os.stat(name, dir_fd=source, follow_symlinks=False)
        except FileNotFoundError:
            return
        if stat.S_ISDIR(figures.st_mode):
            self._folder(source, name, target, as_name)
        elif not _is_there(target, as_name):
            if stat.S_ISREG(figures.st_mode):
                self._file(source, name, target, as_name)
            elif stat.S_ISLNK(figures.st_mode):
                self._link(source, name, target, as_name)

    def _folder(self, source: int, name: str, target: int, as_name: str) -> None:
        fresh = _make(target, as_name, self.owner, 0o700)
        try:
            reading = os.open(name, _FOLDER, dir_fd=source)
        except FileNotFoundError:
            return
        try:
            writing = _open_folder(target, as_name)
            if writing is None:  # people put a file or a link there: theirs
                return
            try:
                self.fill(reading, writing)
                if fresh:
                    _take_over(reading, writing, None, self.bits)
            finally:
                os.close(writing)
        finally:
            os.close(reading)

    def _file(self, source: int, name: str, target: int, as_name: str) -> None:
        try:
            reading = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=source)
        except FileNotFoundError:
            return
        with os.fdopen(reading, "rb") as content:
            _forget(target, PARTIAL)
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
            with os.fdopen(os.open(PARTIAL, flags, 0o600, dir_fd=target), "wb") as made:
                shutil.copyfileobj(content, made, 1 << 20)
                made.flush()
                _take_over(reading, made.fileno(), self.owner, self.bits)
                if self.lasting:
                    os.fsync(made.fileno())
        os.rename(PARTIAL, as_name, src_dir_fd=target, dst_dir_fd=target)

    def _link(self, source: int, name: str, target: int, as_name: str) -> None:
        os.symlink(os.readlink(name, dir_fd=source), as_name, dir_fd=target)
        if self.owner:
            os.chown(as_name, *self.owner, dir_fd=target, follow_symlinks=False)


def _take_over(source: int, target: int, owner: Owner, bits: int) -> None:
    """Give an open file or folder the mode and times of another, and its owner."""
    figures = os.fstat(source)
    if owner:
        os.fchown(target, *owner)
    os.fchmod(target, stat.S_IMODE(figures.st_mode) & bits)
    os.utime(target, ns=(figures.st_atime_ns, figures.st_mtime_ns))


@contextmanager
def _folder(path: Path) -> Iterator[int]:
    descriptor = os.open(path, _FOLDER)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _open_folder(folder: int, name: str) -> int | None:
    try:
        return os.open(name, _FOLDER, dir_fd=folder)
    except OSError as error:
        if error.errno in (errno.ENOTDIR, errno.ELOOP):
            return None
        raise


def _is_there(folder: int, name: str) -> bool:
    try:
        os.stat(name, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        return False
    return True


def _forget(folder: int, name: str) -> None:
    try:
        os.unlink(name, dir_fd=folder)
    except FileNotFoundError:
        return
