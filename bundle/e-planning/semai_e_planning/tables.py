"""Tables of the lists."""

from __future__ import annotations

import django_tables2 as tables
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from semai_kit.money import rupiah

from .models import Proposal


class ProposalTable(tables.Table):
    """Usulan with where they stand."""

    title = tables.Column(verbose_name=lazy("Usulan"))
    village = tables.Column(verbose_name=lazy("Desa/kelurahan"), accessor="village__name")
    agency = tables.Column(verbose_name=lazy("OPD"), accessor="agency__short_name")
    estimate = tables.Column(
        verbose_name=lazy("Perkiraan"), attrs={"td": {"class": "number"}, "th": {"class": "number"}}
    )
    rank_district = tables.Column(verbose_name=lazy("Peringkat"), empty_values=(), orderable=True)
    state = tables.Column(verbose_name=lazy("Status"))

    class Meta:
        model = Proposal
        fields = ("title", "village", "agency", "estimate", "rank_district", "state")
        order_by = ()

    def render_title(self, record: Proposal) -> SafeString:
        return format_html(
            '<div><a href="{}">{}</a><div class="muted">{}</div></div>',
            reverse("planning:proposal", args=[record.pk]),
            record.title,
            record.number or _("belum bernomor"),
        )

    def render_village(self, record: Proposal) -> SafeString:
        return format_html(
            '<div>{}<div class="muted">{}</div></div>',
            record.village.name,
            _("Kec. {district}").format(district=record.district.name),
        )

    def render_estimate(self, record: Proposal) -> str:
        return rupiah(record.agreed_estimate)

    def render_rank_district(self, record: Proposal) -> str:
        village, district = record.rank_village, record.rank_district
        if not village and not district:
            return "–"
        return _("desa {village} · kec. {district}").format(village=village or "–", district=district or "–")

    def render_state(self, record: Proposal) -> SafeString:
        return format_html('<span class="badge badge-{}">{}</span>', record.state_kind, _(record.state_title))
