"""Tables of the lists."""

from __future__ import annotations

import django_tables2 as tables
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from semai_kit.money import rupiah

from .models import Proposal


class ProposalTable(tables.Table):
    """Usulan with where they stand."""

    title = tables.Column(verbose_name="Usulan")
    village = tables.Column(verbose_name="Desa/kelurahan", accessor="village__name")
    agency = tables.Column(verbose_name="OPD", accessor="agency__short_name")
    estimate = tables.Column(verbose_name="Perkiraan", attrs={"td": {"class": "number"}, "th": {"class": "number"}})
    rank_district = tables.Column(verbose_name="Peringkat", empty_values=(), orderable=True)
    state = tables.Column(verbose_name="Status")

    class Meta:
        model = Proposal
        fields = ("title", "village", "agency", "estimate", "rank_district", "state")
        order_by = ()

    def render_title(self, record: Proposal) -> SafeString:
        return format_html(
            '<div><a href="{}">{}</a><div class="muted">{}</div></div>',
            reverse("planning:proposal", args=[record.pk]),
            record.title,
            record.number or "belum bernomor",
        )

    def render_village(self, record: Proposal) -> SafeString:
        return format_html(
            '<div>{}<div class="muted">Kec. {}</div></div>', record.village.name, record.district.name
        )

    def render_estimate(self, record: Proposal) -> str:
        return rupiah(record.agreed_estimate)

    def render_rank_district(self, record: Proposal) -> str:
        village, district = record.rank_village, record.rank_district
        return f"desa {village or '–'} · kec. {district or '–'}" if village or district else "–"

    def render_state(self, record: Proposal) -> SafeString:
        return format_html('<span class="badge badge-{}">{}</span>', record.state_kind, record.state_title)
