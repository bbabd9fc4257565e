"""A measured figure, and how commands are measured: alone, in turns, without the caller's Python settings."""

from __future__ import annotations

import math
import os
import statistics
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Figure:
    """One line of the table: the median of `values` in `unit`; `target` is what it should stay under.

    The target is for the middle value, or with `quantile` 0.95 for that which 95 of 100 do not exceed.
    """

    topic: str
    what: str
    values: tuple[float, ...]
    unit: str = "s"
    target: float | None = None
    note: str = ""
    quantile: float = 0.5

    @property
    def median(self) -> float:
        """Return the middle value."""
        return statistics.median(self.values)

    @property
    def judged(self) -> float:
        """Return the value that the target is for."""
        if self.quantile == 0.5:
            return self.median
        return sorted(self.values)[math.ceil(self.quantile * len(self.values)) - 1]


@dataclass(frozen=True)
class Fact:
    """A line of the table that is no number."""

    topic: str
    what: str
    said: str


@dataclass(frozen=True)
class Cost:
    """Seconds that passed while a command ran, and seconds a processor worked for it and its children."""

    wall: float
    cpu: float


def surroundings() -> dict[str, str]:
    """Return this environment as an ordinary shell has it: bytecode is kept, nobody's semai or Ansible settings."""
    foreign = ("PYTHON", "SEMAI_", "ANSIBLE_")
    return {name: value for name, value in os.environ.items() if not name.startswith(foreign)} | {
        "SEMAI_LANG": "en"
    }


def run(command: Sequence[str]) -> Cost:
    """Run a command to its end; raises CalledProcessError with what it printed when it fails."""
    before, started = os.times(), time.perf_counter()
    subprocess.run(command, check=True, capture_output=True, env=surroundings())
    wall, after = time.perf_counter() - started, os.times()
    cpu = after.children_user - before.children_user + after.children_system - before.children_system
    return Cost(wall, cpu)


def in_turns(commands: Mapping[str, Sequence[str]], repeats: int) -> dict[str, list[Cost]]:
    """Run all commands in turn, `repeats` times after an unmeasured round, so that load hits all alike."""
    costs: dict[str, list[Cost]] = {name: [] for name in commands}
    for turn in range(repeats + 1):
        for name, command in commands.items():
            cost = run(command)
            if turn:
                costs[name].append(cost)
    return costs
