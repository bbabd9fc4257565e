"""Fourteen tiny apps on one host: doing nothing by semai, by ordinary Ansible, by pyinfra, which check as much."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from tests.bench.figures import Fact, Figure
from tests.bench.servers import ordinary, others
from tests.bench.servers.asking import answers
from tests.bench.servers.offices import DOMAIN, crowd, settled
from tests.bench.servers.watching import idle_figures, memory
from tests.lab.lab import Lab

TOPIC = "servers"
COUNT = 14
NOTHING_SECONDS = 4.0
TIMES = 20.0  # faster than ordinary Ansible


def measure(lab: Lab, folder: Path, repeats: int = 1, count: int = COUNT) -> Iterator[Figure | Fact]:
    """Install once by semai, then let each of the three find that nothing is to be done."""
    (machine,) = lab.machines(1)
    label = f"{count} apps"
    try:
        region = crowd(folder, machine, count)
        yield Figure(TOPIC, f"fresh install of {label}, semai apply --yes", (region.cost("apply", "--yes").wall,))
        authority = region.authority
        for item in region.apps:
            if not answers(machine.address, f"{item['name']}.{DOMAIN}", authority):
                raise RuntimeError(f"{item['name']} does not answer")
        settled()
        own = []
        for found in idle_figures(machine, region, label, NOTHING_SECONDS):
            own += found.values if isinstance(found, Figure) and "apply" in found.what else ()
            yield found
        yield from memory(machine, label)
        end_state = ordinary.read_end_state(machine, region)
        for name, other in (("ordinary Ansible", ordinary.Ansible), ("pyinfra", others.Pyinfra)):
            made = other(folder / name.replace(" ", "-"), machine, end_state)
            taken = tuple(made.seconds() for _ in range(repeats))
            yield Figure(TOPIC, f"{label}: {name}, nothing to do", taken, note=made.about)
            ratio = tuple(seconds / sorted(own)[len(own) // 2] for seconds in taken)
            wanted = TIMES if name.endswith("Ansible") else 1.0
            verdict = "" if min(ratio) > wanted else "MISSED, "
            yield Figure(TOPIC, f"  {name} / semai", ratio, "x", note=f"{verdict}target > {wanted:g} x")
    finally:
        lab.discard([machine])
