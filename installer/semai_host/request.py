"""What a run is asked to do, checked word by word before any of it becomes a path, a command or an address.

Unknown keys are ignored, so that an older tool reads a newer request. `Request.parse(r.as_dict()) == r`.
"""

from __future__ import annotations

import dataclasses
import ipaddress
import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from . import layout, parts
from .errors import Refused
from .parts import Database, Limits, LoginCheck, Php, Timer, Worker
from .reading import Item, plain

PYTHON, PHP = "python", "php"
SOCKETS = "/run/semai"  # where apps that speak FastCGI listen
_MODE = re.compile(r"0[0-7]{3}")
_MENTOR = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_ARTIFACT_KINDS = ("wheel", "tool", "static", "requirements", "tree")
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
    """A file the region's configuration owns, relative to the app folder; `place` is where a PHP tree reads it.

    Where an administrator edited it, `sha256` is what he made of it and `shipped` what the region would have.
    """

    path: str
    sha256: str
    mode: str
    place: str = ""
    shipped: str = ""

    @property
    def bits(self) -> int:
        return int(self.mode, 8)


@dataclass(frozen=True)
class Health:
    """Python apps answer `url` with a report; PHP apps answer `path` over FastCGI with `status` and hold `text`."""

    url: str
    timeout_seconds: float = 60.0
    path: str = "/"
    status: int = 200
    text: str = ""


@dataclass(frozen=True)
class Commands:
    """Argument lists; the first word is a program of the release's own bin folder. PHP apps have no `serve`."""

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
    runtime: str = PYTHON
    php: Php | None = None
    limits: Limits = Limits()
    timers: tuple[Timer, ...] = ()
    workers: tuple[Worker, ...] = ()
    leader: bool = True  # False on further hosts of the same app: the data belongs to another host's runs
    database: Database | None = None
    artifacts: tuple[Artifact, ...] = ()
    files: tuple[ManagedFile, ...] = ()
    upgrade_from: tuple[str, ...] = ()
    sample_data: bool = False
    disk_mb: int = 0
    login_check: LoginCheck | None = None
    migrate_timeout_seconds: float = 3600.0
    by: str = ""

    @property
    def address(self) -> tuple[str, int]:
        """Where a Python app listens."""
        return parse_bind(self.bind)

    @property
    def socket(self) -> str | None:
        """The unix socket of an app that speaks FastCGI; None when it listens on `address`."""
        return f"{SOCKETS}/{self.name}.sock" if self.runtime == PHP else None

    def as_dict(self) -> dict[str, Any]:
        """Return the request in the form `parse` reads."""
        raw: dict[str, Any] = json.loads(json.dumps(dataclasses.asdict(self)))
        raw["artifacts"] = [
            {**artifact, "when": [{"python": p, "machine": m} for p, m in artifact["when"]]}
            for artifact in raw["artifacts"]
        ]
        raw["files"] = {file.pop("path"): file for file in raw["files"]}
        if raw["php"]:
            raw["php"].update({key: dict(raw["php"][key]) for key in ("settings", "links")})
        raw["needs"] = {"disk_mb": raw.pop("disk_mb")}
        return raw

    @classmethod
    def parse(cls, raw: object) -> Request:
        """Build a request from JSON; refuse what is missing, of the wrong type or hostile."""
        item = Item(raw, "request")
        name, runtime = layout.app_name(item.get("name")), item.choice("runtime", (PYTHON, PHP), PYTHON)
        bind = _bind(item.get("bind"), name, runtime)
        request = cls(
            name=name,
            mentor=item.text("mentor", _MENTOR, longest=60),
            version=item.text("version", layout.RELEASE, longest=layout.LONGEST_RELEASE),
            release=item.text("release", layout.DIGEST),
            config=item.text("config", layout.DIGEST),
            python=item.text("python", layout.ROOT, default="/usr/bin/python3"),
            bind=bind,
            health=_health(Item(item.get("health"), "health"), bind, runtime),
            commands=_commands(Item(item.get("commands"), "commands"), runtime),
            change=item.choice("change", _CHANGES, "migrate"),
            runtime=runtime,
            php=parts.php(item.get("php", None)),
            limits=parts.limits(item.get("limits", None)),
            timers=parts.timers(item),
            workers=parts.workers(item),
            leader=item.typed("leader", bool, True),
            database=parts.database(item.get("database", None)),
            artifacts=tuple(_artifact(Item(entry, "artifact")) for entry in item.sequence("artifacts")),
            files=_files(item.get("files", {})),
            upgrade_from=tuple(plain(text, "upgrade_from") for text in item.sequence("upgrade_from")),
            sample_data=item.typed("sample_data", bool, False),
            disk_mb=Item(item.get("needs", {}), "needs").typed("disk_mb", int, 0),
            login_check=parts.login_check(item.get("login_check", None)),
            migrate_timeout_seconds=float(item.number("migrate_timeout_seconds", 3600.0)),
            by=item.plain("by", ""),
        )
        request._check()
        return request

    def _check(self) -> None:
        """Refuse parts that do not fit together."""
        parts.distinct(self.timers, self.workers)
        if (self.runtime == PHP) != (self.php is not None):
            raise Refused("request-invalid", f"the part php does not belong to the runtime {self.runtime}")
        other = [self.commands.serve, self.commands.migrate, self.commands.sample_data]
        other.append(self.login_check.command if self.login_check else None)
        other += [timer.command for timer in self.timers] + [worker.command for worker in self.workers]
        imports = any(words and words[0] == parts.IMPORT for words in other)
        trees = any(words and parts.of_tree(words) for words in (*other, *self.commands.after_install))
        if imports or (trees and self.runtime != PHP):
            raise Refused(
                "request-invalid",
                "commands must begin with a program of the release, without a path; "
                f"{parts.IMPORT} belongs into after_install of a PHP app",
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


def _bind(value: object, name: str, runtime: str) -> str:
    """Return ADDRESS:PORT; an app that speaks FastCGI may say its socket instead."""
    text = plain(value, "bind")
    if runtime != PHP or text not in (f"{SOCKETS}/{name}.sock", f"unix:{SOCKETS}/{name}.sock"):
        parse_bind(text)
    return text


def _health(item: Item, bind: str, runtime: str) -> Health:
    url = item.plain("url", "") if runtime == PHP else item.plain("url")
    parts_of = urlsplit(url)
    if runtime != PHP:
        _check_url(url, bind)
    return Health(
        url,
        float(item.number("timeout_seconds", 60.0)),
        item.text("path", parts.URL_PATH, parts_of.path or "/"),
        item.whole("status", 100, 599, 200),
        item.plain("text", ""),
    )


def _check_url(url: str, bind: str) -> None:
    """Refuse a health address that is not on this host."""
    parts_of = urlsplit(url)
    if parts_of.scheme != "http" or not parts_of.hostname or not parts_of.port or parts_of.username:
        raise Refused("request-invalid", f"health: url {url!r} is not http://ADDRESS:PORT/PATH")
    try:
        local = ipaddress.ip_address(parts_of.hostname).is_loopback or parts_of.hostname == parse_bind(bind)[0]
    except ValueError:
        local = parts_of.hostname == "localhost"
    if not local:
        raise Refused("request-invalid", f"health: url {url!r} does not point at this host")


def _optional_command(value: object, what: str) -> tuple[str, ...] | None:
    return None if value is None else parts.command(value, what)


def _commands(item: Item, runtime: str) -> Commands:
    serve = item.get("serve", None) if runtime == PHP else item.get("serve")
    return Commands(
        serve=() if runtime == PHP and not serve else parts.command(serve, "commands: serve"),
        migrate=_optional_command(item.get("migrate", None), "commands: migrate"),
        after_install=tuple(
            parts.command(entry, "commands: after_install") for entry in item.sequence("after_install")
        ),
        sample_data=_optional_command(item.get("sample_data", None), "commands: sample_data"),
    )


def _artifact(item: Item) -> Artifact:
    size = item.typed("size", int, 0)
    if size < 0:
        raise Refused("request-invalid", f"artifact: size {size} is below zero")
    conditions = (Item(entry, "artifact: when") for entry in item.sequence("when"))
    return Artifact(
        sha256=item.text("sha256", layout.DIGEST),
        size=size,
        kind=item.choice("kind", _ARTIFACT_KINDS, ""),
        file=item.text("file", layout.FILE_NAME, longest=200),
        when=tuple((str(when.get("python", "")), str(when.get("machine", ""))) for when in conditions),
    )


def _files(raw: object) -> tuple[ManagedFile, ...]:
    paths = Item(raw, "files").raw
    return tuple(_managed_file(str(path), Item(paths[path], "files")) for path in sorted(paths))


def _managed_file(path: str, item: Item) -> ManagedFile:
    mode = item.text("mode", _MODE)
    if int(mode, 8) & 0o002:
        raise Refused("request-invalid", f"files: {path} must not be writable by everybody ({mode})")
    layout.checked(layout.MANAGED, path, "managed file")
    place = item.get("place", "") or ""
    shipped = item.text("shipped", layout.DIGEST) if item.get("shipped", "") else ""
    inner = parts.inside(place, "files: place") if place else ""
    return ManagedFile(path, item.text("sha256", layout.DIGEST), mode, inner, shipped)
