"""What /healthz says: release, database, migrations and the state of consumed contracts."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor

from semai_kit import contracts


@dataclass(frozen=True)
class Health:
    app: str
    release: str
    database: str
    migrations: str
    contracts: dict[str, str]

    @property
    def healthy(self) -> bool:
        return self.database == "ok" and self.migrations == "current"

    def as_json(self) -> dict[str, object]:
        return asdict(self)


def report() -> Health:
    """Ask the database; an unreachable provider of a contract never makes the app unhealthy."""
    env = settings.SEMAI
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        pending = pending_migrations()
        states = contracts.states() if not pending else dict.fromkeys(env.consumes, "unused")
    except DatabaseError:
        return Health(env.app, env.release, "failed", "unknown", dict.fromkeys(env.consumes, "unused"))
    return Health(env.app, env.release, "ok", "pending" if pending else "current", states)


_confirmed = False


def pending_migrations() -> bool:
    """Are migrations missing? Once current, a running release stays current, so the answer is kept."""
    global _confirmed
    if not _confirmed:
        executor = MigrationExecutor(connection)
        _confirmed = not executor.migration_plan(executor.loader.graph.leaf_nodes())
    return not _confirmed
