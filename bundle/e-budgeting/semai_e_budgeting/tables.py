"""Tables of the lists."""

import django_tables2 as tables

NUMBER = {"th": {"class": "number"}, "td": {"class": "number"}}


class StandardItemTable(tables.Table):
    """Items of price standards, with the decree that states them."""

    code = tables.Column(verbose_name="Kode", accessor="label", order_by=("standard__kind", "code"))
    name = tables.TemplateColumn(
        '<div>{{ record.name }}{% if record.specification %}<p class="muted">{{ record.specification }}</p>'
        "{% endif %}</div>",
        verbose_name="Uraian",
    )
    unit = tables.Column(verbose_name="Satuan")
    price = tables.TemplateColumn(
        "<div>{% load budget %}{{ record.price|exact_rupiah }}{% if record.includes_tax %}"
        '<p class="muted">termasuk PPN</p>{% endif %}</div>',
        verbose_name="Harga satuan",
        attrs=NUMBER,
    )
    accounts = tables.TemplateColumn(
        '{{ record.accounts|join:", "|default:"semua" }}', verbose_name="Rekening", orderable=False
    )
    standard = tables.Column(
        verbose_name="Keputusan",
        accessor="standard__decree",
        order_by=("standard__decree", "code"),
        linkify=("budget:standard", {"standard": tables.A("standard_id")}),
    )
