"""Refuse, in the database itself, any change of amounts, rule results and waivers."""

from django.db import migrations

from semai_kit import append_only

TABLES = ("semai_e_hibah_amount", "semai_e_hibah_ruleresult", "semai_e_hibah_waiver")


def install(apps, schema_editor):
    append_only.install(schema_editor.connection, TABLES)


def remove(apps, schema_editor):
    append_only.remove(schema_editor.connection, TABLES)


class Migration(migrations.Migration):
    dependencies = [("semai_e_hibah", "0001_initial")]

    operations = [migrations.RunPython(install, remove)]
