"""Reading along: the progress of a run and the log of an app, from where the reader stopped last time."""

from __future__ import annotations

from collections import deque
from typing import Any

from . import events, locks
from .drivers import choice
from .errors import Refused
from .layout import Layout

MOST_BYTES = 1 << 20


def watch(layout: Layout, run: str, after: int) -> dict[str, Any]:
    """Return the events of a run numbered above `after`; `alive` says whether it still holds the host's lock."""
    path = layout.events(run)
    alive = (locks.holder(layout.lock) or {}).get("run") == run  # asked first: what ends now is read below
    found = events.read(path, after)
    return {
        "run": run,
        "events": found,
        "next": found[-1]["n"] if found else after,
        "finished": any(event["event"] == "finished" for event in found),
        "alive": alive,
    }


def log(layout: Layout, name: str, lines: int, since: int | None) -> dict[str, Any]:
    """Return the last lines of an app's log, or what was added from byte `since` on (from 0 after a rotation)."""
    known = choice.services(layout).log(name, lines, since) if layout.app(name).serving.exists() else None
    if known:
        return {"app": name, "path": "journal", "lines": known[0], "next": known[1]}
    path = layout.log(name)
    if not path.exists():
        raise Refused("unknown-app", f"{name} has no log on this host")
    size = path.stat().st_size
    start = since if since is not None and since <= size else 0
    if since is None or size - start > MOST_BYTES:
        start = max(start, size - MOST_BYTES)
    with path.open("rb") as file:
        file.seek(start)
        content = file.read(MOST_BYTES)
    whole = content if content.endswith(b"\n") else content[: content.rfind(b"\n") + 1]
    texts = whole.decode(errors="replace").splitlines()
    return {
        "app": name,
        "path": str(path),
        "lines": list(deque(texts, lines)) if since is None else texts,
        "next": start + len(whole),
    }
