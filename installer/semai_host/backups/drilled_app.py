"""One app under drill: its data restored beside the real ones and compared, its release run on them, a login tried.

Nothing here writes to the real app: its release is only read; data, files, port and database are the drill's.
"""

from __future__ import annotations

import json
import os
import shutil
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from .. import durable, receipts, rights, runtimes
from ..drivers import DatabaseDriver
from ..errors import HostError, of_system
from ..host import App
from ..parts import LoginCheck
from ..programs import Trial
from ..request import PHP, Request
from . import comparison
from .comparison import FAILED, OK
from .moved_files import Moving
from .scratch import Scratch
from .staging import figures

LOGIN_SECONDS = 120.0
PAGE_SECONDS = 20.0
NOT_CHECKED, NOT_DECLARED = "not-checked", "not-declared"
PASSED = "passed"


class DrilledApp:
    """The drill of one app; `content` is what its set's manifest says of it, `folder` what came out of the set."""

    def __init__(self, scratch: Scratch, live: App, content: Mapping[str, Any], folder: Path) -> None:
        self.scratch = scratch
        self.live = live
        self.app = scratch.app(live.name)
        self.content = content
        self.folder = folder
        self.seconds: dict[str, float] = {}
        self.found: dict[str, Any] = {
            "ran": None,
            "rows": {"result": NOT_CHECKED},
            "media": {"result": NOT_CHECKED},
            "health": {"result": NOT_CHECKED, "detail": ""},
            "login": {"result": NOT_CHECKED, "kind": "", "detail": ""},
            "error": None,
        }

    def run(self) -> dict[str, Any]:
        """Do all of it and return what was found; a failure is told in `error` and ends this app's drill alone."""
        try:
            with self._step("restore"):
                request, database = self._restore()
            with self._step("count"):
                self._compare(database)
            self._start(request)
        except (HostError, OSError) as error:
            known = of_system(error, HostError) if isinstance(error, OSError) else error
            self.found["error"] = known.report()
        return {**self.found, "seconds": self.seconds, "verdict": self._verdict()}

    def _verdict(self) -> str:
        results = [self.found[name]["result"] for name in ("rows", "media", "health", "login")]
        bad = self.found["error"] or FAILED in results or NOT_CHECKED in results
        return FAILED if bad else PASSED

    @contextmanager
    def _step(self, name: str) -> Iterator[None]:
        began = time.monotonic()
        self.live.host.events.say("step", step=f"drill-{name}", status="begun", app=self.live.name)
        try:
            yield
        finally:
            self.seconds[name] = round(time.monotonic() - began, 2)

    def _restore(self) -> tuple[Request, DatabaseDriver | None]:
        """Lay out files, database and media in the drill's place, as the chosen release expects them."""
        former, as_kept = self._chosen()
        moving = Moving(self.live, self.app, former.database)
        for folder in (self.app.places.shared / "data", self.app.places.releases):
            durable.make_folder(folder)
        borrowed = moving.lay(former, self.folder / "files" if as_kept else None)
        request = replace(former, database=moving.database or former.database, timers=(), workers=())
        self.found["ran"] = {
            "version": request.version,
            "release": request.release,
            "of": "set" if as_kept else "present",
            "borrowed": borrowed,
        }
        self._lay_release(request)
        self.app.give(request.files)
        database = self.app.database(request)
        self._require_own(request, database)
        receipts.write_serving(self.app.places, request)  # from now on the drill's database is known to be emptied
        if database is not None and (self.content["database"] or "data" in self._folders):
            database.restore(self.folder)
        self._lay_media()
        uploads = [self.app.places.media]
        if "data" in self._folders and "data" in self.content:  # former tools did not count it
            uploads.append(self.app.places.shared / "data")
        self.found["media"] = comparison.media(self.content, *map(figures, uploads))
        runtimes.of(request).place(self.app.places, request, self.app.account)
        if self.app.account:
            rights.give_data(self.app.places, self.app.account)
        return request, database

    @property
    def _folders(self) -> set[str]:
        """Return what of the app lies in the set beside its database's copy."""
        return {path.name for path in self.folder.iterdir() if path.is_dir()}

    def _chosen(self) -> tuple[Request, bool]:
        """Return the set's release and configuration while they fit this host, else the ones that run now."""
        kept, serving = Request.parse(self.content["request"]), self.live.serving()
        if serving is None:
            raise HostError("unknown-app", f"{self.live.name} is not installed on this host")
        kinds = [(request.database.driver if request.database else "") for request in (kept, serving)]
        if kinds[0] != kinds[1]:
            moment = self.content["moment"]
            raise HostError("database-changed", f"{self.live.name} kept its data in another database at {moment}")
        if self.live.releases.is_prepared(kept) and kept.database == serving.database:
            return kept, True
        return serving, False

    def _lay_release(self, request: Request) -> None:
        """Have the release's code in the drill's place; a tree of PHP leads to its data by its own place."""
        there, here = self.live.places.release(request.version), self.app.places.release(request.version)
        if request.runtime == PHP:
            shutil.copytree(there, here, symlinks=True, copy_function=durable.link_or_copy)
        else:
            here.symlink_to(there)
        durable.link(self.app.places.current, f"releases/{request.version}")

    def _require_own(self, request: Request, database: DatabaseDriver | None) -> None:
        """Refuse unless the database of drills, which the database's role makes, lets us in; leave it empty."""
        if database is None or request.database is None or not request.database.name:
            return
        try:
            database.exists()
            database.discard()
        except HostError as error:
            raise HostError(
                "drill-database-missing",
                f"the database {request.database.name} for drills cannot be used: {error.message}",
                "semai apply, which makes it",
            ) from error

    def _lay_media(self) -> None:
        kept = self.folder / "media"
        if kept.is_dir():
            os.replace(kept, self.app.places.media)
        else:
            durable.make_folder(self.app.places.media)

    def _compare(self, database: DatabaseDriver | None) -> None:
        self.found["rows"] = comparison.rows(self.content, database.rows() if database else {})

    def _start(self, request: Request) -> None:
        """Run the release on the restored data and look at it as people would."""
        if request.commands.migrate:
            with self._step("migrate"):
                self.app.run(request, request.commands.migrate, "migrating the data")
        with self._trying(request) as trial, self._step("login"):
            self.found["login"] = self._login(request, trial)

    @contextmanager
    def _trying(self, request: Request) -> Iterator[Trial]:
        began = time.monotonic()
        self.live.host.events.say("step", step="drill-start", status="begun", app=self.live.name)
        try:
            with self.app.trying(request) as trial:
                self.seconds["start"] = round(time.monotonic() - began, 2)
                self.found["health"] = {"result": OK, "detail": trial.ask(PAGE_SECONDS).detail}
                yield trial
        except HostError as error:
            if self.found["health"]["result"] != OK:
                self.found["health"] = {"result": FAILED, "detail": error.message}
            raise

    def _login(self, request: Request, trial: Trial) -> dict[str, str]:
        check = request.login_check
        if check is None:
            return {"result": NOT_DECLARED, "kind": "", "detail": ""}
        if check.command:
            return self._log_in(request, trial, check)
        answer = trial.see(check.path, check.text, PAGE_SECONDS)
        result = OK if answer.status == "ok" else FAILED
        return {"result": result, "kind": "page", "detail": f"{check.path}: {answer.detail}"}

    def _log_in(self, request: Request, trial: Trial, check: LoginCheck) -> dict[str, str]:
        """Let the release log in to itself; its last line of JSON says how that went."""
        said = self.scratch.layout.root / "login.json"
        command = runtimes.of(request).command(self.app.places, request, check.command)
        tether, places = self.scratch.login_tether(self.live.name), self.app.places
        try:
            with said.open("wb") as output:
                tether.run(
                    command,
                    trial.start.environment,
                    places.shared,
                    LOGIN_SECONDS,
                    "the login",
                    self.app.actor,
                    output,
                )
        except HostError as error:
            reason = _said(said) or "; ".join(error.details.get("output", ())[-2:])
            return {"result": FAILED, "kind": "account", "detail": f"{error.message}: {reason}"[:500]}
        return {"result": OK, "kind": "account", "detail": _said(said)}


def _said(path: Path) -> str:
    """Return the word `detail` of the last line that is JSON; an app is not trusted to say much."""
    for line in reversed(path.read_text(encoding="utf-8", errors="replace").splitlines()):
        try:
            told = json.loads(line)
        except ValueError:
            continue
        return str(told.get("detail", ""))[:300] if isinstance(told, dict) else ""
    return ""
