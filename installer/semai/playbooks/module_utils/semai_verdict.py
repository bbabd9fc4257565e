"""What an app on this host needs to become what is asked; decided on the host: a second run does nothing."""

from __future__ import annotations

import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ansible.module_utils.semai_edits import Edits, digest


def managed_files(edits: Edits, files: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, str]]:
    """Return {path: {sha256, mode, …}} of what is staged for the app, else live; missing ones are left out.

    An edited file is asked for as it is, with the digest of what was `shipped`.
    """
    found = {}
    for path, entry in files.items():
        staged, live = edits.app / "staged" / path, edits.app / path
        place = staged if staged.is_file() else live
        if not place.is_file():
            continue
        sha256 = digest(place.read_bytes())
        shipped = sha256 if edits.keeps(path, sha256) else edits.recorded(path) if place == live else ""
        if shipped:
            sha256 = digest(live.read_bytes())
        found[path] = {**entry, "sha256": sha256, "mode": str(entry["mode"]), "shipped": shipped}
    return found


def verdict(item: Mapping[str, Any], state: Mapping[str, Any], staged: Path) -> tuple[str, ...]:
    """Return the host tool's words: activate, configure, service start, recover, or nothing."""
    name = str(item["name"])
    found = state["apps"].get(name) or {}
    receipt = found.get("receipt")
    if not receipt or receipt["release"] != item["release"]:
        return ("activate",)
    wanted = {path: entry["shipped"] for path, entry in item["files"].items() if entry["shipped"]}
    same_files = (_plain(receipt["files"]), receipt.get("edited", {})) == (_plain(item["files"]), wanted)
    if receipt["config"] != item["config"] or _staged(staged) or not same_files:
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
