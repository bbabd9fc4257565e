"""In which order hosts are backed up when apps on one read from apps on another (ADR 0013). Pure.

Contracts are read only: a consumer keeps what it read of a provider, never the other way round. So hosts agree when
each has copied its last file before the copy of a host it reads from begins. Hosts that read one another have no
such order.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Any

TURN_MINUTES = 60  # between the nightly backups of hosts that follow one another

Settings = Mapping[str, Mapping[str, Any]]  # host -> what deployment.yml tells it of backups


def reading_order(hosts: Sequence[str], reads: Iterable[tuple[str, str]]) -> tuple[str, ...]:
    """Return the hosts, each before those it reads from; `reads` are (host that reads, host that is read).

    Hosts in a circle, and those they read from, are left out.
    """
    waits: dict[str, set[str]] = {host: set() for host in hosts}  # host -> those that read from it
    for reader, read in reads:
        if reader != read:
            waits[read].add(reader)
    order: list[str] = []
    while free := [host for host in hosts if host not in order and waits[host] <= set(order)]:
        order.append(free[0])
    return tuple(order)


def across(
    groups: Iterable[Sequence[str]], keeps: Mapping[str, AbstractSet[str]], reads: Iterable[tuple[str, str]]
) -> dict[str, dict[str, Any]]:
    """Return host -> {wait, together, apart} of the hosts with a part in a group that is kept on several.

    `keeps` are the apps each host keeps, `reads` (app that reads, app that is read). `together` are groups with an
    order of hosts, `apart` those without one, each {apps, hosts}; `wait` are the minutes by which the host's
    nightly backup comes after the first.
    """
    at = {app: host for host, apps in keeps.items() for app in apps}
    kept = [[app for app in group if app in at] for group in groups]
    spread = [apps for apps in kept if len({at[app] for app in apps}) > 1]
    concerned = [host for host in keeps if any(at[app] == host for apps in spread for app in apps)]
    read = [
        (at[one], at[other]) for one, other in reads if {one, other} <= {app for apps in spread for app in apps}
    ]
    order = reading_order(concerned, read)
    found: dict[str, dict[str, Any]] = {}
    for apps in spread:
        hosts = {at[app] for app in apps}
        ordered = hosts <= {*order}
        sequence = [host for host in (order if ordered else concerned) if host in hosts]
        for host in sequence:
            wait = order.index(host) * TURN_MINUTES if host in order else 0
            told = found.setdefault(host, {"wait": wait, "together": [], "apart": []})
            told["together" if ordered else "apart"].append({"apps": apps, "hosts": sequence})
    return found


def groups_of(settings: Settings, kind: str = "together") -> tuple[tuple[tuple[str, ...], tuple[str, ...]], ...]:
    """Return (apps, hosts) of each group on several hosts; `kind` is `together` or `apart`."""
    told = (group for host in settings.values() for group in host.get(kind, ()))
    return tuple(dict.fromkeys((tuple(group["apps"]), tuple(group["hosts"])) for group in told))
