"""Judge what already lives on a host: programs at ports semai needs, packages, mirrors. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from semai.core.assessment.finding import Finding
from semai.core.assessment.measurement import Measurement
from semai.core.assessment.rules import Rules
from semai.messages import N_, translate

POSTGRESQL, MARIADB = 5432, 3306
_WEB_SERVERS = ("apache2", "lighttpd", "caddy")
_DATABASES = {
    "postgresql": N_("sudo -u postgres pg_dumpall > before-semai.sql"),
    "mariadb": N_("sudo mysqldump --all-databases > before-semai.sql"),
    "mysql": N_("sudo mysqldump --all-databases > before-semai.sql"),
}
_FIREWALLS = ("ufw", "firewalld")
# What listens on behalf of a package whose unit has another name.
_UNITS = {"docker-proxy": "docker", "mysqld": "mysql", "mariadbd": "mariadb", "httpd": "apache2"}


@dataclass(frozen=True)
class PortNeed:
    """A port that semai's own programs will listen at; `welcome` may be there already."""

    port: int
    purpose: str
    welcome: tuple[str, ...] = ()


def port_needs(found: Measurement, app_ports: Iterable[tuple[str, int]], drivers: Iterable[str]) -> list[PortNeed]:
    """Return the ports the host's parts need: `app_ports` of apps it may carry, `drivers` of databases."""
    needs = [PortNeed(port, app) for app, port in app_ports]
    if found.server and found.serves("proxy"):
        needs += [PortNeed(80, "HTTP", ("nginx",)), PortNeed(443, "HTTPS", ("nginx",))]
    if found.server and found.serves("database"):
        if "postgresql" in drivers:
            needs.append(PortNeed(POSTGRESQL, "PostgreSQL", ("postgres", "postgresql")))
        if "mariadb" in drivers:
            needs.append(PortNeed(MARIADB, "MariaDB", ("mariadbd", "mysqld")))
    return needs


def judge_ports(host: str, found: Measurement, needs: Iterable[PortNeed]) -> Iterator[Finding]:
    """Say which needed ports are held by others; on a host that semai already keeps, apps hold their own."""
    for need in needs:
        holder = found.holder(need.port)
        own = need.welcome or (() if not found.semai else (holder,))
        if holder is None or holder in own:
            continue
        unit = _UNITS.get(holder, holder)
        remedy = f"sudo systemctl disable --now {unit}" if holder else f"sudo ss -ltnp 'sport = :{need.port}'"
        fields = {
            "port": need.port,
            "purpose": need.purpose,
            "holder": holder or translate(N_("another program")),
            "remedy": remedy,
        }
        yield Finding("port-held", host, fields=fields)


def judge_neighbours(host: str, found: Measurement) -> Iterator[Finding]:
    """Name programs that run already and will share the host with semai's; not those semai installed itself."""
    running = {name for name, state in found.services.items() if state in ("active", "activating")}
    if not found.semai:
        yield from _shared(host, running)
    for name in _WEB_SERVERS:
        if name in running:
            yield Finding("web-server-there", host, fields={"program": name})
    if "docker" in running:
        yield Finding("docker-there", host)
    for name in _FIREWALLS:
        if name in found.packages:
            yield Finding("firewall-there", host, fields={"program": name})


def _shared(host: str, running: set[str]) -> Iterator[Finding]:
    """Name programs that semai would use as well; MariaDB answers to the name mysql too."""
    if "nginx" in running:
        yield Finding("nginx-there", host)
    alias = {"mysql"} if "mariadb" in running else set()
    for name in sorted(running & _DATABASES.keys() - alias):
        yield Finding("database-there", host, fields={"program": name, "remedy": translate(_DATABASES[name])})


def judge_packages(host: str, found: Measurement, rules: Rules) -> Iterator[Finding]:
    """Say whether packages can be installed, and how old what is there is."""
    if found.dpkg.broken or found.dpkg.interrupted:
        names = [f"{entry.name} ({entry.state})" for entry in found.dpkg.broken]
        yield Finding("dpkg-broken", host, fields={"packages": ", ".join(names) or "/var/lib/dpkg/updates"})
    if lock := found.dpkg.lock:
        yield Finding("dpkg-busy", host, fields={"program": lock.program or lock.file, "pid": lock.pid})
    if found.updates is not None:
        age = found.updates.lists_age_hours
        if age is None:
            yield Finding("lists-missing", host)
        elif age > rules.thresholds.lists_age_hours.advise:
            yield Finding("lists-old", host, fields={"found": round(age / 24)})
        if found.updates.security:
            yield Finding("security-updates", host, fields={"count": found.updates.security})
    for mirror in found.mirrors:
        if not mirror.ok:
            yield Finding("mirror-unreachable", host, fields={"url": mirror.url, "said": mirror.said})
