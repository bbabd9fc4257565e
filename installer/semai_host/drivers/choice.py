"""Which product keeps a host's services and which holds an app's data: the one place where both are chosen."""

from __future__ import annotations

from collections.abc import Iterator

from .. import envfile
from ..accounts import Account
from ..errors import HostError
from ..layout import SYSTEMD, AppPlaces, Layout
from ..parts import Database
from ..request import PHP, Request
from . import DatabaseDriver, Services
from .folders import AppData, Folders
from .mariadb import MariadbDatabase
from .postgresql import PostgresqlDatabase
from .sqlite import SqliteDatabase
from .supervisor import SupervisorServices
from .systemd import SystemdServices

_VARIABLE = "DATABASE_PASSWORD"


def services(layout: Layout) -> Services:
    """Return the keeper that `<root>/keeper` names."""
    if layout.keeper == SYSTEMD:
        return SystemdServices()
    return SupervisorServices(layout.supervisor)


def database(request: Request, places: AppPlaces, account: Account | None) -> DatabaseDriver | None:
    """Return the driver of the request's data; None when it has none, or another host's runs look after it."""
    if not request.leader:
        return None
    inner = _database(request.database, places, account) if request.database else None
    if request.runtime == PHP:
        return AppData(Folders(places.shared / "data", account.owner if account else None), inner)
    return inner


def _database(wanted: Database, places: AppPlaces, account: Account | None) -> DatabaseDriver:
    passwords = tuple(known[_VARIABLE] for known in _variables(places) if known.get(_VARIABLE))
    if wanted.driver == "postgresql":
        return PostgresqlDatabase(wanted, passwords, account)
    if wanted.driver == "mariadb":
        return MariadbDatabase(wanted, passwords, account)
    return SqliteDatabase(places.managed(wanted.path))


def _variables(places: AppPlaces) -> Iterator[dict[str, str]]:
    """Yield the app's variables: as they shall be when a role laid them ready, then as they are."""
    for path in (places.staged / "shared" / "env", places.env):
        try:
            yield envfile.parse(path.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError, HostError):  # the run that needs it complains of it
            continue
