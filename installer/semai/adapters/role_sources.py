"""Digests of what makes a role do what it does, so that a newer semai brings what it does otherwise.

That is the role's own files and the modules and plugins all roles share; hostctl brings the host tool besides.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path

from semai.adapters.resources import Resources
from semai.core.roles import TOOL_ROLE
from semai.core.server import ROLES

PLUGINS = ("library", "module_utils", "action_plugins")


def role_digests(resources: Resources) -> dict[str, str]:
    """Return role -> sha256 over the files that decide what it does; roles that are not there are left out."""
    shared = [resources.playbooks / name for name in PLUGINS]
    digests = {}
    for role in ROLES:
        folder = resources.roles / role
        if folder.is_dir():
            own = [folder, resources.host_tool] if role == TOOL_ROLE else [folder]
            digests[role] = _digest([*own, *shared])
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
