"""Progress of a run: JSON lines on stderr and in `journal/<run>.events`, so that anyone can follow or catch up.

Progress never decides over the work: a closed terminal or a full disk ends the telling, not the run.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TextIO

from .layout import Layout

KEPT_RUNS = 30


def utc(seconds: float | None = None) -> str:
    """Return a time as 2026-11-21T20:14:05Z (now when no seconds are given)."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))


class Events:
    """The event stream of one run."""

    def __init__(self, run: str, file: TextIO | None, terminal: TextIO | None) -> None:
        self.run = run
        self._sinks = [sink for sink in (file, terminal) if sink]
        self._count = 0

    @classmethod
    def open(cls, layout: Layout, run: str) -> Events:
        """Start the stream of `run` (its file continues when the run is resumed)."""
        _forget_old(layout.root / "journal")
        path = layout.events(run)
        events = cls(run, path.open("a", encoding="utf-8"), sys.stderr)
        events._count = sum(1 for _ in path.open(encoding="utf-8"))
        return events

    def say(self, event: str, **facts: Any) -> None:
        """Write one event; `n` counts the lines of the run from 1."""
        self._count += 1
        line = json.dumps({"n": self._count, "time": utc(), "run": self.run, "event": event, **facts})
        for sink in tuple(self._sinks):
            try:
                sink.write(line + "\n")
                sink.flush()
            except (OSError, ValueError):  # the reader is gone or the disk is full: go on without this sink
                self._sinks.remove(sink)

    def warn(self, message: str, **facts: Any) -> None:
        self.say("warning", message=message, **facts)


def read(path: Path, after: int) -> list[dict[str, Any]]:
    """Return the events of a run numbered above `after`; a half-written last line is left for the next call."""
    try:
        lines = path.read_text(encoding="utf-8").split("\n")[:-1]
    except FileNotFoundError:
        return []
    parsed = (_event(line) for line in lines)
    return [event for event in parsed if event and event.get("n", 0) > after]


def results(layout: Layout, app: str) -> Iterator[dict[str, Any]]:
    """Yield what the app's runs that went well came to, newest first."""
    return (result for result in every_result(layout) if result.get("app") == app)


def every_result(layout: Layout) -> Iterator[dict[str, Any]]:
    """Yield what the runs of the host that went well came to, newest first."""
    streams = sorted(
        (layout.root / "journal").glob("*.events"), key=lambda path: path.stat().st_mtime, reverse=True
    )
    for path in streams:
        ends = [event for event in read(path, 0) if event.get("event") == "finished" and event.get("exit") == 0]
        result = ends[-1].get("result") if ends else None
        if isinstance(result, dict):
            yield result


def _event(line: str) -> dict[str, Any] | None:
    try:
        event = json.loads(line)
    except ValueError:
        return None
    return event if isinstance(event, dict) else None


def _forget_old(folder: Path) -> None:
    streams = sorted(folder.glob("*.events"), key=lambda path: path.stat().st_mtime)
    for path in streams[:-KEPT_RUNS]:
        path.unlink(missing_ok=True)
