"""SQLite makes a table anew when it gets a column, and its triggers are gone with the old one."""

from django.db import migrations

from semai_kit import append_only

TABLES = ("semai_e_budgeting_rkaversionline",)


def install(apps, schema_editor):
    append_only.install(schema_editor.connection, TABLES)


class Migration(migrations.Migration):
    dependencies = [("semai_e_budgeting", "0005_price_standards")]

    operations = [migrations.RunPython(install, migrations.RunPython.noop)]
