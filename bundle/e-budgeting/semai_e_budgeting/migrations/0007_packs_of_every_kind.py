"""Lists of account codes become lists of codes of any kind."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("semai_e_budgeting", "0006_version_lines_guarded_again")]

    operations = [
        migrations.RenameModel("AccountPack", "CodePack"),
        migrations.RenameModel("AccountCode", "PackCode"),
    ]
