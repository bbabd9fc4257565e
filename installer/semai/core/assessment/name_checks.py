"""Judge names of sites: do they lead to the proxy, as seen from the controller and from hosts? Pure."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Iterator, Mapping, Sequence

from semai.core.assessment.finding import Finding


def judge_names(
    sites: Mapping[str, str], addresses: Sequence[str], seen: Mapping[str, Mapping[str, Sequence[str]]]
) -> Iterator[Finding]:
    """Say what is wrong with the sites' names; one finding for all names with the same trouble.

    `sites` is app -> name, `addresses` those of the proxies, `seen` who looked -> name -> addresses found. The
    finding's `app` lists all apps it is about.
    """
    known = [address for address in addresses if _is_address(address)]
    wanted = known[0] if known else (addresses[0] if addresses else "?")
    troubles: dict[tuple[str, str, str], list[tuple[str, str]]] = {}
    for app, name in sorted(sites.items()):
        for trouble in _troubles(name, known, seen):
            troubles.setdefault(trouble, []).append((app, name))
    for (code, where, found), pairs in troubles.items():
        names = [name for _, name in pairs]
        records = "; ".join(f"{name}. IN A {wanted}" for name in names)
        fields = {"names": ", ".join(names), "where": where, "found": found, "address": wanted, "records": records}
        yield Finding(code, app=", ".join(app for app, _ in pairs), fields=fields)


def _troubles(
    name: str, known: Sequence[str], seen: Mapping[str, Mapping[str, Sequence[str]]]
) -> Iterator[tuple[str, str, str]]:
    """Yield (code, who sees it so, addresses found)."""
    nowhere = [who for who, found in seen.items() if name in found and not found[name]]
    elsewhere = {who: found[name] for who, found in seen.items() if _leads_away(found.get(name, ()), known)}
    if nowhere:
        yield "name-unknown", ", ".join(nowhere), ""
    if elsewhere:
        found = ", ".join(sorted({address for each in elsewhere.values() for address in each}))
        yield "name-elsewhere", ", ".join(elsewhere), found


def _leads_away(found: Iterable[str], wanted: Sequence[str]) -> bool:
    """Tell whether a name leads to other machines only; a host may know its own name as a loopback address."""
    others = [address for address in found if not ipaddress.ip_address(address.partition("%")[0]).is_loopback]
    return bool(others and wanted) and not set(others) & set(wanted)


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True
