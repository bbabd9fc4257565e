"""Unpacking what a catalog delivered as if its maker were hostile: plain files and folders, only below the target.

Refused: absolute names, `..`, links, devices, FIFOs, names twice, too many members, too many bytes. Modes and
owners of the archive are not taken over.
"""

from __future__ import annotations

import re
import tarfile
import zipfile
import zlib
from pathlib import Path
from typing import IO

from .durable import FOLDER_MODE
from .errors import HostError

MOST_MEMBERS = 50_000
MOST_BYTES = 1 << 30
LONGEST_NAME = 400
_BLOCK = 1 << 18
_UV = re.compile(r"uv-[0-9][0-9A-Za-z.]*\.data/scripts/uv")
_EXECUTABLE_LIMIT = 256 << 20


class HostileArchive(HostError):
    """An archive holds something a release never needs."""


def unpack_static(archive: Path, target: Path, most_bytes: int = MOST_BYTES) -> None:
    """Unpack a gzipped tar of static files into the new folder `target`."""
    target.mkdir(FOLDER_MODE)
    seen: set[str] = set()
    left = most_bytes
    try:
        with tarfile.open(archive, mode="r|gz") as tar:
            for member in tar:
                path = _checked(member, seen)
                if member.isdir():
                    (target / path).mkdir(FOLDER_MODE, parents=True, exist_ok=True)
                    continue
                (target / path).parent.mkdir(FOLDER_MODE, parents=True, exist_ok=True)
                content = tar.extractfile(member)
                if content is None:
                    raise HostileArchive("archive-hostile", f"{path!r} has no content")
                left -= _write(content, target / path, left)
    except (tarfile.TarError, zlib.error, EOFError) as error:
        raise HostileArchive("archive-damaged", f"{archive.name} cannot be unpacked: {error}") from error


def _checked(member: tarfile.TarInfo, seen: set[str]) -> str:
    """Return the member's name when it may be unpacked."""
    name = member.name[2:] if member.name.startswith("./") else member.name
    parts = name.rstrip("/").split("/")
    problem = ""
    if not (member.isreg() or member.isdir()) or member.issparse():
        problem = "is a link, a device or another special file"
    elif name.startswith("/") or ".." in parts or "\\" in name or "\0" in name:
        problem = "leads out of the release"
    elif not name.isprintable() or len(name) > LONGEST_NAME:
        problem = "has a name no release needs"
    elif member.isreg() and ("" in parts or name in seen):
        problem = "is there twice or has no name"
    elif len(seen) >= MOST_MEMBERS:
        problem = f"is one more than the {MOST_MEMBERS} members allowed"
    if problem:
        raise HostileArchive("archive-hostile", f"member {member.name[:120]!r} {problem}")
    seen.add(name)
    return name


def _write(content: IO[bytes], path: Path, limit: int) -> int:
    written = 0
    with path.open("xb") as file:
        for block in iter(lambda: content.read(_BLOCK), b""):
            written += len(block)
            if written > limit:
                raise HostileArchive("archive-hostile", f"unpacks to more than {MOST_BYTES >> 20} MB")
            file.write(block)
    return written


def unpack_uv(wheel: Path, target: Path) -> None:
    """Take the uv program out of its wheel."""
    try:
        with zipfile.ZipFile(wheel) as archive:
            names = [name for name in archive.namelist() if _UV.fullmatch(name)]
            if len(names) != 1:
                raise HostileArchive("archive-hostile", f"{wheel.name} is not a wheel of uv")
            with archive.open(names[0]) as content:
                _write(content, target, _EXECUTABLE_LIMIT)
    except zipfile.BadZipFile as error:
        raise HostileArchive("archive-damaged", f"{wheel.name} cannot be unpacked: {error}") from error
    target.chmod(0o755)


def unpacked_size(path: Path, kind: str) -> int:
    """Return the bytes an artifact will take unpacked: exact for wheels, estimated for the rest."""
    if kind not in ("wheel", "tool"):
        return 4 * path.stat().st_size
    try:
        with zipfile.ZipFile(path) as archive:
            return sum(min(member.file_size, _EXECUTABLE_LIMIT) for member in archive.infolist())
    except zipfile.BadZipFile as error:
        raise HostileArchive("archive-damaged", f"{path.name} is not a wheel: {error}") from error
