"""Versions keep the targets of indicators, written once like the rest; those there are already keep none."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from semai_kit import append_only

TABLES = (
    "semai_e_planning_annualplanversion",  # SQLite may have made it anew for its column
    "semai_e_planning_versiontarget",
    "semai_e_planning_targetchange",
)


def install(apps, schema_editor):
    append_only.install(schema_editor.connection, TABLES)


def remove(apps, schema_editor):
    append_only.remove(schema_editor.connection, TABLES[1:])


class Migration(migrations.Migration):

    dependencies = [
        ('semai_e_planning', '0006_work_plan_targets'),
        ('semai_kit', '0007_years_sessions_agencies'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name='annualplanversion',
            name='target_count',
            field=models.PositiveIntegerField(editable=False, null=True, verbose_name='jumlah target indikator'),
        ),
        migrations.CreateModel(
            name='TargetChange',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('reason', models.TextField(verbose_name='alasan')),
                ('made_at', models.DateTimeField(auto_now_add=True, verbose_name='dibuat')),
                ('indicator_id', models.PositiveBigIntegerField()),
                ('agency', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='semai_kit.agency', verbose_name='OPD')),
                ('amendment', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='target_changes', to='semai_e_planning.amendment')),
                ('made_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['pk'],
            },
        ),
        migrations.CreateModel(
            name='VersionTarget',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('agency_name', models.CharField(max_length=200, verbose_name='OPD')),
                ('indicator_id', models.PositiveBigIntegerField()),
                ('level', models.CharField(max_length=20, verbose_name='jenjang')),
                ('node_code', models.CharField(max_length=40, verbose_name='kode')),
                ('node_title', models.CharField(max_length=400, verbose_name='uraian')),
                ('name', models.CharField(max_length=300, verbose_name='indikator')),
                ('unit', models.CharField(max_length=60, verbose_name='satuan')),
                ('direction', models.CharField(choices=[('higher', 'makin tinggi makin baik'), ('lower', 'makin rendah makin baik')], max_length=10, verbose_name='arah')),
                ('planned', models.DecimalField(decimal_places=2, max_digits=18, null=True, verbose_name='target RPJMD')),
                ('value', models.DecimalField(decimal_places=2, max_digits=18, verbose_name='target Renja')),
                ('agency', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='semai_kit.agency', verbose_name='OPD')),
                ('version', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='targets', to='semai_e_planning.annualplanversion')),
            ],
            options={
                'ordering': ['agency__code', 'node_code', 'indicator_id'],
                'constraints': [models.UniqueConstraint(fields=('version', 'agency', 'indicator_id'), name='indicator_once_per_version_agency')],
            },
        ),
        migrations.RunPython(install, remove),
    ]
