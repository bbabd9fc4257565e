"""Filters of the lists."""

import django_filters
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as lazy

from .models import StandardItem
from .models.standards import kind_choices
from .selectors.standards import for_account, matching


class StandardItemFilter(django_filters.FilterSet):
    cari = django_filters.CharFilter(label=lazy("Cari kode atau uraian"), method="search")
    jenis = django_filters.ChoiceFilter(
        label=lazy("Jenis"),
        field_name="standard__kind",
        choices=kind_choices,
        empty_label=lazy("Semua"),
    )
    rekening = django_filters.CharFilter(label=lazy("Boleh untuk kode rekening"), method="usable")

    class Meta:
        model = StandardItem
        fields: tuple[str, ...] = ()

    def search(self, rows: QuerySet, name: str, value: str) -> QuerySet:
        return matching(rows, value)

    def usable(self, rows: QuerySet, name: str, value: str) -> QuerySet:
        return for_account(rows, value.strip())
