"""What a run is asked to do, checked word by word before any of it becomes a path, a command or an address.

Unknown keys are ignored, so that an older tool reads a newer request. `Request.parse(r.as_dict()) == r`.
"""

from __future__ import annotations

import dataclasses
import ipaddress
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

from . import layout
from .errors import Refused

T = TypeVar("T")
PROGRAM = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_MODE = re.compile(r"0[0-7]{3}")
_MENTOR = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_ARTIFACT_KINDS = ("wheel", "tool", "static", "requirements")
_CHANGES = ("code", "config", "migrate")


@dataclass(frozen=True)
class Artifact:
    """One file of the release, lying in the host's store under its digest."""

    sha256: str
    size: int
    kind: str
    file: str
    when: tuple[tuple[str, str], ...] = ()  # (python "3.11" or "", machine "x86_64" or ""); none means any host

    def suits(self, python: str, machine: str) -> bool:
        return not self.when or any(p in ("", python) and m in ("", machine) for p, m in self.when)


@dataclass(frozen=True)
class ManagedFile:
    """A file the region's configuration owns, relative to the app folder."""

    path: str
    sha256: str
    mode: str

    @property
    def bits(self) -> int:
        return int(self.mode, 8)


@dataclass(frozen=True)
class Health:
    url: str
    timeout_seconds: float = 60.0


@dataclass(frozen=True)
class Database:
    driver: str
    path: str


@dataclass(frozen=True)
class Commands:
    """Argument lists; the first word is a program of the release's own bin folder."""

    serve: tuple[str, ...]
    migrate: tuple[str, ...] | None = None
    after_install: tuple[tuple[str, ...], ...] = ()
    sample_data: tuple[str, ...] | None = None


@dataclass(frozen=True)
class Request:
    """One app in one release with one configuration, as the host shall run it."""

    name: str
    mentor: str
    version: str
    release: str
    config: str
    python: str
    bind: str
    health: Health
    commands: Commands
    change: str = "migrate"
    runtime: str = "python"
    database: Database | None = None
    artifacts: tuple[Artifact, ...] = ()
    files: tuple[ManagedFile, ...] = ()
    upgrade_from: tuple[str, ...] = ()
    sample_data: bool = False
    disk_mb: int = 0
    migrate_timeout_seconds: float = 3600.0
    by: str = ""

    @property
    def address(self) -> tuple[str, int]:
        return parse_bind(self.bind)

    def as_dict(self) -> dict[str, Any]:
        """Return the request in the form `parse` reads."""
        raw: dict[str, Any] = json.loads(json.dumps(dataclasses.asdict(self)))
        raw["artifacts"] = [
            {**artifact, "when": [{"python": p, "machine": m} for p, m in artifact["when"]]}
            for artifact in raw["artifacts"]
        ]
        raw["files"] = {file.pop("path"): file for file in raw["files"]}
        raw["needs"] = {"disk_mb": raw.pop("disk_mb")}
        return raw

    @classmethod
    def parse(cls, raw: object) -> Request:
        """Build a request from JSON; refuse what is missing, of the wrong type or hostile."""
        item = _Item(raw, "request")
        return cls(
            name=layout.app_name(item.get("name")),
            mentor=item.text("mentor", _MENTOR, longest=60),
            version=item.text("version", layout.RELEASE, longest=layout.LONGEST_RELEASE),
            release=item.text("release", layout.DIGEST),
            config=item.text("config", layout.DIGEST),
            python=item.text("python", layout.ROOT, default="/usr/bin/python3"),
            bind=_bind(item.get("bind")),
            health=_health(_Item(item.get("health"), "health")),
            commands=_commands(_Item(item.get("commands"), "commands")),
            change=item.choice("change", _CHANGES, "migrate"),
            runtime=item.choice("runtime", ("python",), "python"),
            database=_database(item.get("database", None)),
            artifacts=tuple(_artifact(_Item(entry, "artifact")) for entry in item.sequence("artifacts")),
            files=_files(item.get("files", {})),
            upgrade_from=tuple(_plain(text, "upgrade_from") for text in item.sequence("upgrade_from")),
            sample_data=item.typed("sample_data", bool, False),
            disk_mb=_Item(item.get("needs", {}), "needs").typed("disk_mb", int, 0),
            migrate_timeout_seconds=float(item.number("migrate_timeout_seconds", 3600.0)),
            by=_plain(item.get("by", ""), "by"),
        )

    @classmethod
    def read(cls, path: Path) -> Request:
        """Read a request file."""
        try:
            return cls.parse(json.loads(path.read_bytes()))
        except OSError as error:
            raise Refused("request-unreadable", f"cannot read the request {path}: {error.strerror}") from error
        except (ValueError, RecursionError) as error:
            raise Refused("request-invalid", f"the request {path} is not JSON: {error}") from error


_MISSING: Any = object()


class _Item:
    """A JSON object under reading; every complaint names it and the key."""

    def __init__(self, raw: object, what: str) -> None:
        if not isinstance(raw, Mapping):
            raise Refused("request-invalid", f"{what} must be an object, not {type(raw).__name__}")
        self.raw = raw
        self.what = what

    def get(self, key: str, default: Any = _MISSING) -> Any:
        value = self.raw.get(key, default)
        if value is _MISSING:
            raise Refused("request-invalid", f"{self.what} lacks {key!r}")
        return value

    def text(self, key: str, pattern: re.Pattern[str], default: Any = _MISSING, longest: int = 500) -> str:
        return layout.checked(pattern, self.get(key, default), f"{self.what}: {key}", longest)

    def choice(self, key: str, allowed: tuple[str, ...], default: str) -> str:
        value = self.get(key, default)
        if value not in allowed:
            raise Refused("request-invalid", f"{self.what}: {key} {value!r} is not one of {', '.join(allowed)}")
        return str(value)

    def typed(self, key: str, kind: type[T], default: T) -> T:
        value = self.get(key, default)
        if type(value) is not kind:
            raise Refused("request-invalid", f"{self.what}: {key} {value!r} is not {kind.__name__}")
        return value

    def number(self, key: str, default: float) -> float:
        value = self.get(key, default)
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 < value <= 86400:
            raise Refused("request-invalid", f"{self.what}: {key} {value!r} is not a number of seconds up to a day")
        return value

    def sequence(self, key: str) -> list[Any]:
        return _list(self.get(key, ()), f"{self.what}: {key}")


def _list(value: object, what: str) -> list[Any]:
    if not isinstance(value, (list, tuple)):
        raise Refused("request-invalid", f"{what} must be a list")
    return list(value)


def _plain(value: object, what: str) -> str:
    if not isinstance(value, str) or len(value) > 500 or not value.isprintable():
        raise Refused("request-invalid", f"{what}: {str(value)[:80]!r} is not plain text")
    return value


def parse_bind(bind: str) -> tuple[str, int]:
    """Split "127.0.0.1:8101" or "[::1]:8101" into address and port; refuse anything else."""
    host, _, port = bind.rpartition(":")
    try:
        ipaddress.ip_address(host[1:-1] if host.startswith("[") and host.endswith("]") else host)
        number = int(port) if port.isascii() and port.isdigit() and len(port) <= 5 else 0
    except ValueError:
        number = 0
    if not 0 < number < 65536:
        raise Refused("request-invalid", f"bind {bind!r} is not ADDRESS:PORT")
    return host.strip("[]"), number


def _bind(value: object) -> str:
    parse_bind(_plain(value, "bind"))
    return str(value)


def _health(item: _Item) -> Health:
    url = _plain(item.get("url"), "health: url")
    parts = urlsplit(url)
    if parts.scheme != "http" or not parts.hostname or not parts.port or parts.username:
        raise Refused("request-invalid", f"health: url {url!r} is not http://ADDRESS:PORT/PATH")
    try:
        local = ipaddress.ip_address(parts.hostname).is_loopback
    except ValueError:
        local = parts.hostname == "localhost"
    if not local:
        raise Refused("request-invalid", f"health: url {url!r} does not point at this host")
    return Health(url, float(item.number("timeout_seconds", 60.0)))


def _database(raw: object) -> Database | None:
    if raw is None:
        return None
    item = _Item(raw, "database")
    return Database(item.choice("driver", ("sqlite",), ""), item.text("path", layout.MANAGED))


def _command(value: object, what: str) -> tuple[str, ...]:
    words = tuple(_plain(word, what) for word in _list(value, what))
    if not words or not PROGRAM.fullmatch(words[0]):
        raise Refused("request-invalid", f"{what} must begin with a program of the release, without a path")
    return words


def _optional_command(value: object, what: str) -> tuple[str, ...] | None:
    return None if value is None else _command(value, what)


def _commands(item: _Item) -> Commands:
    return Commands(
        serve=_command(item.get("serve"), "commands: serve"),
        migrate=_optional_command(item.get("migrate", None), "commands: migrate"),
        after_install=tuple(_command(entry, "commands: after_install") for entry in item.sequence("after_install")),
        sample_data=_optional_command(item.get("sample_data", None), "commands: sample_data"),
    )


def _artifact(item: _Item) -> Artifact:
    size = item.typed("size", int, 0)
    if size < 0:
        raise Refused("request-invalid", f"artifact: size {size} is below zero")
    conditions = (_Item(entry, "artifact: when") for entry in item.sequence("when"))
    return Artifact(
        sha256=item.text("sha256", layout.DIGEST),
        size=size,
        kind=item.choice("kind", _ARTIFACT_KINDS, ""),
        file=item.text("file", layout.FILE_NAME, longest=200),
        when=tuple((str(when.get("python", "")), str(when.get("machine", ""))) for when in conditions),
    )


def _files(raw: object) -> tuple[ManagedFile, ...]:
    paths = _Item(raw, "files").raw
    return tuple(_managed_file(str(path), _Item(paths[path], "files")) for path in sorted(paths))


def _managed_file(path: str, item: _Item) -> ManagedFile:
    mode = item.text("mode", _MODE)
    if int(mode, 8) & 0o002:
        raise Refused("request-invalid", f"files: {path} must not be writable by everybody ({mode})")
    layout.checked(layout.MANAGED, path, "managed file")
    return ManagedFile(path, item.text("sha256", layout.DIGEST), mode)
