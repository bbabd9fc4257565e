"""What a run that changes nothing costs, how often it goes to the host for it, and what memory apps take idle."""

from __future__ import annotations

import json
import statistics
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from tests.bench.figures import Fact, Figure
from tests.bench.servers.offices import Region
from tests.lab.machine import Machine

TOPIC = "servers"
REPEATS = 5
MARK = "Starting session: "  # what sshd says at LogLevel VERBOSE whenever a program is started over a connection

# Proportional set size: memory that processes share counts once. By what systemd started them for.
RESIDENT = """
import collections, json, os
found = collections.Counter()
for pid in filter(str.isdigit, os.listdir("/proc")):
    try:
        size = next(int(l.split()[1]) for l in open(f"/proc/{pid}/smaps_rollup") if l.startswith("Pss:"))
        unit = open(f"/proc/{pid}/cgroup").read().rpartition("/")[2].strip()
    except (OSError, StopIteration):
        continue  # ended meanwhile, or a thread of the kernel
    if int(pid) != os.getpid():
        found[unit] += size
print(json.dumps(found))
"""


def idle_figures(
    machine: Machine, region: Region, label: str, target: float, repeats: int = REPEATS
) -> Iterator[Figure | Fact]:
    """Yield seconds and round trips of apply and plan when nothing is to be done."""
    for words, limit in ((("apply", "--yes"), target), (("plan",), target)):
        name = " ".join(words)
        region.cost(*words)
        costs = [region.cost(*words) for _ in range(repeats)]
        cpu = statistics.median(cost.cpu for cost in costs)
        walls, note = tuple(cost.wall for cost in costs), f"processor {cpu:.1f} s here"
        yield Figure(TOPIC, f"{label}: {name}, nothing to do", walls, target=limit, note=note)
        with counting(machine) as count:
            region.cost(*words)
        yield Fact(TOPIC, f"{label}: round trips of {name}", count())
    if region.office.read("apply", "--yes")["changed"]:
        raise RuntimeError("there was something to do after all; did the checkout change while it was measured?")


@contextmanager
def counting(machine: Machine) -> Iterator[Callable[[], str]]:
    """Give a function that tells how many programs ssh started within the block, and over how many connections."""
    setting = "/etc/ssh/sshd_config.d/bench.conf"
    machine.put(setting, b"LogLevel VERBOSE\n")
    machine.run("systemctl reload ssh")
    cursor = machine.run("journalctl --unit ssh --lines 0 --show-cursor | tail -1").out.partition(": ")[2].strip()
    machine.line.drop()
    said: list[str] = []
    yield lambda: said[0]
    lines = machine.run(f"journalctl --unit ssh --after-cursor '{cursor}' --output cat").out.splitlines()
    asked = [line for line in lines if MARK in line and " for root " not in line]
    transfers = sum("sftp" in line for line in asked)
    logins = sum("Accepted publickey" in line and " for root " not in line for line in lines)
    said.append(f"{len(asked)} programs ({transfers} of them sftp) over {logins} new connections")
    machine.run(f"rm {setting}; systemctl reload ssh")


def memory(machine: Machine, label: str) -> Iterator[Figure]:
    """Yield the memory of all processes of the machine after its apps answered."""
    units: dict[str, int] = json.loads(machine.run("python3 -", given=RESIDENT.encode()).out)
    groups = {"apps": "semai-", "PostgreSQL": "postgresql", "nginx": "nginx"}
    shares = {
        name: sum(kb for unit, kb in units.items() if unit.startswith(start)) for name, start in groups.items()
    }
    rest = sum(units.values()) - sum(shares.values())
    note = ", ".join(f"{name} {kb / 1024:.0f}" for name, kb in {**shares, "all else": rest}.items())
    yield Figure(
        TOPIC, f"{label}: memory of the whole machine, idle", (sum(units.values()) / 1024,), "MB", note=note
    )
