"""An app's life on a lab machine in figures: pauses, ways back, backups, a power cut, with gigabytes of data."""

from __future__ import annotations

from collections.abc import Iterator

from tests.bench.figures import Fact, Figure
from tests.bench.lifecycle import changes, copies
from tests.bench.lifecycle.pond import TOPIC, Pond
from tests.host.rig import uv_wheel
from tests.lab import needs
from tests.lab.lab import Lab

ROOT_MB = 60_000


def measure() -> Iterator[Figure | Fact]:
    """Yield the figures; where no lab can be made, the reason."""
    if lacking := needs.missing():
        yield Fact(TOPIC, "NOT MEASURED", "; ".join(lacking))
        return
    with Lab.open() as lab:
        (machine,) = lab.machines(1, root_mb=ROOT_MB)
        pond = Pond(machine, uv_wheel())
        pond.fill()
        yield Fact(TOPIC, "the app", pond.said())
        yield from changes.measure(pond)
        yield from copies.measure(pond)
