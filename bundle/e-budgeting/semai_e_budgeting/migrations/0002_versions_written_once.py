"""Refuse, in the database itself, any change of the rows of a sent version."""

from django.db import migrations

from semai_kit import append_only

TABLES = (
    "semai_e_budgeting_rkaversion",
    "semai_e_budgeting_rkaversionitem",
    "semai_e_budgeting_rkaversionline",
)


def install(apps, schema_editor):
    append_only.install(schema_editor.connection, TABLES)


def remove(apps, schema_editor):
    append_only.remove(schema_editor.connection, TABLES)


class Migration(migrations.Migration):
    dependencies = [("semai_e_budgeting", "0001_initial")]

    operations = [migrations.RunPython(install, remove)]
