"""The host's own verdict: what a timer measures now and then, so that nobody who asks has to wait for it.

`<root>/verdict.json` says how each app feels and since when, what it takes, and how full disks were day by day.
"""

from __future__ import annotations

from typing import Any

from . import durable, state
from .events import utc
from .layout import SYSTEMD, Layout

DAYS_KEPT = 60
_FIGURES = ("rss_mb", "disk_mb", "database_mb", "media_mb")

Record = dict[str, Any]


def write(layout: Layout) -> Record:
    """Measure, write the verdict and return it; takes no lock, a run that is on is told as such."""
    before = durable.believed(layout.verdict) or {}
    found = state.collect(str(layout.root), sizes=True, exposure=layout.keeper == SYSTEMD)
    now = utc()
    record = {
        "schema": 1,
        "time": now,
        "apps": {
            name: _app(app, _condition(found, name, app), before.get("apps", {}).get(name), now)
            for name, app in found["apps"].items()
        },
        "filesystems": [_filesystem(entry, before, now) for entry in found["filesystems"]],
    }
    durable.write_sealed(layout.verdict, record, 0o600)
    return record


def _condition(found: Record, name: str, app: Record) -> str:
    """Return one word for how an app is: changing, maintenance, what its service is, or what its health says."""
    if found["lock"] and found["lock"].get("app") == name:
        return "changing"
    if name in found["maintenance"]:
        return "maintenance"
    service = str(app["service"]["state"])
    return str(app["health"]["status"]) if service == "running" else service


def _app(app: Record, condition: str, before: Record | None, now: str) -> Record:
    same = before is not None and before["condition"] == condition
    return {
        "condition": condition,
        "since": before["since"] if before and same else now,
        "detail": app["health"]["detail"],
        "exposure": app["service"].get("exposure"),
        **{key: app[key] for key in _FIGURES},
    }


def _filesystem(entry: Record, before: Record, now: str) -> Record:
    """Return a file system with the last figure of each day."""
    known = [old for old in before.get("filesystems", ()) if old["path"] == entry["path"]]
    days: dict[str, int] = dict(known[0]["days"]) if known else {}
    days[now[:10]] = entry["free_mb"]
    return {**entry, "days": [list(day) for day in sorted(days.items())[-DAYS_KEPT:]]}
