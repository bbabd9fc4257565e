"""The apps with the rows of a whole kabupaten in PostgreSQL: lists, recaps, side-by-side pages, one by one.

40 OPD, 20,000 usulan, 60,000 budget lines in four versions; one process per app, as a server runs it, and one
person at a time who is logged in. The rows come from one seed, so that a second run asks the same of the same.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.bench import memory
from tests.bench.figures import Fact, Figure
from tests.bench.kabupaten import size
from tests.bench.kabupaten.postgres import Cluster, Statements, cluster
from tests.bench.kabupaten.site import Site, processor_ms, resident_mb
from tests.bench.kabupaten.visitor import Answer, Visitor

TOPIC = "kabupaten"
APPS = ("e-planning", "e-budgeting")
WARM, REPEATS = 3, 40
PAGE_MS, IDLE_MB, FIRST_LOAD_KB = 300.0, 90.0, 150.0


@dataclass(frozen=True)
class Page:
    """One address, and who opens it."""

    who: str
    what: str
    path: str


def measure(folder: Path, apps: Sequence[str] = APPS, repeats: int = REPEATS) -> Iterator[Figure | Fact]:
    """Yield the figures of each app; everything lies below `folder`."""
    with cluster(folder / "postgresql") as database:
        for app in apps:
            database.create(app)
            site = Site.make(app, folder / app, database.address(app))
            yield from _of_app(site, database, repeats)


def _of_app(site: Site, database: Cluster, repeats: int) -> Iterator[Figure | Fact]:
    site.prepare()
    seconds = site.fill()
    yield Fact(TOPIC, f"{site.app}: filled", f"{database.settle(site.app)} in {seconds:.0f} s")
    pages = [Page(**page) for page in json.loads((site.folder / "pages.json").read_text(encoding="utf-8"))]
    with site.served() as process:
        yield _memory(f"{site.app}: memory before the first page", process.pid)
        figures = list(_of_pages(site, process.pid, Statements(database, site.app), pages, repeats))
        yield _memory(f"{site.app}: memory after {len(pages)} pages", process.pid)
    yield from figures


def _memory(what: str, pid: int) -> Figure:
    note = f"{resident_mb(pid):.0f} MB with all that is shared with other programs"
    return Figure(TOPIC, what, (memory.resident_mb(pid),), "MB", IDLE_MB, note)


def _of_pages(
    site: Site, pid: int, statements: Statements, pages: Sequence[Page], repeats: int
) -> Iterator[Figure]:
    visitors: dict[str, Visitor] = {}
    first_loads: dict[str, float] = {}
    for page in pages:
        if page.who not in visitors:
            visitors[page.who] = Visitor(site.port)
            visitors[page.who].enter(page.who, size.PASSWORD)
        visitor = visitors[page.who]
        visitor.line.close()  # it may have rested so long that the app hangs up; the next question opens it anew
        for _ in range(WARM):
            _opened(visitor, page)
        worked = processor_ms(pid)
        answers = [_opened(visitor, page) for _ in range(repeats)]
        worked = (processor_ms(pid) - worked) / repeats
        statements.restart()
        answer = _opened(visitor, page)
        asked = statements.count()
        first_loads[page.what] = (len(answer.body) + visitor.assets(answer)) / 1000
        note = f"{asked} queries, {len(answer.body) / 1000:.0f} kB, processor of the app {worked:.0f} ms"
        times = tuple(answer.seconds * 1000 for answer in answers)
        yield Figure(TOPIC, f"{site.app}: {page.what}", times, "ms", PAGE_MS, note, quantile=0.95)
    largest = max(first_loads, key=lambda what: first_loads[what])
    kilobytes = first_loads[largest]
    yield Figure(TOPIC, f"{site.app}: largest first load", (kilobytes,), "kB", FIRST_LOAD_KB, largest)


def _opened(visitor: Visitor, page: Page) -> Answer:
    answer = visitor.get(page.path)
    if answer.status != 200:
        raise RuntimeError(f"{page.path} answered {answer.status} to {page.who}")
    return answer
