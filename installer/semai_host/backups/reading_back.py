"""Reading a set back to its end and comparing every file with the manifest: what makes a set a set."""

from __future__ import annotations

import hashlib
import json
import tarfile
from typing import IO, Any

from .. import durable
from ..errors import HostError
from .engine import Engine
from .staging import MANIFEST

_BLOCK = 1 << 20
_LONGEST_MANIFEST = 256 << 20


def manifest_of(engine: Engine, name: str) -> dict[str, Any]:
    """Read all of the set and return its manifest; raise HostError `set-damaged` at the first difference."""
    found: dict[str, str] = {}
    manifest: dict[str, Any] | None = None
    try:
        with engine.opened(name) as stream, tarfile.open(fileobj=stream, mode="r|") as tar:
            for member in tar:
                path = _path(name, member)
                if path == MANIFEST:
                    manifest = _manifest(name, tar.extractfile(member))
                elif path and member.isreg():
                    found[path] = _digest(tar.extractfile(member))
    except (tarfile.TarError, EOFError) as error:
        raise _damaged(name, str(error)) from error
    if manifest is None or manifest.get("set") != name:
        raise _damaged(name, "its manifest is missing")
    wrong = {key for key in {*found, *manifest["parts"]} if found.get(key) != manifest["parts"].get(key)}
    if wrong:
        raise _damaged(name, f"{len(wrong)} files differ from its manifest, the first is {min(wrong)}")
    return manifest


def _path(name: str, member: tarfile.TarInfo) -> str:
    """Return the member's path in the set, empty for a folder; refuse what a set never holds."""
    path = member.name.lstrip("/")
    inside = path == name or path.startswith(f"{name}/")
    if member.isdir() and (inside or not path or path == "."):
        return ""
    if not member.isreg() or not inside or ".." in path.split("/"):
        raise _damaged(name, f"{member.name[:120]!r} is no file of a set")
    return path[len(name) + 1 :]


def _digest(content: IO[bytes] | None) -> str:
    digest = hashlib.sha256()
    for block in iter(lambda: content.read(_BLOCK) if content else b"", b""):
        digest.update(block)
    return digest.hexdigest()


def _manifest(name: str, content: IO[bytes] | None) -> dict[str, Any]:
    try:
        record = json.loads(content.read(_LONGEST_MANIFEST) if content else b"")
    except ValueError as error:
        raise _damaged(name, "its manifest is not JSON") from error
    rest = {key: value for key, value in record.items() if key != "digest"} if isinstance(record, dict) else {}
    if not rest or record.get("digest") != durable.digest_of(rest) or not isinstance(rest.get("parts"), dict):
        raise _damaged(name, "its manifest was changed")
    return rest


def _damaged(name: str, problem: str) -> HostError:
    return HostError("set-damaged", f"the set {name} cannot be read back: {problem}", "semai-host backup list")
