"""Where everything lies below the host root, and the only place where a name becomes a path.

Names come from requests and command lines: each is matched in full before it is joined.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

from .errors import Refused

APP = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
DIGEST = re.compile(r"[0-9a-f]{64}")
RUN = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,99}")
FILE_NAME = re.compile(r"(?!.*\.\.)[A-Za-z0-9_][A-Za-z0-9._+!-]{0,199}")
MANAGED = re.compile(r"shared(/(?!.*\.\.)[A-Za-z0-9_][A-Za-z0-9._-]{0,99}){1,5}")
RELEASE = re.compile(r"[0-9]+(\.[0-9]+)*((a|b|rc)[0-9]+)?(\.post[0-9]+)?(\.dev[0-9]+)?")
ROOT = re.compile(r"/[^\x00-\x1f\x7f;\"'\\]*")
SYSTEMD, SUPERVISOR = "systemd", "supervisor"
LONGEST_APP = 40
LONGEST_RELEASE = 40


def checked(pattern: re.Pattern[str], value: object, what: str, longest: int = 500) -> str:
    """Return `value` when it is text that matches `pattern` in full; refuse it otherwise."""
    if not isinstance(value, str) or len(value) > longest or not pattern.fullmatch(value):
        raise Refused("request-invalid", f"{what} {str(value)[:80]!r} is not allowed")
    return value


def app_name(value: object) -> str:
    return checked(APP, value, "app name", LONGEST_APP)


@dataclass(frozen=True)
class AppPlaces:
    """The folders and files of one app."""

    folder: Path

    @property
    def name(self) -> str:
        return self.folder.name

    @property
    def releases(self) -> Path:
        return self.folder / "releases"

    def release(self, version: str) -> Path:
        return self.releases / checked(RELEASE, version, "version", LONGEST_RELEASE)

    def partial(self, version: str) -> Path:
        return self.releases / (checked(RELEASE, version, "version", LONGEST_RELEASE) + ".partial")

    @property
    def current(self) -> Path:
        return self.folder / "current"

    @property
    def serving(self) -> Path:
        """The request the service starts from."""
        return self.folder / "serving.json"

    @property
    def shared(self) -> Path:
        return self.folder / "shared"

    @property
    def env(self) -> Path:
        return self.shared / "env"

    @property
    def media(self) -> Path:
        return self.shared / "media"

    @property
    def staged(self) -> Path:
        """Managed files laid ready for the next activation, same relative paths as in the app folder."""
        return self.folder / "staged"

    @property
    def kept(self) -> Path:
        """Copies of the managed files of the last receipt, by digest, to put back after a failure."""
        return self.folder / "kept"

    @property
    def restore_points(self) -> Path:
        return self.folder / "restore-points"

    def managed(self, path: str) -> Path:
        return self.inside(checked(MANAGED, path, "managed file"))

    def inside(self, path: str) -> Path:
        """Join a checked relative path; refuse it when a link on the way leads out of the app folder."""
        target = self.folder / path
        home = os.path.realpath(self.folder)
        parent = os.path.realpath(target.parent)
        if parent != home and not parent.startswith(home + os.sep):
            raise Refused("path-leaves-app", f"{target} lies behind a link that leads out of {self.folder}")
        return target


class Layout:
    """The paths of one host root."""

    def __init__(self, root: str) -> None:
        if not ROOT.fullmatch(root) or ".." in root.split("/"):
            raise Refused("root-invalid", f"root {root!r} must be an absolute path without .. or quotes")
        self.root = Path(root)

    def app(self, name: str) -> AppPlaces:
        return AppPlaces(self.root / "apps" / app_name(name))

    def apps(self) -> list[str]:
        """Return the names of all app folders, sorted."""
        folder = self.root / "apps"
        return sorted(entry.name for entry in _entries(folder) if APP.fullmatch(entry.name))

    def artifact(self, digest: str) -> Path:
        return self.root / "store" / checked(DIGEST, digest, "artifact digest")

    def receipt(self, app: str) -> Path:
        return self.root / "receipts" / (app_name(app) + ".json")

    def journal(self, app: str) -> Path:
        return self.root / "journal" / (app_name(app) + ".json")

    def journals(self) -> list[str]:
        """Return the apps that have an unfinished run, sorted."""
        names = (entry.name[:-5] for entry in _entries(self.root / "journal") if entry.name.endswith(".json"))
        return sorted(name for name in names if APP.fullmatch(name))

    def tether(self, app: str) -> Path:
        return self.root / "journal" / (app_name(app) + ".tether")

    def reserve(self, app: str) -> Path:
        return self.root / "journal" / (app_name(app) + ".reserve")

    def events(self, run: str) -> Path:
        return self.root / "journal" / (checked(RUN, run, "run") + ".events")

    def maintenance(self, app: str) -> Path:
        return self.root / "maintenance" / app_name(app)

    def log(self, app: str) -> Path:
        return self.root / "logs" / (app_name(app) + ".log")

    def command_log(self, app: str) -> Path:
        return self.root / "logs" / (app_name(app) + ".commands.log")

    @property
    def lock(self) -> Path:
        return self.root / "lock"

    @property
    def audit(self) -> Path:
        """Every run that ever began, one line each."""
        return self.root / "audit.log"

    @property
    def verdict(self) -> Path:
        """What this host last found of itself."""
        return self.root / "verdict.json"

    @property
    def backup(self) -> Path:
        return self.root / "backup"

    @property
    def last_backups(self) -> Path:
        """Each app's newest backup, as a probe tells it."""
        return self.backup / "last.json"

    @property
    def backup_staging(self) -> Path:
        """Where a set is laid ready; nothing lies there while no run makes one."""
        return self.backup / "staging"

    @property
    def backup_restoring(self) -> Path:
        """Where the set lies that a restore takes its data from; nothing lies there while no run restores."""
        return self.backup / "restoring"

    @property
    def drill(self) -> Path:
        """A root of its own, where a drill puts apps together; nothing lies there while none runs."""
        return self.root / "drill"

    @property
    def drills(self) -> Path:
        """What was found in each of the newest drills, one sealed file each."""
        return self.backup / "drills"

    @property
    def last_drill(self) -> Path:
        """How each app's last drill went, as a probe tells it."""
        return self.backup / "last-drill.json"

    @property
    def tool(self) -> Path:
        return self.root / "bin" / "semai-host"

    @property
    def keeper(self) -> str:
        """Return who keeps the services: systemd when a role said so, else supervisord."""
        try:
            said = (self.root / "keeper").read_text(encoding="utf-8").strip()
        except OSError:
            said = ""
        return SYSTEMD if said == SYSTEMD else SUPERVISOR

    @property
    def tools(self) -> Path:
        return self.root / "tools"

    @property
    def warmed(self) -> Path:
        """Releases that were made before they come: `<app>`, and `<app>.partial` while it is being made."""
        return self.tools / "warmed"

    @property
    def supervisor(self) -> Path:
        return self.root / "supervisor"

    def folders(self) -> tuple[Path, ...]:
        """Return the folders a mutating verb writes to."""
        names = ("apps", "store", "receipts", "journal", "maintenance", "logs", "tools", "supervisor/conf.d")
        return tuple(self.root / name for name in names)


def _entries(folder: Path) -> list[Path]:
    try:
        return list(folder.iterdir())
    except FileNotFoundError:
        return []
