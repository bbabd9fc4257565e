"""points: the moments an app can go back to, and what going back would undo. Changes nothing, takes no lock."""

from __future__ import annotations

from typing import Any, Optional

from . import events, restore_points, rollback
from .drivers import choice
from .errors import HostError, Refused
from .host import App, Host
from .layout import Layout
from .request import Request
from .restore_points import Point

Counts = dict[str, int]
_NOT_OF_A_ROLLBACK = ("prepare", "migrate", "after-install")  # what an activation does besides


class Now:
    """What an app holds at this moment; counted once, and only when a point needs to be compared with it."""

    def __init__(self, app: App, serving: Request) -> None:
        self.app = app
        self.serving = serving
        self._rows: Optional[Counts] = None

    @property
    def rows(self) -> Counts:
        if self._rows is None:
            database = self.app.database(self.serving)
            self._rows = database.rows() if database else {}
        return self._rows

    @property
    def uploads(self) -> Counts:
        shared = self.app.places.shared
        return {f"shared/{name}": restore_points.count_files(shared / name) for name in ("data", "media")}


def listing(layout: Layout, name: str) -> dict[str, Any]:
    """Return the points of an app, newest first, with what each would undo (README.md has an example)."""
    app = Host(layout, choice.services(layout), events.Events("", None, None)).app(name)
    serving = app.serving()
    found = restore_points.every(app.places)
    readable = {point.path for point in found}
    damaged = [path.name for path in restore_points.paths(app.places) if path not in readable]
    if serving is None and not found:
        raise Refused("unknown-app", f"{name} is not installed on this host")
    now = Now(app, serving) if serving else None
    return {
        "app": name,
        "version": serving.version if serving else None,
        "release": serving.release if serving else None,
        "leader": serving.leader if serving else True,
        "points": [{**_plain(point), **_return(app, now, point, found)} for point in reversed(found)],
        "damaged": damaged,
    }


def _plain(point: Point) -> dict[str, Any]:
    request = point.request
    return {
        "name": point.name,
        "path": str(point.path),
        "moment": point.moment,
        "reason": point.reason,
        "version": request.version if request else None,
        "release": request.release if request else None,
        "config": request.config if request else None,
        "data": point.data,
        "rows": point.rows,
        "uploads": point.uploads,
        "bytes": point.size,
    }


def _return(app: App, now: Now | None, point: Point, points: list[Point]) -> dict[str, Any]:
    """Tell whether the app can go back to the point, and what that would undo."""
    try:
        if now is None:
            raise Refused("unknown-app", f"{app.name} is not installed on this host")
        request = rollback.request_of(app, now.serving, app.form, point)
        rollback.require_possible(app, request, point)
    except Refused as refusal:
        return {"possible": False, "why": {"code": refusal.code, "message": refusal.message}}
    with_data = request.change == "migrate"
    undoes = _lost(now, restore_points.data_for(point, app.form, points)) if with_data else {}
    return {"possible": True, "undoes_data": with_data, "seconds": seconds(app, with_data), **undoes}


def _lost(now: Now, source: Point | None) -> dict[str, Any]:
    """Return what is lost when the data of a point come back; `compared` says why nothing could be counted."""
    if source is None:
        return {}
    told: dict[str, Any] = {
        "data_from": source.name,
        "lost_after": source.moment,
        "differences": [],
        "compared": "",
    }
    if not source.counted:
        return {**told, "compared": "the point was made before rows were counted"}
    try:
        pairs = (("rows", now.rows, source.rows), ("files", now.uploads, source.uploads))
        told["differences"] = [entry for kind, here, there in pairs for entry in differences(kind, here, there)]
    except HostError as error:
        told["compared"] = error.message
    return told


def differences(kind: str, now: Counts, then: Counts) -> list[dict[str, Any]]:
    """Return what differs between two counts of `kind` (rows or files)."""
    return [
        {"kind": kind, "of": name, "now": now.get(name, 0), "then": then.get(name, 0)}
        for name in sorted({*now, *then})
        if now.get(name, 0) != then.get(name, 0)
    ]


def seconds(app: App, with_data: bool) -> float | None:
    """Return how long going back will take by what the app's last such run took; None when none is known."""
    guess: float | None = None
    for result in events.results(app.host.layout, app.name):
        took, same = result.get("seconds") or {}, bool(result.get("data")) == with_data
        if same and result.get("verb") == "rollback":
            return float(round(sum(took.values()), 1))
        if same and guess is None and result.get("verb") in ("activate", "configure"):
            alike = sum(value for step, value in took.items() if step not in _NOT_OF_A_ROLLBACK)
            guess = float(round(alike + (took.get("restore-point", 0.0) if with_data else 0.0), 1))
    return guess
