"""What backups cost: the first and the second set beside plain restic of the same, and a restore."""

from __future__ import annotations

import time
from collections.abc import Generator, Iterator

from tests.bench.figures import Figure
from tests.bench.lifecycle.pond import APP, MEDIA, REPOSITORY, TOPIC, Pond
from tests.host.server import ROOT, TOOL

SHARE = 5.0  # percent of the first's bytes the second may store
_PLAIN = "/srv/plain"
_CREATE = f"umask 077; {TOOL} --root {ROOT} backup create"
_RESTIC = f"RESTIC_PASSWORD=x restic -q -r {_PLAIN}"


def measure(pond: Pond) -> Iterator[Figure]:
    """Yield the figures of both, taken in the same order on the same data."""
    yield from _sets(pond)
    yield from _plain(pond)
    yield _restore(pond)


def _sets(pond: Pond) -> Iterator[Figure]:
    first = yield from _made(pond, "first backup", REPOSITORY, _CREATE, 0)
    for _ in range(100):
        pond.ask("/visit", "POST")
    second = yield from _made(pond, "second backup, 100 rows later", REPOSITORY, _CREATE, first)
    yield Figure(TOPIC, "  second / first, bytes stored", (100 * second / first,), "%", SHARE)


def _plain(pond: Pond) -> Iterator[Figure]:
    pond.machine.run(f"{_RESTIC} init")
    command = f"{pond.dump('/root/plain.pgdump', '--compress=0')} && {_RESTIC} backup /root/plain.pgdump {MEDIA}"
    first = yield from _made(pond, "first pg_dump and plain restic backup", _PLAIN, command, 0)
    for _ in range(100):
        pond.ask("/visit", "POST")
    second = yield from _made(pond, "second pg_dump and plain restic backup", _PLAIN, command, first)
    yield Figure(TOPIC, "  second / first, bytes stored", (100 * second / first,), "%")
    pond.machine.run(f"rm -rf {_PLAIN} /root/plain.pgdump")


def _made(pond: Pond, what: str, repository: str, command: str, before: int) -> Generator[Figure, None, int]:
    taken = pond.seconds(what, command)
    stored = pond.bytes_of(repository) - before
    yield Figure(TOPIC, what, taken.values, note=f"{stored / (1 << 20):,.1f} MB stored")
    return stored


def _restore(pond: Pond) -> Figure:
    newest = pond.call("backup", "list")["sets"][0]["set"]
    rows = pond.count()
    pond.ask("/visit", "POST")
    started = time.perf_counter()
    pond.call("backup", "restore", newest)
    taken = time.perf_counter() - started
    if not 0 < pond.count() <= rows:
        raise RuntimeError(f"{pond.count()} rows after the restore of a set with at most {rows}")
    return Figure(TOPIC, f"restore of {APP} from its newest set", (taken,))
