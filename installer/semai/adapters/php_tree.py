"""The tree of a PHP app: what of its folder is packed, and the archive, whose bytes depend on the content only."""

from __future__ import annotations

import fnmatch
import gzip
import os
import re
import stat
import tarfile
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from semai.adapters.store import Store
from semai.errors import OperationFailed

_LEVEL = 6
_CHUNK = 1 << 20


@dataclass(frozen=True)
class Entry:
    """One file, folder or link of the tree; `path` is relative, with '/'."""

    path: str
    place: str  # where it lies on this machine
    status: os.stat_result

    @property
    def is_folder(self) -> bool:
        return stat.S_ISDIR(self.status.st_mode)

    @property
    def is_file(self) -> bool:
        return stat.S_ISREG(self.status.st_mode)

    @property
    def is_link(self) -> bool:
        return stat.S_ISLNK(self.status.st_mode)

    @property
    def inner_link(self) -> str | None:
        """Return where a link leads, when that is a relative path to something of the same tree; else None."""
        target = os.readlink(self.place)
        end = os.path.normpath(os.path.join(os.path.dirname(self.path), target))
        outside = target.startswith("/") or end == ".." or end.startswith("../") or not target.isprintable()
        top = os.path.realpath(self.place.removesuffix(self.path))
        real = os.path.realpath(self.place)
        return target if not outside and real.startswith(f"{top}/") and os.path.exists(real) else None

    def read(self, most: int = -1) -> bytes:
        """Return the content, at most `most` bytes of it."""
        with open(self.place, "rb") as file:  # noqa: PTH123  (a Path for each of 20,000 files takes a second)
            return file.read(most)


@dataclass(frozen=True)
class Tree:
    """A folder and what of it stays out.

    A pattern without '/' is the name of a file or folder anywhere, one with '/' a path from the top; `*` stands for
    any characters. `replaced` are files each region gets its own of.
    """

    folder: Path
    exclude: tuple[str, ...] = ()
    replaced: tuple[str, ...] = ()

    def entries(self) -> Iterator[Entry]:
        """Yield everything that is packed, sorted, a folder before what is in it."""
        names, paths = _matcher(p for p in self.exclude if "/" not in p), _matcher(_rooted(self.exclude))
        yield from self._below(str(self.folder), "", names, paths)

    def _below(self, folder: str, prefix: str, names: re.Pattern[str], paths: re.Pattern[str]) -> Iterator[Entry]:
        with os.scandir(folder) as listing:
            found = sorted(listing, key=lambda item: item.name)
        for item in found:
            path = f"{prefix}{item.name}"
            if names.fullmatch(item.name) or paths.fullmatch(path) or path in self.replaced:
                continue
            entry = Entry(path, item.path, item.stat(follow_symlinks=False))
            yield entry
            if entry.is_folder:
                yield from self._below(item.path, f"{path}/", names, paths)

    def pack(self, store: Store) -> str:
        """Put the archive (tar.gz) into the store and return its digest.

        Sorted; no times, owners or names; modes 0755 and 0644 only. Raises OperationFailed (`tree-not-plain`).
        """
        with tempfile.TemporaryDirectory() as scratch:
            packed = Path(scratch) / "tree.tar.gz"
            with (
                packed.open("wb") as file,
                gzip.GzipFile(filename="", mode="wb", fileobj=file, mtime=0, compresslevel=_LEVEL) as zipped,
                tarfile.open(fileobj=zipped, mode="w|", format=tarfile.PAX_FORMAT, bufsize=_CHUNK) as tar,
            ):
                for entry in self.entries():
                    _add(tar, entry)
            return store.add_file(packed)


def _add(tar: tarfile.TarFile, entry: Entry) -> None:
    member = tarfile.TarInfo(entry.path)
    if entry.is_folder:
        member.type, member.mode = tarfile.DIRTYPE, 0o755
        tar.addfile(member)
        return
    if entry.is_link and (target := entry.inner_link):
        member.type, member.mode, member.linkname = tarfile.SYMTYPE, 0o777, target
        tar.addfile(member)
        return
    if not entry.is_file:
        raise OperationFailed("tree-not-plain", "{file} is no plain file", file=entry.path)
    member.size = entry.status.st_size
    member.mode = 0o755 if entry.status.st_mode & stat.S_IXUSR else 0o644
    try:
        with open(entry.place, "rb") as content:  # noqa: PTH123
            tar.addfile(member, content)
    except OSError as error:
        raise OperationFailed(
            "tree-unreadable", "{file} cannot be packed: {reason}", file=entry.path, reason=str(error)
        ) from error


def _rooted(patterns: Iterable[str]) -> Iterator[str]:
    return (pattern.strip("/") for pattern in patterns if "/" in pattern)


def _matcher(patterns: Iterable[str]) -> re.Pattern[str]:
    """Return one expression that fully matches what any of the patterns does; none matches nothing."""
    return re.compile("|".join(fnmatch.translate(pattern) for pattern in patterns) or r"(?!)")
