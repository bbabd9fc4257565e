"""A mentor's catalog of a given size: how long and how many bytes a refresh takes, and resolving all its apps."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from packaging.specifiers import SpecifierSet
from semai.adapters.mentor_client import MentorClient
from semai.core.catalog import AppKey, Index
from semai.core.resolver import Platform, resolve

from tests.bench.figures import Figure
from tests.simulator.repository import Repository, app, release
from tests.simulator.server import Server, serving

TOPIC = "catalog"
MENTOR = "batang"
SIZES = ((14, 3), (100, 5))
ARTIFACTS = 10  # per release
REPEATS = 7
RESOLVE_SECONDS = 0.3  # for the largest size


def measure(folder: Path) -> list[Figure]:
    """Return the figures of every size; client states are made below `folder`."""
    return [figure for size in SIZES for figure in _of_size(folder / f"{size[0]}x{size[1]}", *size)]


def trusting_state(folder: Path, apps: int, releases: int) -> Path:
    """Return a state folder that trusts and has the catalog of that size, read from a stick."""
    mentor, state = repository(apps, releases), folder / "state"
    client = MentorClient(state, MENTOR)
    client.add([mentor.write_to(folder / "stick")], mentor.fingerprint, None, mentor.now)
    client.refresh(mentor.now)
    return state


def repository(apps: int, releases: int) -> Repository:
    """Return a mentor whose apps require, read and exclude one another, signed now."""
    written = [_app(number, releases) for number in range(apps)]
    return Repository(MENTOR, apps=written, now=datetime.now(timezone.utc).replace(microsecond=0))


def _app(number: int, releases: int) -> dict[str, Any]:
    """App n needs its neighbour and reads a contract of app n/2; the newest of each seventh excludes another's."""
    found = []
    for count in range(releases, 0, -1):
        relations: dict[str, Any] = {"provides": {f"area.api-{number}": [f"1.{count}"]}}
        if number % 3:
            relations["requires"] = {_name(number - 1): f">=2026.{count - 1}"}
        if number:
            relations["consumes"] = {f"area.api-{number // 2}": {"version": ">=1.0,<2"}}
        if number % 7 == 6 and count == releases:
            relations["conflicts"] = {_name(number - 1): f">=2026.{releases}"}
        version = f"2026.{count}.0"
        files = [_artifact(_name(number), version, file) for file in range(ARTIFACTS)]
        found.append(release(version, artifacts=files, **relations))
    return app(_name(number), *found)


def _artifact(name: str, version: str, number: int) -> dict[str, Any]:
    digest = hashlib.sha256(f"{name} {version} {number}".encode()).hexdigest()
    file = f"part_{number}-{version}-py3-none-any.whl"
    target = f"apps/{name}/{version}/{digest}.{file}"
    return {"kind": "wheel", "name": target, "file": file, "size": 100_000 + number, "sha256": digest}


def _name(number: int) -> str:
    return f"app-{number}"


def _of_size(folder: Path, apps: int, releases: int) -> list[Figure]:
    mentor, label = repository(apps, releases), f"{apps} apps x {releases}"
    with serving(mentor.files) as server:
        first = MentorClient(folder / "0", MENTOR)
        first.add([server.url], mentor.fingerprint, None, mentor.now)  # imports tuf and requests, unmeasured
        cold, cold_note = _refreshes(server, mentor, [folder / str(number) for number in range(REPEATS)])
        warm, warm_note = _refreshes(server, mentor, [folder / "0"] * REPEATS)
    index = first.load()
    return [
        Figure(TOPIC, f"refresh {label}, cold", cold, "ms", note=cold_note),
        Figure(TOPIC, f"refresh {label}, nothing new", warm, "ms", note=warm_note),
        Figure(TOPIC, f"load {label} from disk", _times(lambda: first.load()), "ms"),
        _resolving(label, index, RESOLVE_SECONDS if (apps, releases) == SIZES[-1] else None),
    ]


def _refreshes(server: Server, mentor: Repository, states: list[Path]) -> tuple[tuple[float, ...], str]:
    """Refresh a client in each state folder; return milliseconds, and what the last one transferred."""
    times = []
    for state in states:
        client = MentorClient(state, MENTOR)
        if not state.exists():
            client.add([server.url], mentor.fingerprint, None, mentor.now)
        server.requests.clear()
        server.sent, started = 0, time.perf_counter()
        client.refresh(mentor.now)
        times.append((time.perf_counter() - started) * 1000)
    return tuple(times), f"{server.sent:,} bytes in {len(server.requests)} requests"


def _resolving(label: str, index: Index, target: float | None) -> Figure:
    before = time.process_time()
    values = tuple(ms / 1000 for ms in _times(lambda: _resolve(index)))
    cpu = (time.process_time() - before) / (REPEATS + 1)
    return Figure(TOPIC, f"resolve all of {label}", values, target=target, note=f"processor {cpu:.2f} s")


def _resolve(index: Index) -> None:
    requests = {AppKey(MENTOR, app.page.id): SpecifierSet(">=2026") for app in index.apps}
    resolution = resolve({MENTOR: index}, requests, Platform())
    if len(resolution.apps) != len(index.apps):
        raise RuntimeError("the resolver left apps out")


def _times(action: Callable[[], object]) -> tuple[float, ...]:
    """Return milliseconds of REPEATS runs after an unmeasured one."""
    action()
    times = []
    for _ in range(REPEATS):
        started = time.perf_counter()
        action()
        times.append((time.perf_counter() - started) * 1000)
    return tuple(times)
