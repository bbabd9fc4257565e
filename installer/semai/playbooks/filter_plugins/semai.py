"""Filters over items of `semai_apps`: which to look at, what to stage, what to ask the host tool for."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ansible.errors import AnsibleFilterError

REFERENCE = re.compile(r"@secret\(([^()]+)\)")


def semai_secrets(value: Any, vault: Mapping[str, Any]) -> dict[str, Any]:
    """Return {path: secret} of every string in `value` that is a whole `@secret(path)` reference.

    Only what is named leaves the vault; a path that the vault does not have is an error.
    """
    found: dict[str, Any] = {}
    _collect(value, vault, found)
    return found


def _collect(value: Any, vault: Mapping[str, Any], found: dict[str, Any]) -> None:
    if isinstance(value, Mapping):
        for entry in value.values():
            _collect(entry, vault, found)
    elif isinstance(value, str):
        if match := REFERENCE.fullmatch(value):
            found[match.group(1)] = _secret(match.group(1), vault)
    elif isinstance(value, (list, tuple)):
        for entry in value:
            _collect(entry, vault, found)


def _secret(path: str, vault: Mapping[str, Any]) -> Any:
    ways = list(_walk(path.split("."), vault))
    if len(ways) != 1:
        raise AnsibleFilterError(f"the vault has no secret {path}; run semai lock")
    return ways[0]


def _walk(parts: list[str], place: Any) -> Any:
    """Yield what `parts` lead to; keys may contain dots themselves (contracts do), so every split is tried."""
    if not parts:
        yield place
        return
    if not isinstance(place, Mapping):
        return
    for count in range(1, len(parts) + 1):
        key = ".".join(parts[:count])
        if key in place:
            yield from _walk(parts[count:], place[key])


def semai_selected(items: list[Any], only: list[str] | str | None) -> list[Any]:
    """Return the items named in `only`, in its order; all items when `only` is null."""
    if only in (None, ""):  # ansible-core 2.17 turns a templated null into an empty text
        return list(items)
    named = {str(item["name"]): item for item in items}
    if unknown := [name for name in only if name not in named]:
        raise AnsibleFilterError(f"no app of this region is called {unknown[0]}")
    return [named[name] for name in only]


def semai_providers(item: Mapping[str, Any]) -> list[str]:
    """Return the apps whose contracts this one reads."""
    contracts = item.get("environment", {}).get("SEMAI_CONTRACTS") or {}
    consumed = contracts.get("consumes") or {}
    return sorted({str(entry["provider"]) for entry in consumed.values() if entry.get("provider")})


def semai_files(item: Mapping[str, Any]) -> dict[str, Any]:
    """Return every file of an app for semai_tree: the written ones, and its environment as shared/env."""
    environment = {"environment": item["environment"], "mode": "0600"}
    return {**item.get("files", {}), "shared/env": environment}


def semai_request(item: Mapping[str, Any], by: str) -> dict[str, Any]:
    """Return the host tool's request: the item without contents, which are staged, and without environment."""
    request = {key: value for key, value in item.items() if key not in ("environment", "files", "state", "purge")}
    request["files"] = {path: {"mode": entry["mode"]} for path, entry in semai_files(item).items()}
    sample_data = bool(item.get("commands", {}).get("sample_data"))  # the lock names the command only when asked
    return {**request, "sample_data": sample_data, "by": by}


class FilterModule:
    """What Ansible loads."""

    def filters(self) -> dict[str, Any]:
        """Return the filters by name."""
        return {
            "semai_files": semai_files,
            "semai_providers": semai_providers,
            "semai_request": semai_request,
            "semai_secrets": semai_secrets,
            "semai_selected": semai_selected,
        }
