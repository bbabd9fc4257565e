"""How long commands take to start, beside the bare things they are made of."""

from __future__ import annotations

import statistics
import subprocess
import sys
from pathlib import Path

from tests.bench.figures import Cost, Fact, Figure, in_turns, surroundings

TOPIC = "start-up"
REPEATS = 15
RATIO = 1.6  # help beside bare click
HEAVY = ("tuf", "requests", "pydantic", "ansible", "rich", "yaml", "jinja2", "lokal")
SEMAI = str(Path(sys.executable).with_name("semai"))


def measure(state: Path) -> list[Figure | Fact]:
    """Return the figures; `state` trusts a mentor whose catalog is listed."""
    listing = [SEMAI, "--state", str(state), "catalog", "list"]
    commands = {
        "python -c pass": [sys.executable, "-c", "pass"],
        "python -c 'import click'": [sys.executable, "-c", "import click"],
        "semai --help": [SEMAI, "--help"],
        "semai catalog list (14 apps x 3)": listing,
        "ansible --version": [str(Path(sys.executable).with_name("ansible")), "--version"],
    }
    costs = in_turns(commands, REPEATS)
    found: list[Figure | Fact] = [_figure(name, measured) for name, measured in costs.items()]
    bare, shown = costs["python -c 'import click'"], costs["semai --help"]
    ratios = tuple(one.wall / other.wall for one, other in zip(shown, bare, strict=True))
    found.append(Figure(TOPIC, "semai --help / import click", ratios, "x", RATIO))
    for name, command in (("semai --help", [SEMAI, "--help"]), ("semai catalog list", listing)):
        loaded = ", ".join(heavy_modules(command)) or "none"
        found.append(Fact(TOPIC, f"heavy modules loaded by {name}", loaded))
    return found


def heavy_modules(command: list[str]) -> list[str]:
    """Return which of the heavy packages a Python program imports."""
    words = [sys.executable, "-X", "importtime", *command]
    printed = subprocess.run(words, check=True, capture_output=True, text=True, env=surroundings()).stderr
    names = {line.rpartition("|")[2].strip().partition(".")[0] for line in printed.splitlines()}
    return [name for name in HEAVY if name in names]


def _figure(name: str, costs: list[Cost]) -> Figure:
    cpu = statistics.median(cost.cpu for cost in costs)
    return Figure(
        TOPIC, name, tuple(cost.wall * 1000 for cost in costs), "ms", note=f"processor {cpu * 1000:.0f} ms"
    )
