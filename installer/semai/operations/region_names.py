"""What a region's network must know of its servers: DNS records to create, and the CA certificate to trust."""

from __future__ import annotations

from dataclasses import dataclass

from semai.adapters.authority import Described, described
from semai.adapters.vault import VaultFile
from semai.core.catalog import AppKey
from semai.core.server import addresses_of
from semai.core.sites import is_address
from semai.errors import InvalidInput
from semai.operations.region_read import RegionView


@dataclass(frozen=True)
class Record:
    """One DNS record."""

    name: str
    type: str  # A, AAAA or CNAME
    value: str


@dataclass(frozen=True)
class Names:
    """DNS records of all apps; `authority` is None when certificates come from elsewhere, or before the lock."""

    records: tuple[Record, ...]
    source: str  # region-ca | files | acme
    authority: Described | None


def region_names(view: RegionView, vault: VaultFile) -> Names:
    """Return the names of a region of the server profile; raises InvalidInput `not-a-server`."""
    if not view.hosts.server:
        raise InvalidInput(
            "not-a-server",
            "{region} runs on this machine alone and needs no names",
            hint="semai open APP",
            region=view.name,
        )
    source = view.hosts.vars.semai_certificate
    authority = vault.read().ca if source == "region-ca" else None
    records = tuple(
        Record(f"{app.site or AppKey.parse(text).id}.{view.region.domain}", _type(address), address)
        for text, app in view.selection.apps.items()
        for address in addresses_of(view.hosts)
    )
    return Names(records, source, described(authority) if authority else None)


def _type(address: str) -> str:
    if not is_address(address):
        return "CNAME"
    return "AAAA" if ":" in address else "A"
