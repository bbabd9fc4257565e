"""Tables of the lists."""

import django_tables2 as tables
from django.utils.translation import gettext_lazy as lazy

NUMBER = {"th": {"class": "number"}, "td": {"class": "number"}}


class StandardItemTable(tables.Table):
    """Items of price standards, with the decree that states them."""

    code = tables.Column(verbose_name=lazy("Kode"), accessor="label", order_by=("standard__kind", "code"))
    name = tables.TemplateColumn(
        '<div>{{ record.name }}{% if record.specification %}<p class="muted">{{ record.specification }}</p>'
        "{% endif %}</div>",
        verbose_name=lazy("Uraian"),
    )
    unit = tables.Column(verbose_name=lazy("Satuan"))
    price = tables.TemplateColumn(
        "<div>{% load budget %}{{ record.price|exact_rupiah }}{% if record.includes_tax %}"
        '<p class="muted">{% translate "termasuk PPN" %}</p>{% endif %}</div>',
        verbose_name=lazy("Harga satuan"),
        attrs=NUMBER,
    )
    accounts = tables.TemplateColumn(
        '{{ record.accounts|join:", "|default:_("semua") }}', verbose_name=lazy("Rekening"), orderable=False
    )
    standard = tables.Column(
        verbose_name=lazy("Keputusan"),
        accessor="standard__decree",
        order_by=("standard__decree", "code"),
        linkify=("budget:standard", {"standard": tables.A("standard_id")}),
    )
