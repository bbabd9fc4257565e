"""How apps are wired: who provides a contract to whom, and by which reference each side finds the token.

Tokens live in the vault; everything else carries `@secret(path)` references, written only by semai. A path names
the keys from `semai_vault` downwards, joined by dots; a contract's id holds a dot itself, so `secret_at` follows
the longest key that fits at each step. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from semai.core.catalog import AppKey
from semai.core.lockfile import Lock

REFERENCE = re.compile(r"@secret\(([a-z0-9._-]+)\)")


@dataclass(frozen=True, order=True)
class Link:
    """One contract between two installed apps."""

    contract: str
    version: str
    provider: AppKey
    consumer: AppKey

    @property
    def token_path(self) -> tuple[str, str, str]:
        """Return where the token lies below `contracts` in the vault."""
        return self.provider.id, self.contract, self.consumer.id


def links_of(lock: Lock) -> list[Link]:
    """Return every contract in use, in a stable order."""
    return sorted(
        Link(contract, found.version, AppKey.parse(found.provider), AppKey.parse(consumer))
        for consumer, contracts in lock.contracts.items()
        for contract, found in contracts.items()
    )


def secret_reference(*path: str) -> str:
    """Return the text that stands for a vault value, for example `@secret(apps.e-planning.secret_key)`."""
    return f"@secret({'.'.join(path)})"


def token_reference(link: Link) -> str:
    """Return the reference both sides of `link` carry."""
    return secret_reference("contracts", *link.token_path)


def references_in(value: Any) -> Iterator[str]:
    """Yield every text in `value` that contains the mark of a reference, keys included."""
    if isinstance(value, str):
        if "@secret(" in value:
            yield value
    elif isinstance(value, Mapping):
        for key, part in value.items():
            yield from references_in(key)
            yield from references_in(part)
    elif isinstance(value, (list, tuple)):
        for part in value:
            yield from references_in(part)


def secret_at(vault: Mapping[str, Any], path: str) -> str | None:
    """Return the text at a dotted path of the vault, or None when there is none."""
    value: Any = vault
    rest = path
    while rest and isinstance(value, Mapping):
        fitting = [key for key in value if rest == key or rest.startswith(f"{key}.")]
        if not fitting:
            return None
        key = max(fitting, key=len)
        value, rest = value[key], rest[len(key) + 1 :]
    return value if isinstance(value, str) and not rest else None


def serving(links: Sequence[Link], app: AppKey) -> dict[str, Any]:
    """Return the `provides` half of SEMAI_CONTRACTS of `app`."""
    provided: dict[str, Any] = {}
    for link in links:
        if link.provider == app:
            entry = provided.setdefault(link.contract, {"version": link.version, "consumers": {}})
            entry["consumers"][link.consumer.id] = token_reference(link)
    return provided


def reading(links: Sequence[Link], app: AppKey, base_urls: Mapping[AppKey, str]) -> dict[str, Any]:
    """Return the `consumes` half of SEMAI_CONTRACTS of `app`; `base_urls` has the address of every provider."""
    return {
        link.contract: {
            "version": link.version,
            "url": f"{base_urls[link.provider]}/api/{link.contract}/{link.version}",
            "token": token_reference(link),
            "provider": link.provider.id,
        }
        for link in links
        if link.consumer == app
    }
