"""Filters of the lists."""

from __future__ import annotations

from typing import Any

import django_filters as filters
from django.db.models import Q, QuerySet
from semai_kit.models import Agency, District, Village

from .models import PriorityTheme, Proposal, ProposalKind


class ProposalFilter(filters.FilterSet):
    """Usulan by words, status, place, OPD, kind and theme."""

    cari = filters.CharFilter(label="Cari", method="search")
    state = filters.ChoiceFilter(label="Status", empty_label="Semua")
    district = filters.ModelChoiceFilter(label="Kecamatan", queryset=District.objects.all(), empty_label="Semua")
    village = filters.ModelChoiceFilter(label="Desa/kelurahan", queryset=Village.objects.all(), empty_label="Semua")
    agency = filters.ModelChoiceFilter(label="OPD", queryset=Agency.objects.all(), empty_label="Semua")
    kind = filters.ModelChoiceFilter(label="Jenis", queryset=ProposalKind.objects.all(), empty_label="Semua")
    theme = filters.ModelChoiceFilter(label="Tema", queryset=PriorityTheme.objects.all(), empty_label="Semua")
    source = filters.ChoiceFilter(label="Asal", choices=Proposal.Source.choices, empty_label="Semua")

    class Meta:
        model = Proposal
        fields = ("cari", "state", "district", "village", "agency", "kind", "theme", "source")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.filters["state"].extra["choices"] = Proposal.workflow().choices()
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
