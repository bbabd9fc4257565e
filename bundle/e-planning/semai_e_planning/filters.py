"""Filters of the lists."""

from __future__ import annotations

from typing import Any

import django_filters as filters
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from semai_kit.models import Agency, District, Village

from .models import PriorityTheme, Proposal, ProposalKind


class ProposalFilter(filters.FilterSet):
    """Usulan by words, status, place, OPD, kind and theme."""

    cari = filters.CharFilter(label=lazy("Cari"), method="search")
    state = filters.ChoiceFilter(label=lazy("Status"), empty_label=lazy("Semua"))
    district = filters.ModelChoiceFilter(
        label=lazy("Kecamatan"), queryset=District.objects.all(), empty_label=lazy("Semua")
    )
    village = filters.ModelChoiceFilter(
        label=lazy("Desa/kelurahan"), queryset=Village.objects.all(), empty_label=lazy("Semua")
    )
    agency = filters.ModelChoiceFilter(label=lazy("OPD"), queryset=Agency.objects.all(), empty_label=lazy("Semua"))
    kind = filters.ModelChoiceFilter(
        label=lazy("Jenis"), queryset=ProposalKind.objects.all(), empty_label=lazy("Semua")
    )
    theme = filters.ModelChoiceFilter(
        label=lazy("Tema"), queryset=PriorityTheme.objects.all(), empty_label=lazy("Semua")
    )
    source = filters.ChoiceFilter(label=lazy("Asal"), choices=Proposal.Source.choices, empty_label=lazy("Semua"))

    class Meta:
        model = Proposal
        fields = ("cari", "state", "district", "village", "agency", "kind", "theme", "source")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.filters["state"].extra["choices"] = Proposal.workflow().choices()
        for name in ("kind", "theme"):
            self.filters[name].field.label_from_instance = lambda row: _(row.title)
        district = self.data.get("district", "") if self.data else ""
        if district.isdigit():
            self.filters["village"].queryset = Village.objects.filter(district=district)

    def search(self, rows: QuerySet[Proposal], name: str, value: str) -> QuerySet[Proposal]:
        for word in value.split():
            rows = rows.filter(
                Q(title__icontains=word)
                | Q(number__icontains=word)
                | Q(proposer__icontains=word)
                | Q(village__name__icontains=word)
            )
        return rows
