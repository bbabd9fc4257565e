"""What people notice of a change: the pause of a migration, lost requests, the way back, a power cut."""

from __future__ import annotations

import http.client
import threading
import time
from collections.abc import Iterator
from types import TracebackType

from tests.bench.figures import Figure
from tests.bench.lifecycle.pond import APP, MEDIA, TOPIC, Pond
from tests.host.server import Visitors

PAUSE = 1.2  # of the copy of the database alone


class Writer:
    """One person who saves without pause; `longest` is the longest time between two acknowledged saves."""

    def __init__(self, pond: Pond) -> None:
        self._pond, self._over = pond, threading.Event()
        self._thread = threading.Thread(target=self._write)
        self.longest = 0.0

    def __enter__(self) -> Writer:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        self._over.set()
        self._thread.join()

    def _write(self) -> None:
        last = time.perf_counter()
        while not self._over.is_set():
            try:
                saved = self._pond.ask("/visit", "POST")[0] == 200
            except (OSError, http.client.HTTPException, ValueError):
                saved = False
            if saved:
                self.longest, last = max(self.longest, time.perf_counter() - last), time.perf_counter()
            else:
                time.sleep(0.02)


def measure(pond: Pond) -> Iterator[Figure]:
    """Yield the figures, in an order in which each leaves the app well for the next."""
    alone = pond.seconds("pg_dump alone", pond.dump("/root/alone.pgdump"))
    yield alone
    yield pond.seconds("cp -a of the media alone", f"cp -a {MEDIA} /root/media")
    pond.machine.run("rm -rf /root/media /root/alone.pgdump")
    yield from _migration(pond, alone.median)
    yield _way_back(pond)
    yield from _code(pond)
    yield from _power_cut(pond)


def _migration(pond: Pond, alone: float) -> Iterator[Figure]:
    request = pond.release()
    with Writer(pond) as writer:
        started = time.perf_counter()
        pond.activate(request)
        taken = time.perf_counter() - started
    yield Figure(TOPIC, "upgrade of class migrate, from beginning to end", (taken,))
    yield Figure(TOPIC, "  its pause for people who write", (writer.longest,))
    yield Figure(TOPIC, "  pause / pg_dump alone", (writer.longest / alone,), "x", PAUSE)


def _way_back(pond: Pond) -> Figure:
    started = time.perf_counter()
    pond.call("rollback", APP)
    return Figure(TOPIC, "rollback with its data", (time.perf_counter() - started,))


def _code(pond: Pond) -> Iterator[Figure]:
    request = pond.release(schema=1, change="code")
    with Visitors(pond) as visitors:
        started = time.perf_counter()
        pond.activate(request)
        taken = time.perf_counter() - started
    failed = len(visitors.lost) + sum(count for status, count in visitors.statuses.items() if status != 200)
    yield Figure(TOPIC, "upgrade of class code under load", (taken,))
    note = f"{sum(visitors.statuses.values()):,} requests"
    yield Figure(TOPIC, "  requests failed meanwhile", (failed,), "", 1, note=note)


def _power_cut(pond: Pond) -> Iterator[Figure]:
    """Cut the power when the migration has run; what counts is the time from the switch to the first page."""
    before, served = pond.count(), pond.serves()
    pond.kill_at("acted", "migrate", pond.release())
    pond.machine.power_cut()
    started = time.perf_counter()
    pond.machine.start()
    booted = time.perf_counter() - started
    while not _is_back(pond, served):
        time.sleep(0.05)
    taken = time.perf_counter() - started
    if pond.count() != before:
        raise RuntimeError(f"{before} rows before the power cut, {pond.count()} after it")
    yield Figure(TOPIC, "power cut in a migration: from switching on to the page", (taken,), note="all rows there")
    yield Figure(TOPIC, "  of which until systemd was done", (booted,))


def _is_back(pond: Pond, release: str) -> bool:
    try:
        status, said = pond.ask()
    except (OSError, http.client.HTTPException, ValueError):
        return False
    return (status, said.get("release")) == (200, release)
