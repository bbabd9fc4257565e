"""An app's configuration, retold for the drill: its folder and its database are others, its peers are out of reach.

Names come into the configuration from the region's side only (manifests are templates), so they are whole words
there. A configuration that names no database of the app is refused: the app would find its way to the real one.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from .. import drill_database, durable, envfile
from ..errors import HostError
from ..host import App
from ..parts import Database
from ..request import Request

ENV = "shared/env"
MARK = "SEMAI_DRILL"  # what tells the app, and its command that logs in, that this is a drill
PASSWORD = "DATABASE_PASSWORD"  # noqa: S105 - the name of a variable
_CONSUMES = "consumes"


class Moving:
    """One app's way into the drill."""

    def __init__(self, live: App, target: App, database: Database | None) -> None:
        self.live = live
        self.target = target
        self.named = database if database and database.name else None
        self._found = False
        folder = re.escape(str(live.places.folder))
        self._folder = re.compile(rf"{folder}(?![A-Za-z0-9_.-])")
        self._name = re.compile(
            rf"(?<![A-Za-z0-9_]){re.escape(self.named.name)}(?![A-Za-z0-9_])" if self.named else "$^"
        )

    @property
    def database(self) -> Database | None:
        """Return the database of the drill; a file is told by its place below the app's folder."""
        if self.named is None:
            return None
        drilled = drill_database.name_of(self.named.name)
        return replace(self.named, name=drilled, user=drilled)

    def lay(self, request: Request, kept: Path | None) -> list[str]:
        """Write the request's managed files; return those that are the running app's because `kept` lacks them."""
        borrowed = []
        for file in request.files:
            source = kept / file.path if kept else None
            if source is None or not source.is_file():
                source = self.live.places.managed(file.path)
                if kept and source.is_file():
                    borrowed.append(file.path)
            if source.is_file() and file.path != ENV:
                self._write(file.path, self._content(source), file.bits)
        bits = next((file.bits for file in request.files if file.path == ENV), 0o600)
        self._write(ENV, envfile.render(self._environment(kept)).encode(), bits)
        if self.named and not self._found:
            raise HostError(
                "drill-database-unnamed", f"no file of {request.name}'s configuration names its database"
            )
        return borrowed

    def _write(self, path: str, content: bytes, bits: int) -> None:
        target = self.target.places.managed(path)
        durable.make_folder(target.parent)
        durable.write(target, content, bits)

    def _content(self, source: Path) -> bytes:
        content = source.read_bytes()
        try:
            return self._moved(content.decode()).encode()
        except UnicodeDecodeError:  # a logo
            return content

    def _moved(self, text: str) -> str:
        text = self._folder.sub(lambda _: str(self.target.places.folder), text)
        if self.named is None:
            return text
        text, count = self._name.subn(drill_database.name_of(self.named.name), text)
        self._found = self._found or count > 0
        return text

    def _environment(self, kept: Path | None) -> dict[str, str]:
        running = _variables(self.live.places.env)
        values = (_variables(kept / ENV) if kept else {}) or running
        moved = {name: self._moved(_alone(value)) for name, value in values.items()}
        if self.named and running.get(PASSWORD):
            moved[PASSWORD] = drill_database.password_of(running[PASSWORD])
        return {**moved, MARK: "1"}


def _variables(path: Path) -> Mapping[str, str]:
    try:
        return envfile.parse(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}


def _alone(value: str) -> str:
    """Return a variable without the contracts that the app would read from others."""
    if _CONSUMES not in value:
        return value
    try:
        known = json.loads(value)
    except ValueError:
        return value
    if not isinstance(known, dict) or not isinstance(known.get(_CONSUMES), dict):
        return value
    return json.dumps({**known, _CONSUMES: {}})
