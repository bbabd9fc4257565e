"""Refuse, in the database itself, any change of the audit trail and of the transition history."""

from django.db import migrations

from semai_kit import append_only

TABLES = ("auditlog_logentry", "semai_kit_transitionlog")  # the tables that exist at this point


def install(apps, schema_editor):
    append_only.install(schema_editor.connection, TABLES)


def remove(apps, schema_editor):
    append_only.remove(schema_editor.connection, TABLES)


class Migration(migrations.Migration):
    dependencies = [
        ("semai_kit", "0001_initial"),
        ("auditlog", "0017_add_actor_email"),
    ]

    operations = [migrations.RunPython(install, remove)]
