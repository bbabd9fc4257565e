"""Filters of the lists."""

from __future__ import annotations

import django_filters
from django.db.models import Q, QuerySet
from semai_kit.models import Agency

from . import reference
from .models import Application, Report


class ApplicationFilter(django_filters.FilterSet):
    cari = django_filters.CharFilter(label="Cari", method="search")
    state = django_filters.ChoiceFilter(
        label="Status", choices=lambda: Application.workflow().choices(), empty_label="Semua"
    )
    kind_id = django_filters.ChoiceFilter(label="Jenis", choices=reference.kind_choices, empty_label="Semua")
    agency = django_filters.ModelChoiceFilter(
        label="OPD", queryset=lambda request: Agency.objects.current(), empty_label="Semua"
    )

    class Meta:
        model = Application
        fields: tuple[str, ...] = ()

    def search(self, rows: QuerySet, name: str, value: str) -> QuerySet:
        """Numbers, titles, names of applicants and villages; never identifiers, which would be an oracle."""
        return rows.filter(
            Q(number__icontains=value)
            | Q(title__icontains=value)
            | Q(applicant__name__icontains=value)
            | Q(village__name__icontains=value)
        )


class ReportFilter(django_filters.FilterSet):
    cari = django_filters.CharFilter(label="Cari", method="search")
    state = django_filters.ChoiceFilter(
        label="Status", choices=lambda: Report.workflow().choices(), empty_label="Semua"
    )

    class Meta:
        model = Report
        fields: tuple[str, ...] = ()

    def search(self, rows: QuerySet, name: str, value: str) -> QuerySet:
        application = "disbursement__agreement__application"
        return rows.filter(
            Q(**{f"{application}__number__icontains": value}) | Q(**{f"{application}__title__icontains": value})
        )
