"""What the server profile adds to deployment.yml: databases, sites, and per machine which roles with which digest.

`semai_server.<host>.roles` maps each role the machine needs to the digest of everything the role is told there, so
that semai sees without a connection whether a role has something to do. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from semai.core.catalog import AppKey, Manifest, digest_of
from semai.core.hosts import Host, Hosts
from semai.core.marks import Marks
from semai.core.region import Region
from semai.core.sites import Database, Site, database_name, network

DRIVERS = ("postgresql", "mariadb")
ROLES = ("common", *DRIVERS, "hostctl", "backup", "php", "certificate", "nginx")  # in the order they are run
HTTP = ({"name": "http", "port": 80}, {"name": "https", "port": 443})
LOGIN = {
    "python": ["/masuk", "/admin/login"],
    "php": ["/wp-login.php", "/login", "/auth/login", "/admin/login", "/doku.php"],
}
MAX_BODY_MB = 25
TIMERS = ({"name": "verdict", "calendar": "*:0/10", "arguments": ["verdict"]},)  # verbs of the host tool


@dataclass(frozen=True)
class Placed:
    """One locked app with its addresses and its database."""

    key: AppKey
    manifest: Manifest
    site: Site
    database: Database | None
    has_static: bool


def server_parts(
    hosts: Hosts,
    region: Region,
    placed: Sequence[Placed],
    absent: Mapping[str, bool],
    marks: Marks,
    backups: Mapping[str, Mapping[str, Any]],
    imported: str = "",
) -> dict[str, Any]:
    """Return `semai_databases`, `semai_sites` and `semai_server` of deployment.yml."""
    databases = [_database(app.database) for app in placed if app.database]
    sites = [_site(hosts, app) for app in placed]
    server = {
        host.name: _machine(host, hosts, region, placed, databases, sites, marks, backups.get(host.name), imported)
        for host in hosts.machines
    }
    purged = [database_name(name) for name, purge in sorted(absent.items()) if purge]
    used = sorted({database["driver"] for database in databases}) or list(DRIVERS)
    gone = [
        {"name": name, "state": "absent", "purge": True, "driver": driver} for name in purged for driver in used
    ]
    closed = [{"name": name, "state": "absent"} for name in sorted(absent)]
    return {"semai_databases": databases + gone, "semai_sites": sites + closed, "semai_server": server}


def _database(database: Database) -> dict[str, Any]:
    return {
        "name": database.name,
        "state": "present",
        "driver": database.driver,
        "password": database.password,
        "clients": list(database.clients),
    }


def _site(hosts: Hosts, app: Placed) -> dict[str, Any]:
    folder = f"{hosts.semai_root}/apps/{app.key.id}/current"
    here = set(hosts.proxies) <= set(hosts.carriers(str(app.key)))  # every proxy has the app's files itself
    site: dict[str, Any] = {
        "name": app.key.id,
        "state": "present",
        "server_name": app.site.name,
        "upstreams": list(app.site.binds.values()) if app.manifest.runtime != "php" else [],
        "runtime": app.manifest.runtime,
        "static": f"{folder}/static" if here and app.has_static else None,
        "php": None,
        "login": LOGIN[app.manifest.runtime],
        "max_body_mb": MAX_BODY_MB,
    }
    if app.manifest.php is not None:
        php = app.manifest.php
        root = "" if php.root == "." else f"/{php.root}"
        site["php"] = {
            "socket": f"/run/semai/{app.key.id}.sock",
            "root": f"{folder}/tree{root}",
            "closed": _seen(php.root, php.config),
            "inert": _seen(php.root, php.writable),
        }
        site["group"] = f"semai-{app.key.id}"  # of uploads, which the web server hands out itself
        site["max_body_mb"] = max(MAX_BODY_MB, megabytes(str(app.manifest.php.settings.get("post_max_size", ""))))
    return site


def _seen(root: str, places: Iterable[str]) -> list[str]:
    """Return those of a tree's places that lie in its web root, from there."""
    head = "" if root == "." else f"{root}/"
    return [place.removeprefix(head) for place in sorted(places) if place.startswith(head)]


def megabytes(text: str) -> int:
    """Return a size as PHP writes it ("20M", "1G", bytes) in MB, rounded up; 0 for what is no size."""
    digits, unit = (text[:-1], text[-1:].upper()) if text[-1:].isalpha() else (text, "")
    if not digits.isdigit() or unit not in ("", "K", "M", "G"):
        return 0
    count = int(digits) * {"": 1, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30}[unit]
    return -(-count // (1 << 20))


def _machine(
    host: Host,
    hosts: Hosts,
    region: Region,
    placed: Sequence[Placed],
    databases: Sequence[Mapping[str, Any]],
    sites: Sequence[Mapping[str, Any]],
    marks: Marks,
    backup: Mapping[str, Any] | None,
    imported: str,
) -> dict[str, Any]:
    here = [app for app in placed if host.name in app.site.binds]
    kept = databases if host == hosts.database else ()
    drivers = {name: [d for d in kept if d["driver"] == name] for name in DRIVERS}
    proxy = host in hosts.proxies
    names = [site["server_name"] for site in sites] if proxy else []
    listen = {name: [host.address] if any(d["clients"] for d in found) else [] for name, found in drivers.items()}
    extensions = sorted({name for app in here for name in _extensions(app)})
    php = ",".join(sorted({app.manifest.needs.php for app in here if app.manifest.runtime == "php"}))
    packages = sorted({f"{app.database.driver}-client" for app in here if app.database})
    ports = _ports(host, here, kept, listen, proxy=proxy)
    told: dict[str, Any] = {"common": {"ports": ports, "time_zone": region.time_zone, "root": hosts.semai_root}}
    if imported:
        told["common"]["imported"] = imported
    for name, found in drivers.items():
        if found:
            told[name] = {"databases": found, "listen": listen[name], "marks": marks.of(found)}
    if host in hosts.apps:
        told["hostctl"] = {"root": hosts.semai_root, "packages": packages, "timers": TIMERS}
    if backup is not None:
        told["backup"] = {**backup, "marks": marks.of(backup)}
    if any(app.manifest.runtime == "php" for app in here):
        told["php"] = {"extensions": extensions, "version": php}
    if proxy and names:
        chosen = hosts.vars.model_dump(mode="json", include=set(_CERTIFICATE))
        told["certificate"] = {"names": names, **chosen, "marks": marks.at(*_AUTHORITY)}
        told["nginx"] = {"sites": sites}
    return {
        "open_ports": ports,
        "listen": listen,
        "database": host == hosts.database,
        "certificate_names": names,
        "php_extensions": extensions,
        "php_version": php,
        "packages": packages,
        "timers": [dict(timer) for timer in TIMERS],
        "roles": {role: digest_of(told[role]) for role in ROLES if role in told},
    }


_AUTHORITY = ("ca.certificate", "ca.key")
_CERTIFICATE = ("semai_certificate", "semai_acme", "semai_certificate_files")


def _extensions(app: Placed) -> list[str]:
    """Return the PHP extensions an app needs, with those its database needs."""
    if app.manifest.runtime != "php":
        return []
    own = {"mariadb": ["mysqli", "pdo_mysql"], "postgresql": ["pgsql", "pdo_pgsql"]}
    return [*app.manifest.needs.extensions, *(own.get(app.database.driver, []) if app.database else [])]


def _ports(
    host: Host,
    here: Sequence[Placed],
    kept: Sequence[Mapping[str, Any]],
    listen: Mapping[str, Sequence[str]],
    *,
    proxy: bool,
) -> list[dict[str, Any]]:
    """Return the ports other machines need here, each with who may come in (empty: anyone)."""
    ports = [{**port, "from": [], "state": "present"} for port in HTTP] if proxy else []
    for app in here:
        asking = [network(address) for address in app.site.askers if address != host.address]
        if asking and not app.site.binds[host.name].startswith("127."):
            ports.append({"name": app.key.id, "port": app.site.port, "from": asking, "state": "present"})
    for driver, addresses in listen.items():
        clients = {c for d in kept if d["driver"] == driver for c in d["clients"]} - {host.address}
        if addresses and clients:
            port = {"postgresql": 5432, "mariadb": 3306}[driver]
            ports.append(
                {"name": driver, "port": port, "from": [network(c) for c in sorted(clients)], "state": "present"}
            )
    return ports


def addresses_of(hosts: Hosts) -> tuple[str, ...]:
    """Return the addresses people reach the region at."""
    return tuple(dict.fromkeys(host.public for host in hosts.proxies))
