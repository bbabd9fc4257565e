"""The text of the nftables ruleset: what comes in unasked is dropped, but for the ports that are named.

Pure: addresses and ports in, text out. The table's comment is the digest of the rules, so that what the kernel runs
can be compared with what is asked.
"""

from __future__ import annotations

import hashlib
import ipaddress
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

TABLE = "semai"

_HEAD = """\
#!/usr/sbin/nft -f
# Written by semai. Rules of your own belong into files /etc/nftables.d/*.nft, which are read below.
table inet semai
delete table inet semai
table inet semai {
	comment "%(comment)s"
	chain input {
		type filter hook input priority filter; policy drop;
		iif "lo" accept
		ct state established,related accept
		ct state invalid drop
		meta l4proto { 1, 58 } limit rate 50/second accept comment "icmp"
		icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert, nd-router-advert, nd-router-solicit } accept
		udp sport 67 udp dport 68 accept
		udp dport 546 ip6 saddr fe80::/10 accept
"""
_TAIL = """\
	}
}
include "/etc/nftables.d/*.nft"
"""


class WrongRule(ValueError):
    """An entry of the list of ports that makes no rule."""


@dataclass(frozen=True)
class Port:
    """One port, or a range of them, and who may come in by it; nobody named means anyone."""

    name: str
    ports: str
    protocol: str
    sources: tuple[str, ...]

    @classmethod
    def read(cls, entry: Mapping[str, Any]) -> Port:
        """Read an entry of `common_open_ports`; raises WrongRule with its name."""
        name = str(entry.get("name") or "?")
        ports = [_number(name, part) for part in str(entry.get("port", "")).split("-")]
        if len(ports) not in (1, 2) or ports != sorted(ports):
            raise WrongRule(
                f"the open port {name}: {entry.get('port')} is neither a port nor a range such as 8000-8010"
            )
        protocol = str(entry.get("protocol") or "tcp")
        if protocol not in ("tcp", "udp"):
            raise WrongRule(f"the open port {name}: {protocol} is neither tcp nor udp")
        sources = tuple(sorted({_network(name, str(source)) for source in entry.get("from") or ()}))
        return cls(name, "-".join(map(str, ports)), protocol, sources)

    def rules(self) -> list[str]:
        """Return the nft rules, one for each family of addresses."""
        end = f'{self.protocol} dport {self.ports} accept comment "{self.label}"'
        if not self.sources:
            return [end]
        found = []
        for family, version in (("ip", 4), ("ip6", 6)):
            named = [source for source in self.sources if ipaddress.ip_network(source).version == version]
            if named:
                found.append(f"{family} saddr {{ {', '.join(named)} }} {end}")
        return found

    @property
    def label(self) -> str:
        """Return the name with nothing in it that could end a comment."""
        return "".join(char if char.isalnum() or char in " -_./" else " " for char in self.name)[:100]


def _number(name: str, text: str) -> int:
    if not text.strip().isdigit() or not 0 < int(text) < 65536:
        raise WrongRule(f"the open port {name}: {text} is not a port between 1 and 65535")
    return int(text)


def _network(name: str, text: str) -> str:
    try:
        return str(ipaddress.ip_network(text, strict=False))
    except ValueError:
        raise WrongRule(
            f"the open port {name}: {text} is not an address or a network such as 10.0.0.0/24"
        ) from None


def ruleset(entries: Iterable[Mapping[str, Any]], ssh_ports: Sequence[int]) -> str:
    """Return the whole file; the ports of ssh are open to anyone, whatever else is asked."""
    ssh = [Port("ssh", str(port), "tcp", ()) for port in sorted(set(ssh_ports))]
    asked = [Port.read(entry) for entry in entries if entry.get("state", "present") != "absent"]
    rules = [
        rule
        for port in (*ssh, *sorted(asked, key=lambda p: (p.name, p.ports, p.protocol)))
        for rule in port.rules()
    ]
    body = "".join(f"\t\t{rule}\n" for rule in rules)
    comment = hashlib.sha256((_HEAD + body + _TAIL).encode()).hexdigest()[:24]
    return _HEAD % {"comment": comment} + body + _TAIL


def comment_of(text: str) -> str:
    """Return the digest that a ruleset carries, empty when it carries none."""
    _, found, rest = text.partition('comment "')
    return rest.partition('"')[0] if found else ""
