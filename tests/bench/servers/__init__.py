"""The figures of the server profile, on lab machines: what semai costs beside doing the same in other ways."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from tests.bench.figures import Fact, Figure
from tests.bench.servers import crowd, fresh
from tests.lab import needs
from tests.lab.lab import Lab

TOPIC = "servers"


def measure(folder: Path) -> Iterator[Figure | Fact]:
    """Yield the figures; where no lab can be made, the reason."""
    if lacking := needs.missing():
        yield Fact(TOPIC, "NOT MEASURED", "; ".join(lacking))
        return
    with Lab.open() as lab:
        yield from fresh.measure(lab, folder / "fresh")
        yield from crowd.measure(lab, folder / "crowd")
