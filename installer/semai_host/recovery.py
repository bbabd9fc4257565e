"""After a crash: finish or undo every run found in a journal, then make each app agree with what it serves.

Every mutating verb does the first before its own work; the verb `recover` (also at boot) does both.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from . import audit, durable, journal, maintenance, receipts, restore_points
from .activation import Activation
from .backups.restore import Restore
from .configuration import Configuration
from .durable import Corrupt
from .errors import HostError
from .events import Events, utc
from .host import App, Host
from .journal import Journal, Record
from .removal import Removal
from .request import Request
from .rollback import Rollback
from .transaction import Runbook, Transaction

_REQUESTED = {"configure": Configuration, "rollback": Rollback}


@dataclass(frozen=True)
class Recovered:
    """One killed run and how it ended: finished, undone, set-aside (journal unreadable) or failed.

    `app` names all apps of the run, with a blank between them.
    """

    app: str
    run: str
    verb: str
    step: str
    outcome: str
    message: str = ""
    notes: tuple[str, ...] = ()

    def concerns(self, apps: str) -> bool:
        """Tell whether the run was about one of `apps` (written as `app` is)."""
        return bool({*self.app.split()} & {*apps.split()})

    def as_dict(self) -> dict[str, Any]:
        return {**asdict(self), "notes": list(self.notes)}


def runbook(app: App, of: Journal) -> Runbook:
    """Return the steps of the journal's verb."""
    if of.record.verb == "remove":
        return Removal(app, of)
    if of.record.verb == "restore":
        return Restore(app.host, of)
    request = of.record.request
    if request is None:
        raise Corrupt("file-corrupt", f"{of.path} does not say what to {of.record.verb}")
    return _REQUESTED.get(of.record.verb, Activation)(app, of, request)


def resolve(host: Host) -> list[Recovered]:
    """Finish or undo all killed runs."""
    return [_resolve_one(host, name) for name in host.layout.journals()]


def _resolve_one(host: Host, name: str) -> Recovered:
    path = host.layout.journal(name)
    try:
        found = journal.load(path)
    except HostError as error:
        return _do_without_journal(host, name, error)
    if found is None:
        return Recovered(name, "", "", "", "finished")
    host.services.check()
    record = found.record
    events = Events.open(host.layout, record.run)
    app = replace(host, events=events).app(name)
    book = runbook(app, found)
    try:
        outcome, message = Transaction(found, book, events, host.layout.reserve(name)).recover(), ""
    except HostError as error:
        ended = "undone" if error.details.get("undone") else "failed"
        outcome, message = ended, error.message
    events.say("finished", exit=0 if outcome == "finished" else 1, recovered=outcome, message=message)
    _write_down(host, record, outcome)
    return Recovered(
        " ".join(record.apps), record.run, record.verb, record.step, outcome, message, tuple(book.notes)
    )


def _write_down(host: Host, record: Record, outcome: str) -> None:
    """Tell the audit log of a run that was killed before it could; its seconds nobody knows."""
    before, request = record.before.serving, record.request
    line = {
        "time": utc(),
        "by": (request.by if request else "") or audit.acting(),
        "verb": record.verb,
        "app": " ".join(record.apps),
        "run": record.run,
        "origin": audit.origin(),
        "from": before.version if before else None,
        "to": request.version if request else None,
        "result": f"killed, {outcome}",
        "seconds": None,
        "changed": outcome == "finished",
    }
    try:
        audit.append(host.layout.audit, line)
    except OSError as error:
        host.events.warn(f"the audit log was not written: {error}")


def _do_without_journal(host: Host, name: str, error: HostError) -> Recovered:
    """Nobody knows how far the run got: let the app run what it serves, and name the data to fall back on."""
    aside = journal.set_aside(host.layout.journal(name))
    done = settle(host, name)
    points = [point.path for point in restore_points.every(host.app(name).places) if point.data]
    advice = f"; if its data is not right, the newest restore point is {points[-1]}" if points else ""
    return Recovered(name, "", "", "", "set-aside", f"{error.message}; kept as {aside}{advice}", tuple(done))


def settle(host: Host, name: str) -> list[str]:
    """Make an app without a journal agree with itself; return what had to be done."""
    app = host.app(name)
    app.tether.cut()
    done = [f"deleted {path}" for path in _leftovers(app)]
    serving = app.serving()
    if serving is None:
        maintenance.clear(app.flag)
        return done
    done += _correct_link(app, serving)
    return done + _correct_service(app, serving)


def _leftovers(app: App) -> Iterator[Path]:
    """Delete temp files, half-made folders and the reserve of killed runs."""
    places, layout = app.places, app.host.layout
    folders = (
        places.folder,
        places.shared,
        places.shared / "data",
        places.kept,
        layout.root / "journal",
        layout.root / "receipts",
        layout.root / "maintenance",
        layout.supervisor / "conf.d",
        layout.tools,
    )
    yield from durable.sweep(folders)
    for folder in (places.releases, places.restore_points, layout.tools):
        for partial in folder.glob("*.partial"):
            durable.remove_tree(partial)
            yield partial
    for path in (layout.reserve(app.name), places.shared / "media.restoring"):
        if path.exists():
            durable.remove_tree(path) if path.is_dir() else durable.remove(path)
            yield path


def _correct_link(app: App, serving: Request) -> list[str]:
    target = f"releases/{serving.version}"
    if app.places.current.is_symlink() and os.readlink(app.places.current) == target:
        return []
    durable.link(app.places.current, target)
    return [f"pointed current at {target}"]


def _correct_service(app: App, serving: Request) -> list[str]:
    """End maintenance a dead run began; start what is wanted and does not run."""
    if app.host.services.system and app.account is None:
        return []
    flag = maintenance.read(app.flag)
    status = app.status
    if flag and flag.run:
        maintenance.clear(app.flag)
        done = f"ended the maintenance of {flag.run}"
    elif status.state == "absent" and _is_installed(app):
        done = "defined and started the service"
    elif status.wanted and status.state != "running":
        done = "started the service"
    else:
        return []
    app.start_anew(serving)
    return [done, *_heard(app, serving)]


def _heard(app: App, serving: Request) -> list[str]:
    if maintenance.shows_page(app.flag):
        return []
    try:
        app.await_health(serving)
    except HostError as error:
        return [error.message]
    return []


def _is_installed(app: App) -> bool:
    try:
        return receipts.read(app.host.layout.receipt(app.name)) is not None
    except Corrupt:
        return True
