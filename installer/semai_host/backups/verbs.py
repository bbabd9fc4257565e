"""backup create, list, verify and forget: what the command line asks for, as JSON answers."""

from __future__ import annotations

import calendar
import os
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Optional

from .. import durable, space, verbs
from ..errors import HostError, Refused
from ..events import utc
from ..host import App, Host
from ..layout import Layout, app_name
from . import choice, newest, reading_back, retention, settings, staging
from .engine import SET, Engine, Stored
from .settings import Settings

Answer = dict[str, Any]
Whole = tuple[str, tuple[str, ...]]  # its name, and all its apps


def create(layout: Layout, names: Sequence[str], run: str, by: str = "", together: Sequence[str] = ()) -> Answer:
    """Keep the asked apps (all without names) and those they are linked with; an unverified set is never listed.

    `together` are NAME:APP,APP: what a set that holds one of these apps is noted as a part of.
    """
    known = settings.read(layout)
    wholes = [_whole(words) for words in together]

    def work(host: Host) -> Answer:
        installed = [name for name in layout.apps() if layout.app(name).serving.exists()]
        groups = [[host.app(name) for name in group] for group in known.groups_of(installed, names)]
        if not groups:
            raise Refused("unknown-app", "no app is installed on this host")
        engine = choice.engine(known)
        durable.remove_tree(layout.backup_staging)  # of a killed run
        _check_room(known, groups, engine)
        engine.prepare()
        made = [_keep(known, engine, host, group, wholes) for group in groups]
        return {"run": run, **_about(engine), "sets": made}

    return verbs.at_work(layout, "backup create", "", run, work, by)


def _about(engine: Engine) -> Answer:
    return {"engine": engine.name, "encrypted": engine.encrypted}


def _whole(words: str) -> Whole:
    """Read NAME:APP,APP; raise Refused `request-invalid`."""
    name, _, apps = words.partition(":")
    if not SET.fullmatch(name):
        raise Refused("request-invalid", f"--together {words[:80]} does not begin with the name of a set")
    return name, tuple(app_name(app) for app in apps.split(","))


def _keep(known: Settings, engine: Engine, host: Host, apps: Sequence[App], wholes: Sequence[Whole]) -> Answer:
    name = f"{time.strftime('%Y%m%dT%H%M%SZ', time.gmtime())}-{apps[0].name}-{os.urandom(3).hex()}"
    folder, began = known.staging / name, time.monotonic()
    try:
        host.events.say("step", step="staging", status="begun", set=name)
        manifest = staging.lay(apps, folder, name, engine)
        size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
        held = tuple(app.name for app in apps)
        whole, others = next((found for found in wholes if {*found[1]} & {*held}), ("", ()))
        stored = Stored(name, held, size, utc(), whole, others)
        host.events.say("step", step="store", status="begun", set=name)
        engine.store(stored, folder)
    finally:
        durable.remove_tree(known.staging)
    host.events.say("step", step="read-back", status="begun", set=name)
    reading_back.manifest_of(engine, name)
    engine.confirm(name)
    answer = {**stored.as_dict(), "spread_ms": manifest["spread_ms"], "content": _content(manifest)}
    newest.note(known.last_backups, engine, stored)
    return {**answer, "seconds": round(time.monotonic() - began, 2)}


def _content(manifest: Answer) -> Answer:
    shown = ("version", "release", "config", "database", "rows", "rows_exact", "rows_earlier", "media", "left_out")
    return {name: {key: app[key] for key in shown} for name, app in manifest["apps"].items()}


def _check_room(known: Settings, groups: Sequence[Sequence[App]], engine: Engine) -> None:
    """Refuse unless the copies fit, twice where the repository is a folder of this host too."""
    databases = [app.database(app.serving()) for group in groups for app in group]
    data = sum(database.size() for database in databases if database and database.exists())
    if engine.shares:  # its copies are not packed, and drivers tell the size of those that are
        data *= 2
    media = sum(space.size_of(app.places.media) for group in groups for app in group)
    needs = [space.Need(known.staging, data, "copies of the databases")]
    if known.is_folder:
        needs.append(space.Need(Path(known.location), data + media, "the set"))
    space.check(needs)


def list_sets(layout: Layout, other: Optional[Path] = None) -> Answer:
    """Return the verified sets, newest first, with their age in hours; `other` as in `settings.read`."""
    engine, now = choice.engine(settings.read(layout, other)), time.time()
    return {**_about(engine), "sets": [_aged(stored, now) for stored in reversed(engine.sets())]}


def _aged(stored: Stored, now: float) -> Answer:
    made = calendar.timegm(time.strptime(stored.set[:16], "%Y%m%dT%H%M%SZ"))
    return {**stored.as_dict(), "age_hours": round((now - made) / 3600, 1)}


def verify(layout: Layout, name: str | None, run: str, by: str = "") -> Answer:
    """Read one set, or all, to the end; one that is damaged is listed no longer. Raises HostError when one was."""
    known = settings.read(layout)

    def work(host: Host) -> Answer:
        engine = choice.engine(known)
        listed = [stored.set for stored in engine.sets()]
        chosen = listed if name is None else [name]
        if name is not None and (not SET.fullmatch(name) or name not in listed):
            raise Refused("set-unknown", f"the repository has no set {name[:80]}", "semai-host backup list")
        _check(known, engine, chosen)
        damaged = [problem for each in chosen if (problem := _problem(known, engine, each))]
        if damaged:
            raise HostError("set-damaged", damaged[0], "semai-host backup create", damaged=damaged)
        return {"run": run, **_about(engine), "verified": chosen}

    return verbs.at_work(layout, "backup verify", "", run, work, by)


def _check(known: Settings, engine: Engine, names: Sequence[str]) -> None:
    """Distrust all sets of a damaged repository unread: restic tries for minutes to read what is lost."""
    try:
        engine.check()
    except HostError as error:
        if error.code == "repository-damaged":
            for name in names:
                _distrust(known, engine, name)
        raise


def _problem(known: Settings, engine: Engine, name: str) -> str:
    """Return what is wrong with a set; only one that twice cannot be read is distrusted: lines break."""
    for _ in range(2):
        try:
            reading_back.manifest_of(engine, name)
            return ""
        except HostError as error:
            if error.code != "set-damaged":
                raise
            problem = error.message
    _distrust(known, engine, name)
    return problem


def _distrust(known: Settings, engine: Engine, name: str) -> None:
    newest.distrust(known.last_backups, name)
    engine.distrust(name)


def forget(layout: Layout, run: str, by: str = "") -> Answer:
    """Delete the sets that outlived the retention."""
    known = settings.read(layout)

    def work(host: Host) -> Answer:
        engine = choice.engine(known)
        names = retention.outlived(engine.sets(), known.retention)
        engine.forget(names)
        return {"run": run, **_about(engine), "forgotten": names}

    return verbs.at_work(layout, "backup forget", "", run, work, by)
