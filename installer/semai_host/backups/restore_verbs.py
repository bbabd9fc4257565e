"""backup plan and backup restore: what bringing a set back would undo, and doing it."""

from __future__ import annotations

import calendar
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Optional

from .. import events, host_facts, points, restore_points, verbs
from ..drivers import choice as drivers
from ..errors import HostError, Refused
from ..host import App, Host
from ..journal import Journal, Member, Record
from ..layout import Layout
from ..request import PHP, Request
from ..transaction import Transaction
from . import choice, extracting, settings
from .engine import Engine
from .restore import Restore, Source, require_possible

Answer = dict[str, Any]


def plan(layout: Layout, name: str, apps: Sequence[str], other: Optional[Path] = None) -> Answer:
    """Tell what restoring the set would undo; no lock, nothing is changed. `other` as in `settings.read`."""
    engine = choice.engine(settings.read(layout, other))
    manifest = extracting.listed_manifest(engine, name)
    host = Host(layout, drivers.services(layout), events.Events("", None, None))
    made = calendar.timegm(time.strptime(manifest["moment"], "%Y-%m-%dT%H:%M:%SZ"))
    return {
        "set": name,
        "engine": engine.name,
        "encrypted": engine.encrypted,
        "moment": manifest["moment"],
        "age_hours": round((time.time() - made) / 3600, 1),
        "apps": [_plan_of(host.app(app), manifest, engine) for app in _chosen(layout, manifest, apps)],
        "elsewhere": [app for app in manifest["apps"] if not layout.app(app).serving.exists()],
    }


def _chosen(layout: Layout, manifest: Answer, asked: Sequence[str]) -> list[str]:
    """Return the asked apps, or all of the set that are installed here; raise Refused when one is not."""
    found = list(dict.fromkeys(asked)) or [app for app in manifest["apps"] if layout.app(app).serving.exists()]
    if not found:
        raise Refused(
            "unknown-app", f"no app of the set {manifest['set']} is installed on this host", "semai apply"
        )
    for app in found:
        if not layout.app(app).serving.exists():
            raise Refused("unknown-app", f"{app} is not installed on this host", "semai apply")
        if app not in manifest["apps"]:
            raise Refused("app-not-in-set", f"the set {manifest['set']} does not hold {app}", "semai backup list")
    return found


def _plan_of(app: App, manifest: Answer, engine: Engine) -> Answer:
    serving, content = verbs.installed(app), manifest["apps"][app.name]
    told: Answer = {
        "app": app.name,
        "version": serving.version,
        "set_version": content["version"],
        "bytes": extracting.size_of(engine, manifest, [app.name]),
        "seconds": _seconds(app),
        "differences": [],
        "compared": "",
    }
    try:
        require_possible(app, serving, manifest)
    except Refused as refusal:
        return {**told, "possible": False, "why": {"code": refusal.code, "message": refusal.message}}
    return {**told, "possible": True, **_lost(app, serving, content, _uploads(app.name, manifest))}


def _lost(app: App, serving: Request, content: Answer, uploads: points.Counts) -> Answer:
    """Compare what the app holds now with the set; `compared` says why rows could not be counted."""
    now = points.Now(app, serving)
    here = now.uploads if serving.runtime == PHP else {"shared/media": now.uploads["shared/media"]}
    files = points.differences("files", here, uploads)
    if content["rows"] is None:
        return {"differences": files, "compared": "the set does not say how many rows it holds"}
    try:
        return {"differences": [*points.differences("rows", now.rows, content["rows"]), *files]}
    except HostError as error:
        return {"differences": files, "compared": error.message}


def _uploads(app: str, manifest: Answer) -> points.Counts:
    """Count the files of an app's folders in the set."""
    found = {"shared/data": f"{app}/data/", "shared/media": f"{app}/media/"}
    counts = {name: sum(path.startswith(begin) for path in manifest["parts"]) for name, begin in found.items()}
    return {name: count for name, count in counts.items() if count}


def _seconds(app: App) -> float | None:
    """Return how long the app's last restore took; None when there was none."""
    for result in events.every_result(app.host.layout):
        if result.get("verb") == "restore" and app.name in result.get("apps", {}):
            return float(round(sum(result["seconds"].values()), 1))
    return None


def restore(
    layout: Layout, name: str, apps: Sequence[str], run: str, by: str = "", other: Optional[Path] = None
) -> Answer:
    """Bring the set's data back into the asked apps, or into all of it that are installed here."""
    engine = choice.engine(settings.read(layout, other))
    manifest = extracting.listed_manifest(engine, name)
    chosen = _chosen(layout, manifest, apps)

    def work(host: Host) -> Answer:
        for app in map(host.app, chosen):
            require_possible(app, verbs.installed(app), manifest)
        members = [_member(host.app(app), by) for app in chosen]
        started = max(restore_points.next_moment(layout.app(app)) for app in chosen)
        first, others = members[0], tuple(members[1:])
        record = Record(
            run, first.app, "restore", started, first.before, first.request, from_set=name, others=others
        )
        return _transact(host, record, Source(engine, manifest))

    return verbs.at_work(layout, f"backup restore {name}", " ".join(chosen), run, work, by)


def _member(app: App, by: str) -> Member:
    request = replace(verbs.installed(app), by=by or host_facts.user_name())
    return Member(app.name, verbs.look(app, request), request)


def _transact(host: Host, record: Record, source: Source) -> Answer:
    journal = Journal.open(host.layout.journal(record.app), record)
    book = Restore(host, journal, source)
    transaction = Transaction(journal, book, host.events, host.layout.reserve(record.app))
    transaction.run()
    return {
        "verb": "restore",
        "run": record.run,
        "set": record.from_set,
        "changed": True,
        "apps": {part.app.name: _outcome(part.request, part.restore_point) for part in book.parts},
        "notes": book.notes,
        "seconds": transaction.seconds,
    }


def _outcome(request: Request, point: str | None) -> Answer:
    return {"version": request.version, "restore_point": point}
