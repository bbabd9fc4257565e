"""Filters of the lists."""

import django_filters
from django.db.models import QuerySet

from .models import StandardItem
from .models.standards import standard_kinds
from .selectors.standards import for_account, matching


class StandardItemFilter(django_filters.FilterSet):
    cari = django_filters.CharFilter(label="Cari kode atau uraian", method="search")
    jenis = django_filters.ChoiceFilter(
        label="Jenis", field_name="standard__kind", choices=lambda: standard_kinds().items(), empty_label="Semua"
    )
    rekening = django_filters.CharFilter(label="Boleh untuk kode rekening", method="usable")

    class Meta:
        model = StandardItem
        fields: tuple[str, ...] = ()

    def search(self, rows: QuerySet, name: str, value: str) -> QuerySet:
        return matching(rows, value)

    def usable(self, rows: QuerySet, name: str, value: str) -> QuerySet:
        return for_account(rows, value.strip())
