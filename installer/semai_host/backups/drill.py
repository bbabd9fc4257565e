"""backup drill: restore sets into a scratch place, run the apps there, and say whether the backups are backups.

The real apps go on untouched: their data are only measured, and the drill has its own folder, databases and ports.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .. import host_facts, space, verbs
from ..drivers import DatabaseDriver
from ..errors import HostError, Refused, of_system
from ..events import utc
from ..host import App, Host
from ..layout import Layout
from ..parts import Database
from . import choice, extracting, last_drill, settings
from .comparison import FAILED
from .drilled_app import PASSED, DrilledApp
from .engine import SET, Engine, Stored
from .scratch import Scratch, clear_if_possible
from .settings import Settings

Answer = dict[str, Any]
_KINDNESS = 10  # visitors come first
_SERVERS = {"postgresql": Path("/var/lib/postgresql"), "mariadb": Path("/var/lib/mysql")}
_RESTORED = 4  # times what a packed copy takes: tables, indexes, the log of the load


@dataclass(frozen=True)
class Chosen:
    """A set and the apps of it that are drilled."""

    stored: Stored
    apps: tuple[str, ...]


def drill(layout: Layout, words: Sequence[str], run: str, by: str = "") -> Answer:
    """Drill the named set, or the newest verified one of each app; `words` are apps, and before them maybe a set.

    The scratch place is empty again afterwards. Raises HostError `drill-failed` with all that was found in `drill`.
    """
    known = settings.read(layout)
    name, asked = (words[0], words[1:]) if words and SET.fullmatch(words[0]) else (None, words)
    asked = list(dict.fromkeys(asked))

    def work(host: Host) -> Answer:
        began, moment = time.monotonic(), utc()
        scratch = Scratch(host)
        scratch.clear()  # of a killed drill
        engine = choice.engine(known)
        chosen, without = _choose(engine, name, asked, _here(host, known, asked))
        sound, found = _with_room(scratch, host, engine, chosen)
        os.setpriority(os.PRIO_PROCESS, 0, max(_KINDNESS, os.getpriority(os.PRIO_PROCESS, 0)))
        found += [_without(app) for app in without]
        for each in sound:
            found += _drill_set(scratch, host, engine, each)
        last_drill.note(layout.last_drill, moment, found)
        answer = {
            "run": run,
            "moment": moment,
            "engine": engine.name,
            "encrypted": engine.encrypted,
            "seconds": round(time.monotonic() - began, 2),
            "apps": found,
            "verdict": FAILED if _failed_apps(found) else PASSED,
        }
        last_drill.keep(layout.drills, answer, by or host_facts.user_name())
        return _judged(answer)

    return verbs.at_work(layout, "backup drill", " ".join(asked), run, work, by)


def _judged(answer: Answer) -> Answer:
    if failed := _failed_apps(answer["apps"]):
        message = f"the drill failed for {', '.join(failed)}"
        raise HostError("drill-failed", message, "semai-host backup verify", drill=answer)
    return answer


def _failed_apps(found: Sequence[Answer]) -> list[str]:
    return [entry["app"] for entry in found if entry["verdict"] != PASSED]


def _here(host: Host, known: Settings, asked: Sequence[str]) -> list[str]:
    """Return the apps this host looks after, without excluded ones unless they are asked for."""
    serving = {name: host.app(name).serving() for name in host.layout.apps()}
    here = [name for name, request in serving.items() if request and request.leader]
    for name in asked:
        if name not in here:
            raise Refused("unknown-app", f"{name[:80]} is not installed on this host")
    return [name for name in here if name in asked or name not in known.excluded]


def _choose(
    engine: Engine, name: str | None, asked: Sequence[str], here: Sequence[str]
) -> tuple[list[Chosen], list[str]]:
    """Return the sets to drill, and the apps that are in none."""
    sets = engine.sets()
    if name is not None:
        stored = next((found for found in sets if found.set == name), None)
        if stored is None:
            raise Refused("set-unknown", f"the repository has no set {name}", "semai-host backup list")
        for app in asked:
            if app not in stored.apps:
                raise Refused("app-not-in-set", f"the set {name} does not hold {app}", "semai-host backup list")
        apps = tuple(app for app in stored.apps if app in (asked or here))
        if not apps:
            message = f"no app of the set {name} is installed on this host"
            raise Refused("unknown-app", message, "semai apply")
        return [Chosen(stored, apps)], []
    newest = {app: stored for stored in sets for app in stored.apps}  # oldest first: the last one stays
    wanted = asked or here
    groups = {newest[app].set: newest[app] for app in wanted if app in newest}
    chosen = [
        Chosen(stored, tuple(app for app in wanted if newest.get(app) == stored)) for stored in groups.values()
    ]
    without = [app for app in wanted if app not in newest]
    if not chosen:
        raise Refused("no-set", "there is no verified backup to drill", "semai-host backup create")
    return chosen, without


def _with_room(
    scratch: Scratch, host: Host, engine: Engine, chosen: Sequence[Chosen]
) -> tuple[list[Chosen], list[Answer]]:
    """Return the sets there is room for, and what fails at once: sets whose very manifest cannot be read.

    Raises Refused `disk-space` before anything is written.
    """
    sound, failed = [], []
    for each in chosen:
        try:
            _check_room(scratch, host, engine, each)
            sound.append(each)
        except Refused:
            raise
        except HostError as error:
            failed += [_failed(app, _about(each.stored), error) for app in each.apps]
    return sound, failed


def _about(stored: Stored) -> Answer:
    return {"set": stored.set, "moment": stored.moment}


def _check_room(scratch: Scratch, host: Host, engine: Engine, chosen: Chosen) -> None:
    """Refuse unless the set fits beside the real data, and its databases on their server if that is this host."""
    apps = [host.app(name) for name in chosen.apps]
    manifest = extracting.listed_manifest(engine, chosen.stored.set)
    size = extracting.size_of(engine, manifest, chosen.apps)
    needs = [space.Need(scratch.layout.root, 2 * size, "the set and its data")]
    space.check([*needs, *(need for app in apps for need in _server_needs(app))])


def _server_needs(app: App) -> Iterator[space.Need]:
    request = app.serving()
    wanted: Database | None = request.database if request else None
    driver: DatabaseDriver | None = app.database(request)
    if wanted and driver and wanted.driver in _SERVERS and _SERVERS[wanted.driver].is_dir():
        yield space.Need(_SERVERS[wanted.driver], _RESTORED * driver.size(), "the database of the drill")


def _drill_set(scratch: Scratch, host: Host, engine: Engine, chosen: Chosen) -> list[Answer]:
    """Drill the apps of a set; a set that cannot be read fails all of them."""
    stored, began = chosen.stored, time.monotonic()
    try:
        scratch.prepare()
        host.events.say("step", step="drill-extract", status="begun", set=stored.set)
        manifest = extracting.extract(engine, stored.set, chosen.apps, scratch.extracted)
        seconds = {"extract": round(time.monotonic() - began, 2)}
        found = []
        for name in chosen.apps:
            content = {**manifest["apps"][name], "moment": manifest["moment"]}
            drilled = DrilledApp(scratch, host.app(name), content, scratch.extracted / name).run()
            told = {"app": name, **_about(stored), **_release(content), **drilled}
            found.append({**told, "seconds": {**seconds, **drilled["seconds"]}})
        return found
    except (HostError, OSError) as error:
        known = of_system(error, HostError) if isinstance(error, OSError) else error
        return [_failed(name, _about(stored), known) for name in chosen.apps]
    finally:
        clear_if_possible(host)


def _release(content: Answer) -> Answer:
    mentor = content["request"]["mentor"]
    return {"mentor": mentor, "version": content["version"], "release": content["release"]}


def _without(app: str) -> Answer:
    return _failed(app, {"set": None, "moment": None}, HostError("no-set", f"no verified backup holds {app}"))


def _failed(app: str, about: Answer, error: HostError) -> Answer:
    unknown: Answer = {"mentor": None, "version": None, "release": None, "ran": None, "seconds": {}}
    unchecked = {name: {"result": "not-checked"} for name in ("rows", "media", "health", "login")}
    return {"app": app, **about, **unknown, **unchecked, "error": error.report(), "verdict": FAILED}
