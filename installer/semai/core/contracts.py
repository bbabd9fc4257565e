"""How apps are wired: who provides a contract to whom, and what each side is told about it. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from semai.core.catalog import AppKey
from semai.core.lockfile import Lock
from semai.core.references import secret_reference


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


def token_reference(link: Link) -> str:
    """Return the reference both sides of `link` carry."""
    return secret_reference("contracts", *link.token_path)


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
