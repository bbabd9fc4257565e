"""The administrator's list of officials who sign documents."""

from __future__ import annotations

from typing import Any

import django_filters
import django_tables2 as tables
from django import forms
from django.db.models import Q, QuerySet
from django.shortcuts import get_object_or_404
from django.urls import reverse, reverse_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from semai_kit import officials
from semai_kit.forms import DateInput
from semai_kit.models import Agency, Official
from semai_kit.views.bases import FormPage, ListPage


class OfficialTable(tables.Table):
    name = tables.Column(
        verbose_name=lazy("Nama"), linkify=lambda record: reverse("kit:change-official", args=[record.pk])
    )
    title = tables.Column(verbose_name=lazy("Jabatan"))
    agency = tables.Column(verbose_name=lazy("Perangkat daerah"), default=lazy("Daerah"))
    valid_from = tables.DateColumn(verbose_name=lazy("Sejak"), format="j F Y")
    valid_until = tables.DateColumn(verbose_name=lazy("Sampai"), format="j F Y")

    def render_title(self, record: Official) -> str:
        return f"{record.acting} {record.title}".strip()


class OfficialFilter(django_filters.FilterSet):
    q = django_filters.CharFilter(label=lazy("Cari"), method="search")
    agency = django_filters.ModelChoiceFilter(
        label=lazy("Perangkat daerah"), queryset=Agency.objects.all(), empty_label=lazy("Semua")
    )

    class Meta:
        model = Official
        fields: list[str] = []

    def search(self, rows: QuerySet[Official], name: str, value: str) -> QuerySet[Official]:
        return rows.filter(Q(name__icontains=value) | Q(title__icontains=value) | Q(nip__startswith=value))


class OfficialList(ListPage):
    permission = officials.MANAGE
    title = lazy("Pejabat penanda tangan")
    intro = lazy("Nama yang tercetak pada dokumen resmi, menurut tanggal dokumen. Yang lama tetap tersimpan.")
    table_class = OfficialTable
    filterset_class = OfficialFilter
    empty_text = lazy("Belum ada; dokumen memakai nama dari berkas daerah.")

    def get_queryset(self) -> QuerySet[Official]:
        return Official.objects.select_related("agency")

    def get_actions(self) -> list[tuple[str, str]]:
        return [(_("Tambah pejabat"), reverse("kit:create-official"))]


class OfficialForm(forms.ModelForm):
    class Meta:
        model = Official
        fields = ["agency", "title", "acting", "name", "rank", "nip", "valid_from", "valid_until"]
        widgets = {"valid_from": DateInput(), "valid_until": DateInput()}
        help_texts = {
            "agency": lazy("Kosongkan untuk kepala daerah, wakil, dan sekretaris daerah."),
            "title": lazy("Tanpa Plt. atau Pj., misalnya Kepala Dinas Kesehatan."),
            "valid_until": lazy("Kosongkan selama masih menjabat."),
        }


class CreateOfficial(FormPage):
    permission = officials.MANAGE
    title = lazy("Tambah pejabat")
    form_class = OfficialForm
    success_message = lazy("Pejabat disimpan.")
    success_url = reverse_lazy("kit:officials")
    back_url = reverse_lazy("kit:officials")

    def perform(self, form: OfficialForm) -> Official:
        return officials.save_official(self.request.user, form.instance)


class ChangeOfficial(CreateOfficial):
    title = lazy("Ubah pejabat")

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"instance": get_object_or_404(Official, pk=self.kwargs["pk"])}
