"""Measures of apt and dpkg: half-configured packages, locks, pending updates, configured mirrors. Reads only."""

from __future__ import annotations

import glob
import os
import re
import time
from typing import Any

from ansible.module_utils.semai_measure_system import read, said_by

_INTERESTING = re.compile(
    r"^(nginx(-core|-full|-light)?|apache2|lighttpd|caddy|mysql-server.*|mariadb-server.*|postgresql(-\d+)?|docker\.io"
    r"|docker-ce|podman|php\d\.\d-fpm|chrony|systemd-timesyncd|ufw|firewalld|nftables|unattended-upgrades|sudo|python3)$"
)
_WHOLE = ("installed", "config-files", "not-installed")
_LOCKS = ("/var/lib/dpkg/lock-frontend", "/var/lib/dpkg/lock", "/var/lib/apt/lists/lock")
_UPDATE = re.compile(r"^Inst (\S+) (?:\[[^]]*\] )?\(\S+ ([^)]*)\)", re.MULTILINE)


def packages() -> dict[str, Any]:
    """Return what is half done and which packages could stand in the way."""
    broken, present = [], {}
    for paragraph in read("/var/lib/dpkg/status").split("\n\n"):
        fields = dict(re.findall(r"^(Package|Status|Version): (.*)$", paragraph, re.MULTILINE))
        name, state = fields.get("Package", ""), fields.get("Status", "").split()
        if not name or len(state) != 3:
            continue
        if state[2] not in _WHOLE or state[1] == "reinstreq":
            broken.append({"name": name, "state": state[2]})
        elif state[2] == "installed" and _INTERESTING.match(name):
            present[name] = fields.get("Version", "")
    journal = [name for name in _listed("/var/lib/dpkg/updates") if name.isdigit()]
    return {"packages": present, "dpkg": {"broken": broken, "interrupted": bool(journal), "lock": lock_holder()}}


def _listed(folder: str) -> list[str]:
    try:
        return os.listdir(folder)
    except OSError:
        return []


def lock_holder() -> dict[str, Any] | None:
    """Return who holds apt's or dpkg's lock; /proc/locks tells everybody."""
    wanted = {}
    for path in _LOCKS:
        try:
            wanted[str(os.stat(path).st_ino)] = path
        except OSError:
            continue
    for line in read("/proc/locks").splitlines():
        words = line.split()
        if len(words) < 6 or words[1] == "->":
            continue
        inode = words[5].rpartition(":")[2]
        if inode in wanted:
            program = read(f"/proc/{words[4]}/comm").strip()
            return {"file": wanted[inode], "pid": int(words[4]), "program": program}
    return None


def updates() -> dict[str, Any]:
    """Return how many updates wait and how old the package lists are; None where that is not known."""
    newest = [os.stat(path).st_mtime for path in glob.glob("/var/lib/apt/lists/*_InRelease")]
    newest += [os.stat(path).st_mtime for path in glob.glob("/var/lib/apt/lists/*_Release")]
    age = round((time.time() - max(newest)) / 3600, 1) if newest else None
    code, text = said_by("apt-get", "-s", "-o", "Debug::NoLocking=true", "dist-upgrade", seconds=60)
    if age is None or code != 0:
        return {"security": None, "all": None, "lists_age_hours": age, "said": text.strip()[-200:] if code else ""}
    waiting = _UPDATE.findall(text)
    security = [name for name, origin in waiting if "security" in origin.lower()]
    return {"security": len(security), "all": len(waiting), "lists_age_hours": age, "said": ""}


def mirrors() -> list[dict[str, str]]:
    """Return the index file of each mirror as apt is configured, with the proxy apt would take."""
    _, settings = said_by("apt-config", "dump")
    proxies = dict(re.findall(r'^(Acquire::https?::Proxy(?:::[^ ]+)?) "(.*)";$', settings, re.MULTILINE | re.I))
    lowered = {name.lower(): value for name, value in proxies.items()}
    found: dict[str, dict[str, str]] = {}
    for uri, suite in _sources():
        scheme, _, rest = uri.partition("://")
        host = rest.split("/")[0]
        url = f"{uri.rstrip('/')}/{suite}" if suite.endswith("/") else f"{uri.rstrip('/')}/dists/{suite}/InRelease"
        general = lowered.get(f"acquire::{scheme}::proxy") or lowered.get("acquire::http::proxy", "")
        proxy = lowered.get(f"acquire::{scheme}::proxy::{host}", general)
        found.setdefault(host, {"url": url, "proxy": "" if proxy.upper() == "DIRECT" else proxy})
    return list(found.values())[:8]


def _sources() -> list[tuple[str, str]]:
    found = []
    for path in ["/etc/apt/sources.list", *sorted(glob.glob("/etc/apt/sources.list.d/*.list"))]:
        found += re.findall(r"^\s*deb\s+(?:\[[^]]*\]\s+)?(\S+://\S+)\s+(\S+)", read(path), re.MULTILINE)
    for path in sorted(glob.glob("/etc/apt/sources.list.d/*.sources")):
        for paragraph in re.split(r"\n\s*\n", read(path)):
            fields = dict(re.findall(r"^(Types|URIs|Suites|Enabled):\s*(.*)$", paragraph, re.MULTILINE))
            if "deb" in fields.get("Types", "").split() and fields.get("Enabled", "yes").lower() != "no":
                suites = fields.get("Suites", "").split()
                found += [(uri, suites[0]) for uri in fields.get("URIs", "").split() if suites]
    return [(uri, suite) for uri, suite in found if uri.startswith(("http://", "https://"))]
