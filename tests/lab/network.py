"""A lab's network: a bridge with 10.77.N.1, a namespace per machine, and the switches that break lines.

Machines reach Debian's mirrors through this machine (masquerade). An air-gapped one has no default route, and if
it makes itself one nothing is forwarded for it, nor does the apt cache answer. A cut line loses all, silently.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from tests.lab import APT_PORT
from tests.lab.commands import LabError, run, succeeds

FIRST_MACHINE = 10  # hM has the address 10.77.N.(10+M)

_RULES = """
table ip {table} {{
    set airgapped {{ type ipv4_addr; }}
    chain nat {{
        type nat hook postrouting priority srcnat;
        ip saddr {subnet} ip daddr != 10.77.0.0/16 masquerade
    }}
    chain forward {{
        type filter hook forward priority filter;
        ip saddr @airgapped ip daddr != {subnet} drop
        ip daddr @airgapped ip saddr != {subnet} drop
        ip saddr {subnet} ip daddr 10.77.0.0/16 ip daddr != {subnet} drop
    }}
    chain input {{
        type filter hook input priority filter;
        ip saddr @airgapped tcp dport {apt_port} drop
        ip saddr @airgapped ip daddr != {subnet} drop
    }}
}}
"""


@dataclass(frozen=True)
class Port:
    """Where one machine is plugged in: `index` is the M of hM."""

    lab: int
    index: int

    @property
    def address(self) -> str:
        """Return the machine's address."""
        return f"10.77.{self.lab}.{FIRST_MACHINE + self.index}"

    @property
    def namespace(self) -> str:
        """Return the name of its network namespace."""
        return f"semailab{self.lab}-h{self.index}"

    @property
    def link(self) -> str:
        """Return the name of the veth end on the bridge (at most 15 characters)."""
        return f"semai{self.lab}h{self.index}"

    @property
    def mac(self) -> str:
        """Return the hardware address: the same at every boot, so that nobody remembers a wrong one."""
        return f"02:5e:ae:00:{self.lab:02x}:{self.index:02x}"


class Network:
    """The network of lab number N."""

    def __init__(self, lab: int) -> None:
        self.lab = lab
        self.bridge = f"semailab{lab}"
        self.gateway = f"10.77.{lab}.1"
        self.subnet = f"10.77.{lab}.0/24"
        self.table = f"semai_lab_{lab}"
        self._airgapped: set[Port] = set()

    def create(self) -> None:
        """Make the bridge and its rules."""
        # An address of its own: one borrowed from a port changes with the ports, and neighbours are forgotten then.
        run("ip", "link", "add", self.bridge, "address", f"02:5e:ae:00:{self.lab:02x}:00", "type", "bridge")
        run("ip", "addr", "add", f"{self.gateway}/24", "dev", self.bridge)
        run("ip", "link", "set", self.bridge, "mtu", _uplink_mtu(), "up")
        # A bridge whose last line is cut would go down, and callers be told "no route" instead of nothing.
        hold, end = f"semai{self.lab}hold", f"semai{self.lab}end"
        run("ip", "link", "add", hold, "master", self.bridge, "up", "type", "veth", "peer", end)
        run("ip", "link", "set", end, "up")
        rules = _RULES.format(table=self.table, subnet=self.subnet, apt_port=APT_PORT)
        run("nft", "-f", "-", given=rules)

    def remove(self) -> None:
        """Remove all that bears the lab's number; what is not there is no error."""
        for link in Path("/sys/class/net").glob(f"semai{self.lab}h*"):  # first, as in detach
            run("ip", "link", "delete", link.name)
        for name in namespaces(self.lab):
            run("ip", "netns", "delete", name)
        if Path(f"/sys/class/net/{self.bridge}").exists():
            run("ip", "link", "delete", self.bridge)
        if succeeds("nft", "list", "table", "ip", self.table):
            run("nft", "delete", "table", "ip", self.table)

    def attach(self, port: Port) -> None:
        """Make the machine's namespace and plug it in; an air-gapped machine stays air-gapped."""
        mtu, inside = _uplink_mtu(), ("ip", "-n", port.namespace)
        run("ip", "netns", "add", port.namespace)
        ends = ("address", port.mac, "netns", port.namespace)
        run("ip", "link", "add", port.link, "mtu", mtu, "type", "veth", "peer", "eth0", "mtu", mtu, *ends)
        run("ip", "link", "set", port.link, "master", self.bridge, "up")
        run(*inside, "link", "set", "lo", "up")
        run(*inside, "addr", "add", f"{port.address}/24", "dev", "eth0")
        run(*inside, "link", "set", "eth0", "up")
        if port not in self._airgapped:
            run(*inside, "route", "add", "default", "via", self.gateway)

    def detach(self, port: Port) -> None:
        """Unplug the machine and forget its namespace, as when it is switched off."""
        if Path(f"/sys/class/net/{port.link}").exists():  # first: with the namespace it would go some time later
            run("ip", "link", "delete", port.link)
        if port.namespace in namespaces(self.lab):
            run("ip", "netns", "delete", port.namespace)
        self._forget_neighbour(port)

    def air_gap(self, port: Port) -> None:
        """Leave the machine its lab and nothing else."""
        self._airgapped.add(port)
        run("nft", "add", "element", "ip", self.table, "airgapped", f"{{ {port.address} }}")
        run("ip", "-n", port.namespace, "route", "flush", "default")

    def end_air_gap(self, port: Port) -> None:
        """Let the machine out again, now or at its next start."""
        if port in self._airgapped:
            self._airgapped.remove(port)
            run("nft", "delete", "element", "ip", self.table, "airgapped", f"{{ {port.address} }}")
            if port.namespace in namespaces(self.lab):
                run("ip", "-n", port.namespace, "route", "replace", "default", "via", self.gateway)

    def cut(self, port: Port) -> None:
        """Lose every packet from and to the machine; nobody is told, connections hang."""
        # With a fixed neighbour entry the kernel keeps sending instead of noticing after some seconds.
        run("ip", "neigh", "replace", port.address, "lladdr", port.mac, "nud", "permanent", "dev", self.bridge)
        run("ip", "link", "set", port.link, "nomaster")

    def restore(self, port: Port) -> None:
        """Mend a cut line."""
        run("ip", "link", "set", port.link, "master", self.bridge)
        self._forget_neighbour(port)

    def _forget_neighbour(self, port: Port) -> None:
        run("ip", "neigh", "flush", "to", port.address, "nud", "all", "dev", self.bridge)


def namespaces(lab: int) -> list[str]:
    """Return the network namespaces of a lab."""
    found = json.loads(run("ip", "-json", "netns", "list") or "[]")
    return [entry["name"] for entry in found if entry["name"].startswith(f"semailab{lab}-")]


def is_taken(lab: int) -> bool:
    """Tell whether somebody already uses the lab's addresses, or its bridge's name."""
    links = json.loads(run("ip", "-json", "addr", "show"))
    used = [address.get("local", "") for link in links for address in link["addr_info"]]
    routes = json.loads(run("ip", "-json", "-4", "route", "show") or "[]")
    used += [route.get("dst", "") for route in routes]
    named = any(link["ifname"] == f"semailab{lab}" for link in links)
    return named or any(text.startswith(f"10.77.{lab}.") for text in used)


def _uplink_mtu() -> str:
    """Return the MTU of the way out, so that no packet of a machine is too large for it."""
    routes = json.loads(run("ip", "-json", "-4", "route", "show", "default") or "[]")
    if not routes:
        return "1500"
    links = json.loads(run("ip", "-json", "link", "show", "dev", routes[0]["dev"]))
    if not links:
        raise LabError(f"the default route goes through {routes[0]['dev']}, which is not there")
    return str(links[0]["mtu"])
