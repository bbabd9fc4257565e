"""Trees of PHP apps: unpacked as if their maker were hostile, with links where the app may write or is configured.

Beside what archives.py refuses: links out of the tree, names behind a link, archives that swell. Everything belongs
to the tool's user and is read-only for the app. Writable paths are links to `shared/data/<path>` (what lay there is
kept in `initial/<path>`), configuration files are links to `shared/config/<name>`.
"""

from __future__ import annotations

import os
import tarfile
import zlib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import IO

from . import archives, durable
from .archives import HostileArchive
from .errors import HostError

TREE, INITIAL = "tree", "initial"
FOLDER, FILE, PROGRAM = 0o755, 0o644, 0o755  # the web server reads the tree too
MOST_BYTES = 4 << 30
SMALL = 64 << 20  # below this a tree may swell as it likes
MOST_RATIO = 200
_DEEPEST = 40
_BLOCK = 1 << 18


def unpack(archive: Path, target: Path) -> None:
    """Unpack a gzipped tar into the new folder `target`."""
    _make_folder(target)
    reading = _Unpacking(target, _limit(archive))
    try:
        with tarfile.open(archive, mode="r|gz") as tar:
            for member in tar:
                reading.take(tar, member)
    except (tarfile.TarError, zlib.error, EOFError, UnicodeError) as error:
        raise HostileArchive("archive-damaged", f"{archive.name} cannot be unpacked: {error}") from error
    reading.make_links()


def unpacked_size(archive: Path) -> int:
    """Return the bytes that an archive will take; it says so itself, and is held to it by `unpack`'s limit."""
    try:
        with tarfile.open(archive, mode="r|gz") as tar:
            return sum(member.size + 4096 for member in tar if member.size > 0)
    except (tarfile.TarError, zlib.error, EOFError, UnicodeError) as error:
        raise HostileArchive("archive-damaged", f"{archive.name} cannot be unpacked: {error}") from error


def _limit(archive: Path) -> int:
    return min(MOST_BYTES, max(SMALL, MOST_RATIO * archive.stat().st_size))


class _Unpacking:
    """One archive on its way to disk."""

    def __init__(self, target: Path, limit: int) -> None:
        self.target = target
        self.left = self.limit = limit
        self.files: set[str] = set()
        self.names: set[str] = set()
        self.links: dict[str, str] = {}

    def take(self, tar: tarfile.TarFile, member: tarfile.TarInfo) -> None:
        name = self._checked(member)
        if not name:
            return
        path = self.target / name
        self._make_folders(name if member.isdir() else os.path.dirname(name))
        if member.issym():
            self.links[name] = _inside(name, member.linkname)
        elif member.isreg():
            content = tar.extractfile(member)
            if content is None:
                raise _hostile(name, "has no content")
            self._write(content, path, PROGRAM if member.mode & 0o100 else FILE)

    def _checked(self, member: tarfile.TarInfo) -> str:
        """Return the member's name when it may be unpacked, "" for the tree itself."""
        name = member.name[2:] if member.name.startswith("./") else member.name
        name = name.rstrip("/") if member.isdir() else name
        if name in ("", ".") and member.isdir():
            return ""
        parts, problem = name.split("/"), ""
        if not (member.isreg() or member.isdir() or member.issym()) or member.issparse():
            problem = "is a hard link, a device or another special file"
        elif name.startswith("/") or ".." in parts or "." in parts or "" in parts or "\\" in name:
            problem = "leads out of the tree"
        elif not name.isprintable() or len(name.encode()) > archives.LONGEST_NAME or len(parts) > _DEEPEST:
            problem = "has a name no tree needs"
        elif any(len(part.encode()) > 255 for part in parts):
            problem = "has a name no file system takes"
        elif any("/".join(parts[:end]) in self.links for end in range(1, len(parts) + 1)):
            problem = "lies behind a link"
        elif name in self.files or (not member.isdir() and (self.target / name).is_dir()):
            problem = "is there twice"
        elif len(self.names) >= archives.MOST_MEMBERS:
            problem = f"is one more than the {archives.MOST_MEMBERS} members allowed"
        if problem:
            raise _hostile(member.name, problem)
        self._note(name, parts, is_file=not member.isdir())
        return name

    def _note(self, name: str, parts: list[str], is_file: bool) -> None:
        for end in range(1, len(parts) + 1):
            if "/".join(parts[:end]) in self.files:
                raise _hostile(name, "lies below a file")
        self.names.add(name)
        if is_file:
            self.files.add(name)

    def _make_folders(self, name: str) -> None:
        _make_folder(self.target / name if name else self.target)

    def _write(self, content: IO[bytes], path: Path, mode: int) -> None:
        with path.open("xb") as file:
            for block in iter(lambda: content.read(_BLOCK), b""):
                self.left -= len(block)
                if self.left < 0:
                    raise HostileArchive("archive-hostile", f"unpacks to more than {self.limit >> 20} MB")
                file.write(block)
        path.chmod(mode)

    def make_links(self) -> None:
        """Make the links last, so that nothing is ever written through one; each must end inside the tree."""
        for name, target in self.links.items():
            (self.target / name).symlink_to(target)
        home = os.path.realpath(self.target)
        for name, target in self.links.items():
            end = os.path.realpath(self.target / name)
            if not end.startswith(home + os.sep):
                raise _hostile(name, f"is a link to {target[:80]!r}, out of the tree")


def _inside(name: str, target: str) -> str:
    """Return a link's target when it is relative and, read word by word, stays in the tree."""
    end = os.path.normpath(os.path.join(os.path.dirname(name), target))
    if not target or target.startswith("/") or not target.isprintable() or end == ".." or end.startswith("../"):
        raise _hostile(name, f"is a link to {target[:80]!r}, out of the tree")
    return target


def _hostile(name: str, problem: str) -> HostileArchive:
    return HostileArchive("archive-hostile", f"member {name[:120]!r} {problem}")


def open_up(release: Path, writable: Iterable[str], links: Mapping[str, str]) -> None:
    """Turn the writable paths and the configuration files of an unpacked tree into links to `shared/`.

    What lay there goes to `initial/<path>`; a path that the tree does not have becomes a folder.
    """
    tree, initial = release / TREE, release / INITIAL
    _make_folder(initial)
    roots = outermost(writable)
    for path in roots:
        _refuse_link_above(tree, path)
        place, kept = tree / path, initial / path
        _make_folder(kept.parent)
        if place.is_symlink():
            raise HostError("tree-invalid", f"{path} shall be writable but is a link in the tree")
        if place.exists():
            os.rename(place, kept)
        else:
            _make_folder(kept)
            _make_folder(place.parent)
        place.symlink_to(_up(path) + f"shared/data/{path}")
    for path, target in links.items():
        if not any(path == root or path.startswith(root + "/") for root in roots):
            _refuse_link_above(tree, path)
            _link_file(tree / path, _up(path) + target)


def outermost(paths: Iterable[str]) -> tuple[str, ...]:
    """Return the paths without those that lie below another one."""
    chosen: list[str] = []
    for path in sorted(set(paths), key=lambda text: text.split("/")):
        if not any(path.startswith(above + "/") for above in chosen):
            chosen.append(path)
    return tuple(chosen)


def _up(path: str) -> str:
    """Return the way from the folder of `path` in the tree to the app's folder, three folders above the tree."""
    return "../" * (path.count("/") + 3)


def _make_folder(folder: Path) -> None:
    """Make a folder, and those above it, that the web server may read whatever the umask."""
    if not folder.is_dir():
        _make_folder(folder.parent)
        folder.mkdir()
        folder.chmod(FOLDER)


def _link_file(place: Path, target: str) -> None:
    if place.is_dir() and not place.is_symlink():
        raise HostError("tree-invalid", f"{place.name} shall be a configuration file but is a folder in the tree")
    _make_folder(place.parent)
    durable.remove(place)
    place.symlink_to(target)


def _refuse_link_above(tree: Path, path: str) -> None:
    parts = path.split("/")
    for end in range(1, len(parts)):
        if (tree / "/".join(parts[:end])).is_symlink():
            raise HostError("tree-invalid", f"{path} lies behind the link {'/'.join(parts[:end])} of the tree")
