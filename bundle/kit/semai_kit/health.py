"""What /healthz says: release, database, migrations and the state of consumed contracts."""

from __future__ import annotations

import pkgutil
from dataclasses import asdict, dataclass
from pathlib import Path

from django.apps import apps
from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.recorder import MigrationRecorder

from semai_kit import contracts


@dataclass(frozen=True)
class Health:
    app: str
    release: str
    database: str
    migrations: str
    contracts: dict[str, str]
    scan: str  # of uploads for viruses: on, or off while the region has set no scanner

    @property
    def healthy(self) -> bool:
        return self.database == "ok" and self.migrations == "current"

    def as_json(self) -> dict[str, object]:
        return asdict(self)


def report() -> Health:
    """Ask the database; an unreachable provider of a contract never makes the app unhealthy."""
    env = settings.SEMAI
    scan = "on" if env.scan_command else "off"
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        pending = pending_migrations()
        states = contracts.states() if not pending else dict.fromkeys(env.consumes, "unused")
    except DatabaseError:
        return Health(env.app, env.release, "failed", "unknown", dict.fromkeys(env.consumes, "unused"), scan)
    return Health(env.app, env.release, "ok", "pending" if pending else "current", states, scan)


def pending_migrations() -> bool:
    """Is a migration of this release not in the database yet?

    Compares names only: building Django's migration graph would cost every probe's process several megabytes.
    """
    known = {
        (config.label, module.name)
        for config in apps.get_app_configs()
        for module in pkgutil.iter_modules([str(Path(config.path) / "migrations")])
        if not module.ispkg and module.name[0] not in "_~"
    }
    return bool(known - set(MigrationRecorder(connection).applied_migrations()))
