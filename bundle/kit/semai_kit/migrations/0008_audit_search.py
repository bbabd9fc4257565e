"""Let words in the audit trail be found without reading all of it, where the database knows trigrams.

`pg_trgm` comes with Debian's PostgreSQL and may be taken by the owner of a database. Where it may not, and with
SQLite, a search reads the whole trail as before.
"""

from django.db import migrations

MAY = """
SELECT EXISTS (SELECT FROM pg_extension WHERE extname = 'pg_trgm')
  OR has_database_privilege(current_database(), 'CREATE')
    AND EXISTS (SELECT FROM pg_available_extension_versions WHERE name = 'pg_trgm' AND trusted)
"""
INDEX = "semai_kit_audit_words"
STATEMENTS = (
    "CREATE EXTENSION IF NOT EXISTS pg_trgm",
    # The very words Django asks `icontains` with.
    f"CREATE INDEX IF NOT EXISTS {INDEX} ON auditlog_logentry USING gin (upper(object_repr::text) gin_trgm_ops)",
    "ANALYZE auditlog_logentry",
)


def install(apps, schema_editor):
    if schema_editor.connection.vendor != "postgresql":
        return
    with schema_editor.connection.cursor() as cursor:
        cursor.execute(MAY)
        if not cursor.fetchone()[0]:
            print("audit trail: searched without an index, for pg_trgm is not to be had in this database")
            return
        for statement in STATEMENTS:
            cursor.execute(statement)


def remove(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(f"DROP INDEX IF EXISTS {INDEX}")


class Migration(migrations.Migration):
    dependencies = [
        ("semai_kit", "0007_years_sessions_agencies"),
        ("auditlog", "0017_add_actor_email"),
    ]

    operations = [migrations.RunPython(install, remove)]
