"""How long a command takes to start, beside the bare things it is made of."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

REPEATS = 9


def median_seconds(command: Sequence[str], repeats: int = REPEATS, **environment: str) -> float:
    """Return the median wall time of `command` in seconds, after one unmeasured run; raises when it fails."""
    times = []
    for _ in range(repeats + 1):
        started = time.perf_counter()
        subprocess.run(command, check=True, capture_output=True, env={**os.environ, **environment})
        times.append(time.perf_counter() - started)
    return statistics.median(times[1:])


def rows(state: Path) -> list[tuple[str, float]]:
    """Return (what, seconds) for the bare interpreter, click, ansible and semai's quick commands."""
    bin_ = Path(sys.executable).parent
    semai = str(bin_ / "semai")
    return [
        ("python -c pass", median_seconds([sys.executable, "-c", "pass"])),
        ("python -c 'import click'", median_seconds([sys.executable, "-c", "import click"])),
        ("semai --help", median_seconds([semai, "--help"])),
        ("semai catalog list", median_seconds([semai, "--state", str(state), "catalog", "list"])),
        ("ansible --version", median_seconds([str(bin_ / "ansible"), "--version"], repeats=3)),
    ]
