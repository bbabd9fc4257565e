"""SQL triggers that refuse to change or delete rows of the audit trail and of the transition history."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.backends.base.base import BaseDatabaseWrapper

TABLES = ("auditlog_logentry", "semai_kit_transitionlog", "semai_kit_issuednumber")
MESSAGE = "append-only table"


def install(connection: BaseDatabaseWrapper, tables: Sequence[str] = TABLES) -> None:
    """Create the triggers where they are missing; safe to repeat. Apps pass their own write-once tables."""
    with connection.cursor() as cursor:
        for statement in _statements(connection.vendor, tables):
            cursor.execute(statement)


def remove(connection: BaseDatabaseWrapper, tables: Sequence[str] = TABLES) -> None:
    """Drop the triggers. Only for tests that must empty the tables between cases."""
    with connection.cursor() as cursor:
        for table in tables:
            for name in _trigger_names(table, connection.vendor):
                suffix = "" if connection.vendor == "sqlite" else f" ON {table}"
                cursor.execute(f"DROP TRIGGER IF EXISTS {name}{suffix}")


def missing(connection: BaseDatabaseWrapper, tables: Sequence[str] = TABLES) -> list[str]:
    """Names of triggers that should exist and do not."""
    expected = {name for table in tables for name in _trigger_names(table, connection.vendor)}
    query = (
        "SELECT name FROM sqlite_master WHERE type = 'trigger'"
        if connection.vendor == "sqlite"
        else "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal"
    )
    with connection.cursor() as cursor:
        cursor.execute(query)
        return sorted(expected - {row[0] for row in cursor.fetchall()})


def _trigger_names(table: str, vendor: str) -> list[str]:
    verbs = ["update", "delete"] if vendor == "sqlite" else ["update", "delete", "truncate"]
    return [f"{table}_no_{verb}" for verb in verbs]


def _statements(vendor: str, tables: Sequence[str]) -> list[str]:
    if vendor == "sqlite":
        return [
            f"CREATE TRIGGER IF NOT EXISTS {table}_no_{verb} BEFORE {verb.upper()} ON {table} "
            f"BEGIN SELECT RAISE(ABORT, '{MESSAGE}'); END"
            for table in tables
            for verb in ("update", "delete")
        ]
    if vendor == "postgresql":
        return [_POSTGRES_FUNCTION, *(s for table in tables for s in _postgres_triggers(table))]
    raise NotImplementedError(f"no append-only triggers for {vendor}")


_POSTGRES_FUNCTION = f"""
CREATE OR REPLACE FUNCTION semai_append_only() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION '{MESSAGE}: %', TG_TABLE_NAME; END $$
"""


def _postgres_triggers(table: str) -> list[str]:
    created = []
    for verb in ("update", "delete", "truncate"):
        each = "STATEMENT" if verb == "truncate" else "ROW"
        created.append(
            f"CREATE OR REPLACE TRIGGER {table}_no_{verb} BEFORE {verb.upper()} ON {table} "
            f"FOR EACH {each} EXECUTE FUNCTION semai_append_only()"
        )
    return created
