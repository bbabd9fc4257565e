"""What is wrong with hosts.yml beyond types, and between it and what the region selects and locks. Pure.

The embedded profile has one machine and none of these rules.
"""

from __future__ import annotations

import difflib
import ipaddress
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from semai.core.catalog import Manifest
from semai.core.hosts import Host, HostEntry, Hosts, HostVars, machines_of
from semai.core.region import Region, Selection
from semai.core.region_checks import Place, Problem
from semai.messages import N_

EXAMPLE = ipaddress.ip_network("192.0.2.0/24")  # RFC 5737: what `region new --server` writes without --host
_ADDRESS = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.:-]{0,252}[A-Za-z0-9])?")
_FOR_ALL = frozenset(name for name in HostVars.model_fields)
_FOR_HOSTS = frozenset(name for name in HostEntry.model_fields if name.startswith("semai_"))
_FURTHER = frozenset(("semai_repository", "semai_store", "semai_by"))  # read by the playbooks


def hosts_problems(value: Any) -> list[Problem]:
    """Return the problems of the plain content of hosts.yml."""
    every = value.get("all") if isinstance(value, dict) else None
    variables = every.get("vars") if isinstance(every, dict) else None
    if not isinstance(variables, dict) or variables.get("semai_profile") != "server":
        return []
    machines = machines_of(value)
    problems = [*_unknown(variables, ("all", "vars"), _FOR_ALL | _FURTHER), *_certificates(variables)]
    for host in machines:
        problems += _host(host)
    return [*problems, *_groups(machines)]


def _unknown(found: Iterable[str], place: Place, known: Iterable[str]) -> Iterator[Problem]:
    for name in found:
        if name.startswith("semai_") and name not in known:
            near = (*difflib.get_close_matches(name, list(known), n=1), *sorted(known))[0]
            yield Problem(
                (*place, name), N_('unknown variable of semai here; did you mean "{near}"?'), {"near": near}
            )


def _certificates(variables: Mapping[str, Any]) -> Iterator[Problem]:
    kind = variables.get("semai_certificate", "region-ca")
    needed = {"files": "semai_certificate_files", "acme": "semai_acme"}
    if kind in needed and not variables.get(needed[kind]):
        fields = {"name": needed[kind], "kind": kind}
        yield Problem(("all", "vars", "semai_certificate"), N_("{kind} needs the variable {name} too"), fields)
    for other, name in needed.items():
        if name in variables and kind in ("region-ca", *needed) and kind != other:
            text = N_("is not used: semai_certificate is {kind}, not {other}")
            yield Problem(("all", "vars", name), text, {"kind": kind, "other": other})


def _host(host: Host) -> Iterator[Problem]:
    for name, place in host.places.items():
        if name:
            yield from _unknown((name,), place[:-1], _FOR_HOSTS)
    for name, address in (
        ("ansible_host", host.reached),
        ("semai_address", host.address),
        ("semai_public_address", host.public),
    ):
        if name not in host.places:
            continue
        if not _ADDRESS.fullmatch(address):
            yield Problem(host.places[name], N_("{address} is no address"), {"address": address})
        elif _is_example(address):
            text = N_("{address} is only an example; write the server's own address")
            yield Problem(host.places[name], text, {"address": address})
    if host.carries is not None and "app" not in host.groups:
        text = N_("{host} is not in the group app, so it carries no apps")
        yield Problem(host.places["semai_carries"], text, {"host": host.name})


def _is_example(address: str) -> bool:
    try:
        return ipaddress.ip_address(address) in EXAMPLE
    except ValueError:
        return False


def _groups(machines: tuple[Host, ...]) -> Iterator[Problem]:
    place: Place = ("all", "children")
    by_group = {
        group: [host for host in machines if group in host.groups] for group in ("app", "database", "proxy")
    }
    if not by_group["app"]:
        yield Problem(place, N_("the group app has no host"))
        return
    if len(by_group["app"]) > 1:
        for group in ("proxy", "database"):
            if not by_group[group]:
                text = N_("several app hosts need a group {group}")
                yield Problem((*place, "app"), text, {"group": group})
    if len(by_group["database"]) > 1:
        names = ", ".join(host.name for host in by_group["database"])
        yield Problem(
            (*place, "database"), N_("the databases lie on one machine, not on {hosts}"), {"hosts": names}
        )
    seen: dict[str, str] = {}
    for host in machines:
        if (other := seen.setdefault(host.reached, host.name)) != host.name:
            fields = {"address": host.reached, "other": other}
            found = host.places.get("ansible_host", host.places[""])
            yield Problem(found, N_("{address} is already the address of {other}"), fields)


def region_needs(hosts: Hosts, region: Region) -> Iterator[Problem]:
    """Yield what the server profile needs of region.yml."""
    if hosts.server and not region.domain:
        yield Problem(("domain",), N_("is needed in the server profile: apps are reached at <site>.<domain>"))


def carried_unselected(hosts: Hosts, selection: Selection) -> Iterator[Problem]:
    """Yield apps in semai_carries that the region does not select; places in hosts.yml."""
    for host in hosts.machines if hosts.server else ():
        for number, app in enumerate(host.carries or ()):
            if app not in selection.apps:
                fields = {"app": app, "selected": ", ".join(selection.apps) or "-"}
                place = (*host.places["semai_carries"], number)
                yield Problem(place, N_("{app} is not selected in apps.yml; selected: {selected}"), fields)


def carried_nowhere(hosts: Hosts, selection: Selection) -> Iterator[Problem]:
    """Yield selected apps that no host carries; places in apps.yml."""
    for app in selection.apps if hosts.server else ():
        if not hosts.carriers(app):
            yield Problem(("apps", app), N_("no host carries it: see semai_carries in hosts.yml"))


def misplaced(hosts: Hosts, manifests: Mapping[str, Manifest]) -> Iterator[Problem]:
    """Yield locked apps that cannot run where they are placed; places in apps.yml."""
    for app, manifest in manifests.items() if hosts.server else ():
        carriers = hosts.carriers(app)
        names = ", ".join(host.name for host in carriers)
        if len(carriers) > 1 and manifest.resources.media and not hosts.vars.semai_shared_media:
            text = N_(
                "keeps files of people and is on several hosts ({hosts}): name it in semai_carries of one of them, "
                "or set semai_shared_media when they share one folder"
            )
            yield Problem(("apps", app), text, {"hosts": names})
        if manifest.runtime == "php" and (len(carriers) > 1 or carriers != hosts.proxies):
            text = N_("is a PHP app, which runs on the proxy's own machine ({proxy}) and not on {hosts}")
            proxy = ", ".join(host.name for host in hosts.proxies)
            yield Problem(("apps", app), text, {"hosts": names, "proxy": proxy})
