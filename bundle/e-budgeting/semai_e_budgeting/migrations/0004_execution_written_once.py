"""Refuse, in the database itself, any change of the rows of a DPA version and of the pagu changes."""

from django.db import migrations

from semai_kit import append_only

TABLES = ("semai_e_budgeting_dpaversion", "semai_e_budgeting_paguchange")


def install(apps, schema_editor):
    append_only.install(schema_editor.connection, TABLES)


def remove(apps, schema_editor):
    append_only.remove(schema_editor.connection, TABLES)


class Migration(migrations.Migration):
    dependencies = [("semai_e_budgeting", "0003_ceilings_and_execution")]

    operations = [migrations.RunPython(install, remove)]
