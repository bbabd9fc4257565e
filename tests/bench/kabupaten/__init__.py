"""The apps with the rows of a whole kabupaten in PostgreSQL: lists, recaps, side-by-side pages, one by one.

40 OPD, 20,000 usulan, 60,000 budget lines in four versions, two years of 3,000 indicators and of 3,000 applications
for grants; one process per app, as a server runs it, and one person at a time, logged in or a passer-by. The rows
come from one seed, so that a second run asks the same of the same.
"""

from __future__ import annotations

import json
import time
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
APPS = ("e-planning", "e-budgeting", "e-sakip", "e-hibah")
WARM, REPEATS, DOCUMENT_REPEATS = 3, 40, 5
TIDYING_SECONDS = 35.0  # an app returns free memory to the system after half a minute
PAGE_MS, IDLE_MB, FIRST_LOAD_KB = 300.0, 90.0, 150.0


@dataclass(frozen=True)
class Page:
    """One address, and who opens it in which year; "" is a passer-by. Documents are downloads."""

    who: str
    what: str
    path: str
    year: int
    document: bool = False


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
    documents = [page for page in pages if page.document]
    pages = [page for page in pages if not page.document]
    with site.served() as process:
        statements = Statements(database, site.app)
        yield _memory(f"{site.app}: memory before the first page", process.pid)
        figures = list(_of_pages(site, process.pid, statements, pages, repeats))
        yield _at_rest(f"{site.app}: memory at rest after {len(pages)} pages", process.pid)
        if documents:
            figures += _of_pages(site, process.pid, statements, documents, repeats)
            yield _at_rest(f"{site.app}: memory at rest after {len(documents)} documents", process.pid)
    yield from figures


def _at_rest(what: str, pid: int) -> Figure:
    """The memory of an app that nobody has asked for a while."""
    time.sleep(TIDYING_SECONDS)
    return _memory(what, pid)


def _memory(what: str, pid: int) -> Figure:
    note = f"{resident_mb(pid):.0f} MB with all that is shared with other programs"
    return Figure(TOPIC, what, (memory.resident_mb(pid),), "MB", IDLE_MB, note)


def _of_pages(
    site: Site, pid: int, statements: Statements, pages: Sequence[Page], repeats: int
) -> Iterator[Figure]:
    visitors: dict[tuple[str, int], Visitor] = {}
    first_loads: dict[str, float] = {}
    for page in pages:
        if (page.who, page.year) not in visitors:
            visitors[page.who, page.year] = _visitor(site, page)
        visitor = visitors[page.who, page.year]
        visitor.line.close()  # it may have rested so long that the app hangs up; the next question opens it anew
        times = min(repeats, DOCUMENT_REPEATS) if page.document else repeats
        for _ in range(1 if page.document else WARM):
            _opened(visitor, page)
        worked = processor_ms(pid)
        answers = [_opened(visitor, page) for _ in range(times)]
        worked = (processor_ms(pid) - worked) / times
        statements.restart()
        answer = _opened(visitor, page)
        asked = statements.count()
        if not page.document:
            first_loads[page.what] = (len(answer.body) + visitor.assets(answer)) / 1000
        note = f"{asked} queries, {len(answer.body) / 1000:.0f} kB, processor of the app {worked:.0f} ms"
        waited = tuple(answer.seconds * 1000 for answer in answers)
        target = None if page.document else PAGE_MS
        yield Figure(TOPIC, f"{site.app}: {page.what}", waited, "ms", target, note, quantile=0.95)
    if not first_loads:
        return
    largest = max(first_loads, key=lambda what: first_loads[what])
    kilobytes = first_loads[largest]
    yield Figure(TOPIC, f"{site.app}: largest first load", (kilobytes,), "kB", FIRST_LOAD_KB, largest)


def _visitor(site: Site, page: Page) -> Visitor:
    visitor = Visitor(site.port)
    if page.who:
        visitor.enter(page.who, size.PASSWORD)
    if page.year != size.YEAR:
        visitor.choose(page.year)
    return visitor


def _opened(visitor: Visitor, page: Page) -> Answer:
    answer = visitor.get(page.path)
    if answer.status != 200:
        raise RuntimeError(f"{page.path} answered {answer.status} to {page.who or 'a passer-by'}")
    return answer
