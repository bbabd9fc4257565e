"""What an app on this host needs to become what is asked; decided on the host: a second run does nothing."""

from __future__ import annotations

import hashlib
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Any


def managed_files(app: Path, files: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, str]]:
    """Return {path: {sha256, mode, …}} of what is staged below `app`, else live; missing ones are left out."""
    found = {}
    for path, entry in files.items():
        for place in (app / "staged" / path, app / path):
            if place.is_file():
                digest = hashlib.sha256(place.read_bytes()).hexdigest()
                found[path] = {**entry, "sha256": digest, "mode": str(entry["mode"])}
                break
    return found


def verdict(item: Mapping[str, Any], state: Mapping[str, Any], staged: Path) -> tuple[str, ...]:
    """Return the host tool's words: activate, configure, service start, recover, or nothing."""
    name = str(item["name"])
    found = state["apps"].get(name) or {}
    receipt = found.get("receipt")
    if not receipt or receipt["release"] != item["release"]:
        return ("activate",)
    if receipt["config"] != item["config"] or _staged(staged) or _plain(receipt["files"]) != _plain(item["files"]):
        return ("configure",)
    if any(entry["app"] == name for entry in state.get("journal", ())):
        return ("recover",)
    service = found.get("service", {})
    if not service.get("wanted", True):
        return ()
    if service.get("state") != "running":
        return ("service", "start", name)
    if found.get("health", {}).get("status") in ("failing", "unreachable"):
        return ("service", "restart", name)
    return ()


def _plain(files: Mapping[str, Mapping[str, Any]]) -> dict[str, tuple[str, str]]:
    return {path: (entry["sha256"], entry["mode"]) for path, entry in files.items()}


def _staged(folder: Path) -> bool:
    return any(stat.S_ISREG(path.lstat().st_mode) for path in folder.rglob("*"))
