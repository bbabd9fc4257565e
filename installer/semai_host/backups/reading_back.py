"""Reading a set back to its end and comparing every file with the manifest: what makes a set a set."""

from __future__ import annotations

import hashlib
import json
import tarfile
from collections.abc import Sequence
from typing import IO, Any, Protocol

from .. import durable
from ..errors import HostError
from .engine import Engine
from .staging import MANIFEST

_BLOCK = 1 << 20
_LONGEST_MANIFEST = 256 << 20


class Reader(Protocol):
    """What is done with the content of a set while it is read."""

    def wants(self, path: str) -> bool:
        """Tell whether a path of the set, such as `e-planning/media/a.pdf`, is to be read and compared."""

    def folder(self, path: str, member: tarfile.TarInfo) -> None: ...

    def file(self, path: str, member: tarfile.TarInfo, content: IO[bytes]) -> str:
        """Read a file to its end and return its sha256."""


class Comparing:
    """Reads everything and keeps nothing."""

    def wants(self, path: str) -> bool:
        return True

    def folder(self, path: str, member: tarfile.TarInfo) -> None:
        return

    def file(self, path: str, member: tarfile.TarInfo, content: IO[bytes]) -> str:
        digest = hashlib.sha256()
        for block in iter(lambda: content.read(_BLOCK), b""):
            digest.update(block)
        return digest.hexdigest()


def manifest_of(engine: Engine, name: str) -> dict[str, Any]:
    """Read all of the set and return its manifest; raise HostError `set-damaged` at the first difference."""
    return read(engine, name, Comparing())


def read(engine: Engine, name: str, reader: Reader) -> dict[str, Any]:
    """Give what `reader` wants of the set to it; return the manifest, raise HostError `set-damaged` as above."""
    found: dict[str, str] = {}
    manifest: dict[str, Any] | None = None
    try:
        with engine.opened(name) as stream, tarfile.open(fileobj=stream, mode="r|") as tar:
            for member in tar:
                path = _path(name, member)
                if path == MANIFEST:
                    manifest = _manifest(name, _content(tar, member).read(_LONGEST_MANIFEST))
                elif path and reader.wants(path):
                    if member.isdir():
                        reader.folder(path, member)
                    else:
                        found[path] = reader.file(path, member, _content(tar, member))
    except (tarfile.TarError, EOFError) as error:
        raise damaged(name, str(error)) from error
    if manifest is None:
        raise damaged(name, "its manifest is missing")
    parts = {path: digest for path, digest in manifest["parts"].items() if reader.wants(path)}
    wrong = {path for path in {*found, *parts} if found.get(path) != parts.get(path)}
    if wrong:
        raise damaged(name, f"{len(wrong)} files differ from its manifest, the first is {min(wrong)}")
    return manifest


def manifest_alone(engine: Engine, name: str) -> dict[str, Any]:
    """Return the manifest without reading the rest; raise HostError `set-damaged` when it was changed."""
    return _manifest(name, engine.part(name, MANIFEST))


def of_apps(apps: Sequence[str], path: str) -> bool:
    """Tell whether a path of a set belongs to one of `apps`."""
    return path.split("/")[0] in apps


def damaged(name: str, problem: str) -> HostError:
    return HostError("set-damaged", f"the set {name} cannot be read back: {problem}", "semai-host backup list")


def _path(name: str, member: tarfile.TarInfo) -> str:
    """Return the member's path in the set, empty for the set itself; refuse what a set never holds."""
    path = member.name.lstrip("/")
    inside = path == name or path.startswith(f"{name}/")
    if member.isdir() and (not path or path == "."):
        return ""
    if not (member.isreg() or member.isdir()) or not inside or ".." in path.split("/"):
        raise damaged(name, f"{member.name[:120]!r} is no file of a set")
    return path[len(name) + 1 :]


def _content(tar: tarfile.TarFile, member: tarfile.TarInfo) -> IO[bytes]:
    content = tar.extractfile(member)
    if content is None:
        raise tarfile.ReadError(f"{member.name[:120]!r} has no content")
    return content


def _manifest(name: str, content: bytes) -> dict[str, Any]:
    try:
        record = json.loads(content)
    except ValueError as error:
        raise damaged(name, "its manifest is not JSON") from error
    rest = {key: value for key, value in record.items() if key != "digest"} if isinstance(record, dict) else {}
    if not rest or record.get("digest") != durable.digest_of(rest) or not isinstance(rest.get("parts"), dict):
        raise damaged(name, "its manifest was changed")
    if rest.get("set") != name:
        raise damaged(name, "its manifest is that of another set")
    return rest
