"""Filters over items of `semai_apps`: which to look at, what to stage, what to ask the host tool for."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
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
    left_out = ("environment", "files", "state", "purge", "hosts")
    request = {key: value for key, value in item.items() if key not in left_out}
    request["files"] = {path: _placed(entry) for path, entry in semai_files(item).items()}
    sample_data = bool(item.get("commands", {}).get("sample_data"))  # the lock names the command only when asked
    return {**request, "sample_data": sample_data, "by": by}


def semai_overwritten(names: list[str], app: str) -> list[str]:
    """Return the paths that `names` (each app/path) have of one app."""
    return [path for name, _, path in (text.partition("/") for text in names) if name == app]


def _placed(entry: Mapping[str, Any]) -> dict[str, str]:
    """Return what the host tool is told of a file: its mode, and where a PHP tree reads it."""
    return {name: entry[name] for name in ("mode", "place") if name in entry}


def semai_here(item: Mapping[str, Any], host: str) -> dict[str, Any]:
    """Return an item of `semai_apps` as `host` is told it: absent where only other hosts carry the app."""
    hosts = item.get("hosts")
    if hosts is None:
        return dict(item)
    if host not in hosts:
        return {"name": item["name"], "state": "absent", "purge": False}
    own = dict(hosts[host])
    health = {**item.get("health", {}), "url": own.pop("health_url", item.get("health", {}).get("url", ""))}
    return {**item, **own, "health": health}


def semai_for_host(items: list[Any], host: str) -> list[Any]:
    """Return every item as `host` is told it."""
    return [semai_here(item, host) for item in items]


def semai_hosts(item: Mapping[str, Any]) -> list[str]:
    """Return the hosts that carry an app, the leader first; none where every host is on its own."""
    hosts = item.get("hosts") or {}
    return sorted(hosts, key=lambda name: not hosts[name].get("leader", True))


def semai_beginning(items: list[Any], host: str, server: Mapping[str, Any]) -> bool:
    """Tell whether the first app can be begun as soon as `host` has its databases, before the rest of its ground.

    So it is for an app of Python that shall be there, in a region of one machine: of several, another one may still
    have the app with its data, and is asked first.
    """
    first = items[0] if items else {}
    wanted = first.get("state", "present") == "present" and first.get("runtime") == "python"
    return list(server) == [host] and wanted


def semai_kept_by(item: Mapping[str, Any], hosts: list[str], hostvars: Mapping[str, Any]) -> list[str]:
    """Return the hosts of the play that shall not carry an app any more but could not let it go."""
    carriers = item.get("hosts")
    others = [host for host in hosts if carriers is not None and host not in carriers]
    return [host for host in others if item["name"] in (hostvars[host].get("__app_failed") or ())]


def semai_revealed(value: Any, vault: Mapping[str, Any]) -> Any:
    """Return `value` with every string that is a whole reference replaced by its secret."""
    if isinstance(value, Mapping):
        return {key: semai_revealed(entry, vault) for key, entry in value.items()}
    if isinstance(value, str):
        match = REFERENCE.fullmatch(value)
        return _secret(match.group(1), vault) if match else value
    if isinstance(value, (list, tuple)):
        return [semai_revealed(entry, vault) for entry in value]
    return value


def semai_driven(databases: list[Any], driver: str, state: str = "present") -> list[Any]:
    """Return the databases of one driver, those to be there or those to go."""
    return [item for item in databases if item["driver"] == driver and item["state"] == state]


def semai_wants(roles: Any, role: str, host: str, server: Mapping[str, Any]) -> bool:
    """Tell whether `role` is to be run on `host`: `roles` are names, names per host, or null for all it needs."""
    needed = (server.get(host) or {}).get("roles", {})
    if role not in needed:
        return False
    if roles in (None, ""):
        return True
    return role in (roles.get(host, []) if isinstance(roles, Mapping) else roles)


def semai_beside(paths: Mapping[str, str], folder: str) -> dict[str, str]:
    """Return relative paths as absolute ones below `folder`."""
    return {name: str(Path(folder) / path) for name, path in paths.items()}


class FilterModule:
    """What Ansible loads."""

    def filters(self) -> dict[str, Any]:
        """Return the filters by name."""
        return {
            "semai_beginning": semai_beginning,
            "semai_beside": semai_beside,
            "semai_driven": semai_driven,
            "semai_files": semai_files,
            "semai_for_host": semai_for_host,
            "semai_here": semai_here,
            "semai_hosts": semai_hosts,
            "semai_kept_by": semai_kept_by,
            "semai_overwritten": semai_overwritten,
            "semai_providers": semai_providers,
            "semai_request": semai_request,
            "semai_revealed": semai_revealed,
            "semai_secrets": semai_secrets,
            "semai_selected": semai_selected,
            "semai_wants": semai_wants,
        }
