"""The mutating verbs: take the lock, recover what a crash left, then one transaction or one plain change."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from . import (
    audit,
    durable,
    host_facts,
    locks,
    maintenance,
    managed_files,
    receipts,
    recovery,
    restore_points,
    rollback,
    stopping,
)
from .backups import choice as repository
from .backups import scratch
from .drivers import choice
from .durable import Corrupt
from .errors import HostError, Refused, of_system
from .events import Events
from .host import App, Host
from .journal import Before, Journal, Record
from .layout import Layout
from .receipts import Receipt
from .request import Request
from .transaction import Transaction

NICE = 10  # of what only prepares
Answer = dict[str, Any]  # what a verb returns, ready for JSON


def new_run(verb: str, app: str) -> str:
    """Return an unused name for a run."""
    return f"{time.strftime('%Y%m%dT%H%M%SZ', time.gmtime())}-{verb}-{app or 'host'}-{os.urandom(3).hex()}"


def at_work(layout: Layout, verb: str, app: str, run: str, work: Callable[[Host], Answer], by: str = "") -> Answer:
    """Do `work` as the only run on the host, with killed runs resolved first.

    Its outcome ends the run's events and is one line of the audit log, on behalf of `by`.
    """
    with locks.hold(layout.lock, verb, app, run):
        host = _host(layout, run)
        account = audit.Account(layout.audit, verb, app, run, by)
        host.events.say("started", verb=verb, app=app)
        try:
            _resolve(host, app)
            answer = work(host)
        except (HostError, OSError) as error:
            known = of_system(error, Refused) if isinstance(error, OSError) else error
            _write_down(host, account, known.code, {"changed": not isinstance(known, Refused)})
            host.events.say("finished", exit=known.exit_code, error=known.report())
            raise
        _write_down(host, account, "done", answer)
        host.events.say("finished", exit=0, result=answer)
        return answer


def _write_down(host: Host, account: audit.Account, result: str, answer: Answer) -> None:
    """Close the run's line; what was done is done, so a full disk is told and fails nothing."""
    try:
        account.close(result, answer)
    except OSError as error:
        host.events.warn(f"the audit log was not written: {error}")


def _host(layout: Layout, run: str) -> Host:
    """Return the host with its folders made; on a server an administrator's narrow umask shuts no app out."""
    host = Host(layout, choice.services(layout), Events("", None, None))
    if host.services.system:
        os.umask(0o022)
    host.prepare_folders()
    return replace(host, events=Events.open(layout, run))


def _resolve(host: Host, app: str) -> None:
    """Finish or undo killed runs; one of another app that cannot be resolved does not stop this one."""
    for found in recovery.resolve(host):
        host.events.say("recovered", **found.as_dict())
        if found.outcome == "failed" and found.concerns(app):
            raise HostError("undo-failed", found.message, "clear what stands in the way, then: semai-host recover")


def activate(layout: Layout, request: Request, run: str) -> Answer:
    """Run the release asked for; the same release with another configuration is configured."""

    def work(host: Host) -> Answer:
        app = host.app(request.name)
        before = look(app, request)
        same = before.serving is not None and before.serving.release == request.release
        verb = "configure" if same and app.releases.is_prepared(request) else "activate"
        return _deploy(app, verb, request, before, run)

    return at_work(layout, "activate", request.name, run, work, request.by)


def configure(layout: Layout, request: Request, run: str) -> Answer:
    """Run the release that is active with the configuration asked for."""

    def work(host: Host) -> Answer:
        app = host.app(request.name)
        return _deploy(app, "configure", request, look(app, request), run)

    return at_work(layout, "configure", request.name, run, work, request.by)


def warm(layout: Layout, request: Request, run: str) -> Answer:
    """Make a release before it comes, where `activate` takes it from; nothing of the app comes into being.

    Whoever works on this machine meanwhile, apt among them, goes before.
    """
    os.nice(NICE)
    with locks.hold(layout.lock, "warm", request.name, run):
        app = _host(layout, run).app(request.name)
        app.releases.warm(request, app.releases.suitable(request))
    return {"app": app.name, "run": run, "changed": False}


def _deploy(app: App, verb: str, request: Request, before: Before, run: str) -> Answer:
    if _is_so_already(app, request, before):
        return {"app": app.name, "verb": verb, "run": run, "changed": False, "version": request.version}
    request = request if request.by else replace(request, by=host_facts.user_name())
    started = restore_points.next_moment(app.places)
    return _transact(app, Record(run, app.name, verb, started, before, request))


def roll_back(layout: Layout, name: str, to: str | None, led: bool, run: str, by: str = "") -> Answer:
    """Bring the app back to a restore point, the newest when none is named.

    `led` says that the host which looks after the data of this follower went back already.
    """

    def work(host: Host) -> Answer:
        app = host.app(name)
        serving = installed(app)
        if not serving.leader and not led:
            raise Refused(
                "follower",
                f"{name} on this host works with data that another host looks after; that one goes back first",
                hint=f"semai rollback {name}",
            )
        point = rollback.chosen(app, to)
        request = replace(rollback.request_of(app, serving, app.form, point), by=by or host_facts.user_name())
        before = look(app, request)
        if request.change == "code" and _is_so_already(app, request, before):
            return {"app": name, "verb": "rollback", "run": run, "changed": False, "version": request.version}
        started = restore_points.next_moment(app.places)
        return _transact(app, Record(run, name, "rollback", started, before, request, point=point.name))

    return at_work(layout, "rollback", name, run, work, by)


def remove(layout: Layout, name: str, purge: bool, run: str, by: str = "") -> Answer:
    """Take the app off the host; the answer names the restore point that keeps its data."""

    def work(host: Host) -> Answer:
        app = host.app(name)
        started = restore_points.next_moment(app.places)
        return _transact(app, Record(run, name, "remove", started, look(app, None), purge=purge))

    return at_work(layout, "remove --purge" if purge else "remove", name, run, work, by)


def _transact(app: App, record: Record) -> Answer:
    layout, events = app.host.layout, app.host.events
    journal = Journal.open(layout.journal(app.name), record)
    book = recovery.runbook(app, journal)
    transaction = Transaction(journal, book, events, layout.reserve(app.name))
    transaction.run()
    return {
        "app": app.name,
        "verb": record.verb,
        "run": record.run,
        "changed": True,
        "version": record.request.version if record.request else None,
        "previous": record.before.serving.version if record.before.serving else None,
        "restore_point": getattr(book, "restore_point", None),
        "data": bool(getattr(book, "changes_data", False)),
        "notes": list(book.notes),
        "seconds": transaction.seconds,
    }


def look(app: App, request: Request | None) -> Before:
    """Take down what stands now, so that it can come back."""
    serving = app.serving()
    database = app.data(serving, request)
    status = app.status
    answer = app.ask(serving) if serving and status.state == "running" else None
    return Before(
        serving=serving,
        receipt=_receipt(app),
        wanted=status.wanted,
        healthy=bool(serving and answer and answer.status == "ok" and answer.release == serving.version),
        release_there=bool(request and app.releases.is_prepared(request)),
        database_there=bool(database and database.exists()),
        media_there=app.places.media.is_dir(),
        account_there=app.account is not None,
    )


def _receipt(app: App) -> Receipt | None:
    try:
        return receipts.read(app.host.layout.receipt(app.name))
    except Corrupt as error:
        app.host.events.warn(f"{error.message}; it will be written anew")
        return None


def _is_so_already(app: App, request: Request, before: Before) -> bool:
    receipt = before.receipt
    if receipt is None or not receipt.tells_of(request):
        return False
    in_place = all(managed_files.is_in_place(app.places.managed(file.path), file) for file in request.files)
    return before.healthy and before.wanted and in_place and maintenance.read(app.flag) is None


def service(layout: Layout, action: str, name: str, run: str, by: str = "") -> Answer:
    """Start, stop or restart an app; stopped stays stopped across reboots."""

    def work(host: Host) -> Answer:
        app = host.app(name)
        serving = installed(app)
        host.services.check()
        changed = action == "restart" or app.status.wanted != (action == "start") or app.status.state == "failed"
        if changed:
            app.start_anew(serving, wanted=action != "stop")
        if action != "stop" and not maintenance.shows_page(app.flag):
            app.await_health(serving)
        return {"app": name, "run": run, "service": app.status.state, "changed": changed}

    return at_work(layout, f"service {action}", name, run, work, by)


def switch_maintenance(layout: Layout, state: str, name: str, run: str, by: str = "") -> Answer:
    """Put the maintenance page in the app's place, or the app back."""

    def work(host: Host) -> Answer:
        app = host.app(name)
        serving = installed(app)
        host.services.check()
        wanted = app.status.wanted
        changed = (maintenance.read(app.flag) is not None) != (state == "on")
        if state == "on":
            app.show(maintenance.PAGE, "", host_facts.user_name())
        else:
            maintenance.clear(app.flag)
        if changed:
            app.start_anew(serving, wanted)
        if state == "off" and wanted:
            app.await_health(serving)
        return {"app": name, "run": run, "maintenance": state, "changed": changed}

    return at_work(layout, f"maintenance {state}", name, run, work, by)


def recover(layout: Layout, run: str) -> Answer:
    """Resolve every killed run and settle every app."""
    with locks.hold(layout.lock, "recover", "", run):
        host = _host(layout, run)
        resolved = recovery.resolve(host)
        told = [found.as_dict() for found in resolved]
        for found in resolved:
            if found.outcome == "failed":
                raise HostError("undo-failed", found.message, recovered=told)
        host.services.check()
        settled = {name: recovery.settle(host, name) for name in layout.apps()}
        durable.sweep(layout.folders())
        for folder in (
            layout.warmed,
            layout.backup_staging,
            layout.backup_restoring,
            *layout.backup.glob("other-*"),
        ):
            durable.remove_tree(folder)
        scratch.clear_if_possible(host)
        repository.tidy(layout)
        return {"run": run, "recovered": told, "settled": {name: done for name, done in settled.items() if done}}


def abort(layout: Layout, name: str, run: str) -> Answer:
    """Have a run of the app undo itself, or undo one that was killed; past its commit it is finished instead."""
    stopped = stopping.stop(layout, name)
    with locks.hold(layout.lock, "abort", name, run):
        host = _host(layout, run)
        found = [one for one in recovery.resolve(host) if one.concerns(name)]
    if failed := next((one for one in found if one.outcome == "failed"), None):
        raise HostError("undo-failed", failed.message, "clear what stands in the way, then: semai-host recover")
    answer = {"app": name, "run": run, "changed": bool(stopped or found), "stopped": stopped}
    answer["recovered"] = [one.as_dict() for one in found]
    host.events.say("finished", exit=0, result=answer)
    return answer


def installed(app: App) -> Request:
    """Return what the app serves; raise Refused `unknown-app`."""
    serving = app.serving()
    if serving is None:
        raise Refused("unknown-app", f"{app.name} is not installed on this host")
    return serving
