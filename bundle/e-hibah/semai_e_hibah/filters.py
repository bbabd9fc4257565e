"""Filters of the lists."""

from __future__ import annotations

import django_filters
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as lazy
from semai_kit.models import Agency

from . import reference
from .models import Application, EarlierAward, Report


class ApplicationFilter(django_filters.FilterSet):
    cari = django_filters.CharFilter(label=lazy("Cari"), method="search")
    state = django_filters.ChoiceFilter(
        label=lazy("Status"), choices=lambda: Application.workflow().choices(), empty_label=lazy("Semua")
    )
    kind_id = django_filters.ChoiceFilter(
        label=lazy("Jenis"), choices=reference.kind_choices, empty_label=lazy("Semua")
    )
    agency = django_filters.ModelChoiceFilter(
        label=lazy("OPD"), queryset=lambda request: Agency.objects.current(), empty_label=lazy("Semua")
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


class EarlierFilter(django_filters.FilterSet):
    cari = django_filters.CharFilter(label=lazy("Cari"), method="search")
    year = django_filters.NumberFilter(label=lazy("Tahun"), min_value=2000, max_value=2100)

    class Meta:
        model = EarlierAward
        fields: tuple[str, ...] = ()

    def search(self, rows: QuerySet, name: str, value: str) -> QuerySet:
        """Activities and names of organisations; those of persons are masked, so they are not searched."""
        organisation = Q(name__icontains=value) & ~Q(form_id=reference.PERSON)
        return rows.filter(Q(title__icontains=value) | organisation)


class ReportFilter(django_filters.FilterSet):
    cari = django_filters.CharFilter(label=lazy("Cari"), method="search")
    state = django_filters.ChoiceFilter(
        label=lazy("Status"), choices=lambda: Report.workflow().choices(), empty_label=lazy("Semua")
    )

    class Meta:
        model = Report
        fields: tuple[str, ...] = ()

    def search(self, rows: QuerySet, name: str, value: str) -> QuerySet:
        application = "disbursement__agreement__application"
        return rows.filter(
            Q(**{f"{application}__number__icontains": value}) | Q(**{f"{application}__title__icontains": value})
        )
