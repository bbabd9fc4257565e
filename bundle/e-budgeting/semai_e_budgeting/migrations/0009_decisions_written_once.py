"""Refuse, in the database itself, any change of what officers decided about codes."""

from django.db import migrations

from semai_kit import append_only

TABLES = ("semai_e_budgeting_codedecision",)


def install(apps, schema_editor):
    append_only.install(schema_editor.connection, TABLES)


def remove(apps, schema_editor):
    append_only.remove(schema_editor.connection, TABLES)


class Migration(migrations.Migration):
    dependencies = [("semai_e_budgeting", "0008_mappings_and_decisions")]

    operations = [migrations.RunPython(install, remove)]
