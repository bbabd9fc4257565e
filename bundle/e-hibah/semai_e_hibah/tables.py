"""Tables of the lists."""

from __future__ import annotations

import django_tables2 as tables
from django.utils.translation import gettext_lazy as lazy

NUMBER = {"th": {"class": "number"}, "td": {"class": "number"}}


class ApplicationTable(tables.Table):
    title = tables.Column(verbose_name=lazy("Permohonan"), linkify=True)
    number = tables.Column(verbose_name=lazy("Nomor"))
    applicant = tables.Column(verbose_name=lazy("Pemohon"), accessor="applicant__name")
    agency = tables.Column(verbose_name=lazy("OPD"), accessor="agency__short_name")
    amount = tables.TemplateColumn(
        "{{ record.considered|rupiah }}", verbose_name=lazy("Nilai"), attrs=NUMBER, order_by="asked"
    )
    state = tables.TemplateColumn("{% state_badge record %}", verbose_name=lazy("Status"))


class RecipientTable(tables.Table):
    """Public: names of persons masked, nothing else of them shown."""

    title = tables.Column(verbose_name=lazy("Kegiatan"), orderable=False)
    recipient = tables.Column(verbose_name=lazy("Penerima"), accessor="applicant__public_name", orderable=False)
    village = tables.Column(verbose_name=lazy("Desa/kelurahan"), accessor="village__name", orderable=False)
    agency = tables.Column(verbose_name=lazy("OPD"), accessor="agency__short_name", orderable=False)
    approved = tables.TemplateColumn(
        "{{ record.approved|rupiah }}", verbose_name=lazy("Disetujui"), attrs=NUMBER, orderable=False
    )
    paid = tables.TemplateColumn(
        "{{ record.paid|rupiah }}", verbose_name=lazy("Dicairkan"), attrs=NUMBER, orderable=False
    )
    state = tables.TemplateColumn("{% state_badge record %}", verbose_name=lazy("Status"), orderable=False)


class EarlierTable(tables.Table):
    """Names of persons masked; what identifies anybody is not shown at all."""

    year = tables.TemplateColumn("{{ record.year|unlocalized }}", verbose_name=lazy("Tahun"))
    name = tables.Column(verbose_name=lazy("Penerima"), accessor="public_name", orderable=False)
    title = tables.Column(verbose_name=lazy("Kegiatan"))
    kind = tables.TemplateColumn(
        "{{ value|translated }}", verbose_name=lazy("Jenis"), accessor="kind_title", orderable=False
    )
    amount = tables.TemplateColumn("{{ record.amount|rupiah }}", verbose_name=lazy("Nilai"), attrs=NUMBER)
    reported = tables.TemplateColumn(
        '{% if record.reported %}{% badge "success" _("Diterima") %}{% else %}{% badge "danger" _("Belum") %}'
        "{% endif %}",
        verbose_name=lazy("Laporan"),
    )
    remove = tables.TemplateColumn(
        "<a href=\"{% url 'grants:remove-earlier' record.pk %}\">{% translate 'Hapus' %}"
        '<span class="hidden"> {{ record.title }}</span></a>',
        verbose_name=lazy("Tindakan"),
        orderable=False,
    )


class ReportTable(tables.Table):
    title = tables.Column(
        verbose_name=lazy("Kegiatan"), accessor="disbursement__agreement__application__title", linkify=True
    )
    number = tables.Column(verbose_name=lazy("Nomor"), accessor="disbursement__agreement__application__number")
    recipient = tables.Column(
        verbose_name=lazy("Penerima"), accessor="disbursement__agreement__application__applicant__name"
    )
    stage = tables.TemplateColumn(
        "{{ value|translated }}", verbose_name=lazy("Tahap"), accessor="disbursement__title"
    )
    amount = tables.TemplateColumn(
        "{{ record.disbursement.amount|rupiah }}", verbose_name=lazy("Nilai"), attrs=NUMBER, orderable=False
    )
    due_on = tables.TemplateColumn(
        '{{ record.due_on|date:"j F Y" }}{% if record.is_overdue %} {% badge "danger" _("Terlambat") %}{% endif %}',
        verbose_name=lazy("Tenggat"),
    )
    state = tables.TemplateColumn("{% state_badge record %}", verbose_name=lazy("Status"))
