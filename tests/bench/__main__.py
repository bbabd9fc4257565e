"""`make bench`: measures start-up, catalogs, a real install and memory; prints one table and fails on no figure."""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tests.bench import catalogs, installation, kabupaten, lifecycle, memory, servers, startup, table
from tests.bench.figures import Fact, Figure

TOPICS = ("startup", "catalogs", "install", "servers", "lifecycle", "kabupaten")


def main() -> None:
    """Measure what is asked for and show it."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("topics", nargs="*", metavar="TOPIC", help=f"of {', '.join(TOPICS)} (default: all)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write the figures there")
    asked = parser.parse_args()
    if unknown := set(asked.topics) - set(TOPICS):
        parser.error(f"no such topic: {', '.join(sorted(unknown))}")
    loads = [os.getloadavg()]
    print(table.caution(loads), file=sys.stderr)
    with tempfile.TemporaryDirectory(prefix="semai-bench-") as folder:
        found = list(_figures(Path(folder), asked.topics or TOPICS))
    loads.append(os.getloadavg())
    print("\n".join([table.caution(loads), "", *table.lines(found)]))
    if asked.json:
        asked.json.write_text(json.dumps(table.plain(found, loads), indent=2) + "\n", encoding="utf-8")


def _figures(folder: Path, topics: list[str] | tuple[str, ...]) -> Iterator[Figure | Fact]:
    if "startup" in topics:
        yield from startup.measure(catalogs.trusting_state(folder / "listing", 14, 3))
    if "catalogs" in topics:
        yield from catalogs.measure(folder / "catalogs")
    if "install" in topics:
        with installation.demo(folder / "demo") as made:
            yield from installation.measure(made)
            yield from memory.measure(made)
    if "servers" in topics:
        yield from servers.measure(folder / "servers")
    if "lifecycle" in topics:
        yield from lifecycle.measure()
    if "kabupaten" in topics:
        yield from kabupaten.measure(folder / "kabupaten")


if __name__ == "__main__":
    main()
