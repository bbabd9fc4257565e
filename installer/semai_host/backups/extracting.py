"""Taking a set out of its repository: the parts of some apps, every file compared, or nothing at all."""

from __future__ import annotations

import hashlib
import os
import tarfile
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Any

from .. import durable, space
from ..errors import Refused
from . import reading_back
from .engine import SET, Engine

_BLOCK = 1 << 20
_FOLDER_BITS, _OWN_FOLDER = 0o777, 0o700  # of what a set holds; what makes it readable to us


def extract(engine: Engine, name: str, apps: Sequence[str], folder: Path) -> dict[str, Any]:
    """Lay the parts of `apps` (each `<app>/…` as in the set) in the new `folder`, 0700, and return the manifest.

    Raises Refused `set-unknown`, `app-not-in-set` or `disk-space` before anything is written. HostError
    `set-damaged`, or a full disk, leaves no folder behind. What is there afterwards has reached the disk.
    """
    manifest = listed_manifest(engine, name)
    for app in apps:
        if app not in manifest["apps"]:
            raise Refused("app-not-in-set", f"the set {name} does not hold {app}", "semai-host backup list")
    space.check([space.Need(folder, size_of(engine, manifest, apps), "the set")])
    try:
        durable.make_folder(folder, _OWN_FOLDER)
        read = reading_back.read(engine, name, _Laying(name, tuple(apps), folder))
        os.sync()
    except BaseException:
        durable.remove_tree(folder)
        raise
    return read


def listed_manifest(engine: Engine, name: str) -> dict[str, Any]:
    """Return the manifest of a verified set without reading the rest; raise Refused `set-unknown`."""
    if not SET.fullmatch(name) or name not in {stored.set for stored in engine.sets()}:
        raise Refused("set-unknown", f"the repository has no set {name[:80]}", "semai-host backup list")
    return reading_back.manifest_alone(engine, name)


def size_of(engine: Engine, manifest: dict[str, Any], apps: Sequence[str]) -> int:
    """Return the bytes `apps` take out of the set; for a set that does not say so, those of the whole set."""
    figures = [manifest["apps"][app].get("bytes") for app in apps]
    if None not in figures:
        return sum(figures)
    return next((stored.bytes for stored in engine.sets() if stored.set == manifest["set"]), 0)


class _Laying:
    """Writes what is read below a folder nobody else may enter."""

    def __init__(self, name: str, apps: tuple[str, ...], folder: Path) -> None:
        self.name = name
        self.apps = apps
        self.target = folder

    def wants(self, path: str) -> bool:
        return reading_back.of_apps(self.apps, path)

    def folder(self, path: str, member: tarfile.TarInfo) -> None:
        folder = self.target / path
        durable.make_folder(folder, _OWN_FOLDER)
        folder.chmod(member.mode & _FOLDER_BITS | _OWN_FOLDER)

    def file(self, path: str, member: tarfile.TarInfo, content: IO[bytes]) -> str:
        target, digest = self.target / path, hashlib.sha256()
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        try:
            durable.make_folder(target.parent, _OWN_FOLDER)
            with os.fdopen(os.open(target, flags, 0o600), "wb") as file:
                for block in iter(lambda: content.read(_BLOCK), b""):
                    digest.update(block)
                    file.write(block)
                file.flush()
                os.fchmod(file.fileno(), member.mode & _FOLDER_BITS)
                os.utime(file.fileno(), (member.mtime, member.mtime))
        except (FileExistsError, NotADirectoryError) as error:
            raise reading_back.damaged(self.name, f"{path!r} is in it twice") from error
        return digest.hexdigest()
