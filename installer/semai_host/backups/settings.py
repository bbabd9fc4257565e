"""What a role wrote to `<root>/backup`: `backup.json` says where sets are kept, `env` holds the secrets for it.

`ssh-key` and `known-hosts` beside them are for a repository behind SFTP: who we are there, and who may answer.
"""

from __future__ import annotations

import json
import os
import re
import stat
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Optional

from .. import envfile
from ..errors import Refused
from ..layout import Layout, app_name

LOCAL, USB, SFTP, S3 = "local", "usb", "sftp", "s3"
KINDS = (LOCAL, USB, SFTP, S3)
SSH_KEY, KNOWN_HOSTS = "ssh-key", "known-hosts"
SSH_PORT = 22
_SSH_PLACE = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]*@[A-Za-z0-9][A-Za-z0-9.-]*:/[^\x00-\x20\x7f\"'\\]*")
LOCATION = re.compile(r"[^\x00-\x20\x7f-][^\x00-\x1f\x7f]{0,499}")
PERIODS = {"daily": 7, "weekly": 5, "monthly": 12}
HINT = "apply again: the backup role writes it"


@dataclass(frozen=True)
class Settings:
    """Where sets are kept, how many of them, and which apps are kept together."""

    layout: Layout
    kind: str
    location: str
    retention: dict[str, int]
    groups: tuple[tuple[str, ...], ...]
    excluded: tuple[str, ...]
    secrets: dict[str, str]
    folder: Path  # where this was read; programs that reach the repository keep their own files there
    foreign: bool = False  # another region's or host's: nothing is written to it
    port: int = SSH_PORT  # of SFTP

    @property
    def is_folder(self) -> bool:
        """Tell whether the repository is a folder this host sees."""
        return self.kind in (LOCAL, USB)

    @property
    def staging(self) -> Path:
        return self.layout.backup_staging

    @property
    def last_backups(self) -> Path:
        return self.layout.last_backups

    def groups_of(self, installed: Sequence[str], asked: Sequence[str]) -> list[tuple[str, ...]]:
        """Return the groups, whole, that hold an asked app; raise Refused for a stranger.

        Without an asked app all groups; an excluded app is in one only when it is asked for itself.
        """
        for name in asked:
            if name not in installed:
                raise Refused("unknown-app", f"{name} is not installed on this host")
        kept = [name for name in installed if name in asked or name not in self.excluded]
        grouped = [tuple(name for name in group if name in kept) for group in self.groups]
        alone = [(name,) for name in kept if not any(name in group for group in grouped)]
        return [group for group in (*grouped, *alone) if group and (not asked or set(group) & set(asked))]


def read(layout: Layout, other: Optional[Path] = None) -> Settings:
    """Read both files; raise Refused `backup-not-configured` or `backup-settings-invalid`.

    `other` is the folder with the files of another region's or host's repository, which is only read.
    """
    folder = other or layout.backup
    path = folder / "backup.json"
    try:
        known = json.loads(path.read_bytes())
    except FileNotFoundError as error:
        raise Refused("backup-not-configured", f"{path} is missing: no backups on this host", HINT) from error
    except ValueError as error:
        raise _invalid(path, f"is not JSON: {error}") from error
    if not isinstance(known, dict) or known.get("schema") != 1:
        raise _invalid(path, "does not say schema 1")
    kind, location, port = _repository(path, known.get("repository"))
    return Settings(
        layout,
        kind,
        location,
        _retention(path, known),
        _groups(path, known.get("sets", [])),
        _excluded(path, known.get("excluded", [])),
        _secrets(folder / "env"),
        folder,
        foreign=other is not None,
        port=port,
    )


def _repository(path: Path, found: Any) -> tuple[str, str, int]:
    if not isinstance(found, dict) or found.get("kind") not in KINDS:
        raise _invalid(path, f"repository.kind must be one of {', '.join(KINDS)}")
    location = found.get("location")
    if not isinstance(location, str) or not LOCATION.fullmatch(location):
        raise _invalid(path, "repository.location is not an address")
    if found["kind"] in (LOCAL, USB) and (not location.startswith("/") or ".." in location.split("/")):
        raise _invalid(path, "repository.location must be an absolute path without ..")
    port = found.get("port", SSH_PORT)
    if type(port) is not int or not 0 < port < 65536:
        raise _invalid(path, "repository.port is no port")
    if found["kind"] == SFTP:
        if not _SSH_PLACE.fullmatch(location):
            raise _invalid(path, "repository.location must be USER@HOST:/FOLDER")
        _require_private(path.with_name(SSH_KEY))
    return found["kind"], location, port


def _retention(path: Path, known: dict[str, Any]) -> dict[str, int]:
    found = known.get("retention", PERIODS)
    whole = isinstance(found, dict) and all(type(found.get(name, 0)) is int for name in PERIODS)
    if not whole or not any(found.get(name, 0) > 0 for name in PERIODS):
        raise _invalid(path, f"retention must count {', '.join(PERIODS)}, one of them above 0")
    return {name: max(0, found.get(name, 0)) for name in PERIODS}


def _groups(path: Path, found: Any) -> tuple[tuple[str, ...], ...]:
    if not isinstance(found, list) or not all(isinstance(group, list) for group in found):
        raise _invalid(path, "sets must be a list of lists of apps")
    groups = tuple(tuple(app_name(name) for name in group) for group in found)
    names = [name for group in groups for name in group]
    if len(names) != len(set(names)):
        raise _invalid(path, "sets names an app twice")
    return groups


def _excluded(path: Path, found: Any) -> tuple[str, ...]:
    if not isinstance(found, list):
        raise _invalid(path, "excluded must be a list of apps")
    return tuple(app_name(name) for name in found)


def _secrets(path: Path) -> dict[str, str]:
    if not path.exists():
        return {}
    _require_private(path)
    return envfile.parse(path.read_text(encoding="utf-8"))


def _require_private(path: Path) -> None:
    try:
        mode = stat.S_IMODE(os.stat(path).st_mode)
    except FileNotFoundError as error:
        raise _invalid(path, "is missing") from error
    if mode & 0o077:
        raise _invalid(path, f"has mode {mode:04o}; others may read it, 0600 is needed")


def _invalid(path: Path, problem: str) -> Refused:
    return Refused("backup-settings-invalid", f"{path} {problem}", HINT)
