"""Digests of roles' own files, so that a newer semai brings what it does otherwise; hostctl has the host tool."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path

from semai.adapters.resources import Resources
from semai.core.roles import TOOL_ROLE
from semai.core.server import ROLES


def role_digests(resources: Resources) -> dict[str, str]:
    """Return role -> sha256 over the files that decide what it does; roles that are not there are left out."""
    digests = {}
    for role in ROLES:
        folder = resources.roles / role
        if folder.is_dir():
            folders = [folder, resources.host_tool] if role == TOOL_ROLE else [folder]
            digests[role] = _digest(folders)
    return digests


def _digest(folders: Iterable[Path]) -> str:
    digest = hashlib.sha256()
    for folder in folders:
        for path in sorted(path for path in folder.rglob("*") if path.is_file() and _decides(path)):
            content = path.read_bytes()
            digest.update(f"{path.relative_to(folder).as_posix()}\0{len(content)}\0".encode() + content)
    return digest.hexdigest()


def _decides(path: Path) -> bool:
    return path.suffix not in (".md", ".pyc")
