"""Parts of a request that only servers know: databases behind a socket, limits, PHP, timers and workers."""

from __future__ import annotations

import re
from dataclasses import dataclass

from . import layout
from .errors import Refused
from .reading import Item, as_list, plain

PROGRAM = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
IMPORT = "@import"  # in after_install: load the SQL file named next into the app's database
DRIVERS = ("sqlite", "postgresql", "mariadb")
PORTS = {"postgresql": 5432, "mariadb": 3306}
_ROLE = re.compile(r"[a-z_][a-z0-9_]{0,62}")
_DATABASE_HOST = re.compile(r"/[A-Za-z0-9_./-]{1,90}|[A-Za-z0-9]([A-Za-z0-9.-]{0,252}|[0-9A-Fa-f:.]{1,44})")
URL_PATH = re.compile(r"/[A-Za-z0-9_.~!$&'()*+,;=:@%/?-]{0,300}")
_INSIDE = re.compile(r"(?!\.\.?(/|$))[A-Za-z0-9_.-]{1,100}(/(?!\.\.?(/|$))[A-Za-z0-9_.-]{1,100}){0,9}")
_CONFIG = re.compile(r"shared/config(/(?!.*\.\.)[A-Za-z0-9_][A-Za-z0-9._-]{0,99}){1,4}")
_EXTENSION = re.compile(r"[a-z][a-z0-9_]{0,40}")
_SETTING = re.compile(r"[a-z][a-z0-9_.]{0,80}")
_PART = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_CALENDAR = re.compile(r"[A-Za-z0-9*:/,.~ -]{1,100}")
_LONGEST_PART = 30


@dataclass(frozen=True)
class Database:
    """`path` for sqlite; for the others a name, a role and where the server listens (`host` may be a socket)."""

    driver: str
    path: str = ""
    name: str = ""
    user: str = ""
    host: str = ""
    port: int = 0


@dataclass(frozen=True)
class Limits:
    """What the service keeper grants the app; 0 means no limit. 100 percent is one processor."""

    memory_mb: int = 0
    cpu_percent: int = 0


@dataclass(frozen=True)
class Php:
    """How a tree of PHP is served; `root` (below the tree) is what the web server shows, "" the tree itself."""

    root: str = ""
    extensions: tuple[str, ...] = ()
    version: str = ""
    writable: tuple[str, ...] = ()
    workers: int = 4
    settings: tuple[tuple[str, str], ...] = ()
    links: tuple[tuple[str, str], ...] = ()  # configuration files: place in the tree, managed file


@dataclass(frozen=True)
class Timer:
    """A command started by the clock; `calendar` as in systemd.time(7)."""

    name: str
    command: tuple[str, ...]
    calendar: str


@dataclass(frozen=True)
class Worker:
    """A command kept running beside the app."""

    name: str
    command: tuple[str, ...]


@dataclass(frozen=True)
class LoginCheck:
    """How a drill sees that people can log in: a command of the release, or a page that must hold a text."""

    command: tuple[str, ...] = ()
    path: str = ""
    text: str = ""


def command(value: object, what: str) -> tuple[str, ...]:
    """Return an argument list whose first word is a program's bare name, or what only a tree of PHP has."""
    words = tuple(plain(word, what) for word in as_list(value, what))
    if not words or not (PROGRAM.fullmatch(words[0]) or of_tree(words)):
        raise Refused("request-invalid", f"{what} must begin with a program of the release, without a path")
    return words


def of_tree(words: tuple[str, ...]) -> bool:
    """Tell whether a command begins with a path inside a tree, or loads a file of it into the database."""
    if words[0] == IMPORT:
        return len(words) == 2 and bool(_INSIDE.fullmatch(words[1]))
    return "/" in words[0] and bool(_INSIDE.fullmatch(words[0]))


def inside(value: object, what: str) -> str:
    """Return a relative path that stays below the folder it is joined to."""
    return layout.checked(_INSIDE, value, what)


def database(raw: object) -> Database | None:
    if raw is None:
        return None
    item = Item(raw, "database")
    driver = item.choice("driver", DRIVERS, "")
    if driver == "sqlite":
        return Database(driver, item.text("path", layout.MANAGED))
    return Database(
        driver,
        name=item.text("name", _ROLE),
        user=item.text("user", _ROLE),
        host=item.text("host", _DATABASE_HOST),
        port=item.whole("port", 1, 65535, PORTS[driver]),
    )


def login_check(raw: object) -> LoginCheck | None:
    """Return the check of a login; exactly one of command and path is given, and text with path."""
    if raw is None:
        return None
    item = Item(raw, "login_check")
    path, words = item.get("path", "") or "", item.get("command", None)
    if bool(path) == bool(words):
        raise Refused("request-invalid", "login_check needs a command or a path, and not both")
    if words:
        return LoginCheck(command(words, "login_check: command"))
    text = item.plain("text")
    if not text:
        raise Refused("request-invalid", "login_check: text must say what the page holds")
    return LoginCheck((), item.text("path", URL_PATH), text)


def limits(raw: object) -> Limits:
    item = Item({} if raw is None else raw, "limits")
    return Limits(item.whole("memory_mb", 0, 1 << 22, 0), item.whole("cpu_percent", 0, 100_000, 0))


def php(raw: object) -> Php | None:
    if raw is None:
        return None
    item = Item(raw, "php")
    root = item.get("root", "")
    settings = Item(item.get("settings", {}), "php: settings")
    names = sorted(layout.checked(_SETTING, name, "php: settings") for name in settings.raw)
    return Php(
        root="" if root in ("", ".", None) else inside(root, "php: root"),
        extensions=tuple(
            layout.checked(_EXTENSION, name, "php: extensions") for name in item.sequence("extensions")
        ),
        version=item.plain("version", ""),
        writable=tuple(inside(path, "php: writable") for path in item.sequence("writable")),
        workers=item.whole("workers", 1, 200, 4),
        settings=tuple((name, settings.plain(name)) for name in names),
        links=_links(Item(item.get("links", {}), "php: links")),
    )


def _links(item: Item) -> tuple[tuple[str, str], ...]:
    places = sorted(inside(place, "php: links") for place in item.raw)
    return tuple((place, item.text(place, _CONFIG)) for place in places)


def timers(item: Item) -> tuple[Timer, ...]:
    return tuple(
        Timer(_name(entry), _words(entry), entry.text("calendar", _CALENDAR)) for entry in item.items("timers")
    )


def workers(item: Item) -> tuple[Worker, ...]:
    return tuple(Worker(_name(entry), _words(entry)) for entry in item.items("workers"))


def distinct(timers: tuple[Timer, ...], workers: tuple[Worker, ...]) -> None:
    """Refuse two of one name: each becomes a unit of that name."""
    names = [timer.name for timer in timers] + [worker.name for worker in workers]
    for name in names:
        if names.count(name) > 1:
            raise Refused("request-invalid", f"two timers or workers are called {name!r}")


def _name(item: Item) -> str:
    return item.text("name", _PART, longest=_LONGEST_PART)


def _words(item: Item) -> tuple[str, ...]:
    return command(item.get("command"), f"{item.what}: command")
