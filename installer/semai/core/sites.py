"""Where each app listens, where people reach it and where its data lies, in both profiles. Pure.

Embedded: 127.0.0.1 and SQLite. Server: behind the proxy at https://<site>.<domain>, on 127.0.0.1 when everything
that asks it is on its own machine and else on the machine's own address; databases behind a socket or that address.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from semai.core.catalog import AppKey, Manifest
from semai.core.contracts import Link
from semai.core.hosts import Hosts
from semai.core.references import secret_reference
from semai.core.region import Region, Selection

LOOPBACK = "127.0.0.1"
SQLITE = "shared/data/db.sqlite3"
SOCKETS = {"postgresql": "/run/postgresql", "mariadb": "/run/mysqld/mysqld.sock"}
PORTS = {"postgresql": 5432, "mariadb": 3306}
PASSWORD = "database_password"  # noqa: S105 - the name of a secret


@dataclass(frozen=True)
class Site:
    """One app's addresses; `binds` per host in the server profile, leader first, is empty in the embedded one."""

    name: str  # what people call it by: an address or a domain name
    port: int
    url: str  # for people
    inner_url: str  # for other apps
    bind: str  # of the leader
    binds: Mapping[str, str] = field(default_factory=dict)
    askers: tuple[str, ...] = ()  # addresses of other machines that ask it

    def values(self, bind: str) -> dict[str, Any]:
        """Return what templates see of it on the host where it listens at `bind`."""
        found = {"bind": bind, "host": self.name, "port": self.port, "url": self.url}
        return {**found, "proxies": 1 if self.binds else 0}


@dataclass(frozen=True)
class Database:
    """One app's database; `clients` are addresses of other machines that use it."""

    driver: str
    name: str = ""
    host: str = ""
    port: int = 0
    path: str = ""
    url: str = ""
    password: str = ""  # a reference to the vault
    clients: tuple[str, ...] = ()

    def request(self) -> dict[str, Any]:
        """Return it as the host tool is told."""
        if self.driver == "sqlite":
            return {"driver": "sqlite", "path": SQLITE}
        return {"driver": self.driver, "name": self.name, "user": self.name, "host": self.host, "port": self.port}

    def values(self) -> dict[str, Any]:
        """Return what templates see of it."""
        if self.driver == "sqlite":
            return {"driver": "sqlite", "path": self.path, "url": self.url, "password": ""}
        return {**self.request(), "url": self.url, "password": self.password}


def embedded_site(port: int) -> Site:
    """Return where an app of the embedded profile listens, which is where people reach it."""
    bind = f"{LOOPBACK}:{port}"
    return Site(LOOPBACK, port, f"http://{bind}", f"http://{bind}", bind)


def server_site(
    hosts: Hosts, region: Region, selection: Selection, links: Sequence[Link], key: AppKey, manifest: Manifest
) -> Site:
    """Return where an app of the server profile listens and is reached."""
    selected = selection.apps[str(key)]
    name = f"{selected.site or key.id}.{region.domain}"
    carriers = hosts.carriers(str(key))
    consumers = {host for link in links if link.provider == key for host in hosts.carriers(str(link.consumer))}
    asking = {*hosts.proxies, *consumers}
    binds = {
        host.name: f"{LOOPBACK if asking <= {host} else bracketed(host.address)}:{selected.port}"
        for host in carriers
    }
    url = f"https://{name}"
    bind = next(iter(binds.values()), f"{LOOPBACK}:{selected.port}")
    inner = f"http://{bind}" if manifest.runtime == "python" else url
    askers = tuple(sorted({host.address for host in asking}))
    return Site(name, selected.port, url, inner, bind, binds, askers)


def driver_of(manifest: Manifest, *, server: bool) -> str:
    """Return the driver of an app's database, empty when it has none."""
    wanted = manifest.resources.database
    if wanted == "none":
        return ""
    if not server:
        return "sqlite"
    if wanted == "sql":
        return "mariadb" if manifest.runtime == "php" else "postgresql"
    return wanted


def embedded_database(folder: str) -> Database:
    """Return the database of an app of the embedded profile."""
    path = f"{folder}/{SQLITE}"
    return Database("sqlite", path=path, url=f"sqlite:///{path}")


def server_database(hosts: Hosts, key: AppKey, manifest: Manifest) -> Database | None:
    """Return the database of an app of the server profile."""
    driver = driver_of(manifest, server=True)
    if not driver:
        return None
    name = database_name(key.id)
    carriers, keeper = hosts.carriers(str(key)), hosts.database
    local = set(carriers) <= {keeper}
    host = SOCKETS[driver] if local else keeper.address
    return Database(
        driver,
        name,
        host,
        PORTS[driver],
        url=_url(driver, name, host, local),
        password=secret_reference("apps", key.id, PASSWORD),
        clients=() if local else tuple(sorted(c.address for c in carriers)),
    )


def database_name(app: str) -> str:
    """Return the name of an app's database and role."""
    return f"semai_{app.replace('-', '_')}"


def bracketed(address: str) -> str:
    """Return an address as it stands before a port."""
    return f"[{address}]" if ":" in address else address


def is_address(text: str) -> bool:
    """Tell whether `text` is an IP address."""
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def network(address: str) -> str:
    """Return an address as a network of one machine."""
    return f"{address}/{128 if ':' in address else 32}"


def _url(driver: str, name: str, host: str, local: bool) -> str:
    if driver == "postgresql":
        place = host.replace("/", "%2F") if local else bracketed(host)
        return f"postgresql://{name}@{place}:{PORTS[driver]}/{name}"
    if local:
        return f"mysql://{name}@localhost/{name}?unix_socket={host}"
    return f"mysql://{name}@{bracketed(host)}:{PORTS[driver]}/{name}"
