"""Recipients of the years before this app: the list, its import from a spreadsheet, and taking a row out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.models import QuerySet
from django.forms import BaseForm, Form
from django.http import HttpRequest, HttpResponse
from django.urls import reverse, reverse_lazy
from semai_kit import roles
from semai_kit.spreadsheets import CellError, Sheet, SheetRow
from semai_kit.views import FormPage, ImportPage, ListPage, found

from .. import sheets
from ..filters import EarlierFilter
from ..models import EarlierAward
from ..services import earlier
from ..tables import EarlierTable


class EarlierList(ListPage):
    permission = earlier.VIEW
    title = "Penerima terdahulu"
    intro = "Yang menerima sebelum aplikasi ini dipakai. Aturan jeda dan laporan memeriksa daftar ini juga."
    template_name = "semai_e_hibah/list.html"
    table_class = EarlierTable
    filterset_class = EarlierFilter
    empty_text = "Belum ada penerima tahun-tahun lalu yang dicatat."

    def get_queryset(self) -> QuerySet[EarlierAward]:
        return EarlierAward.objects.all()

    def get_table_kwargs(self) -> dict[str, Any]:
        hidden = () if self.may_edit else ("remove",)
        return {**super().get_table_kwargs(), "exclude": hidden}

    def get_actions(self) -> list[tuple[str, str]]:
        return [("Impor daftar", reverse("grants:import-earlier"))] if self.may_edit else []

    @property
    def may_edit(self) -> bool:
        return roles.allowed(self.request.user, earlier.EDIT)


class ImportEarlier(ImportPage):
    permission = earlier.EDIT
    title = "Impor penerima terdahulu"
    intro = "Baris dengan tahun, penerima, dan kegiatan yang sudah tercatat diperbarui; yang lain ditambahkan."
    template_file_name = "templat-penerima-terdahulu"
    back_url = reverse_lazy("grants:earlier")
    back_title = "Penerima terdahulu"
    success_url = reverse_lazy("grants:earlier")

    def get_sheet(self) -> Sheet:
        return sheets.earlier_awards()

    def check(self, rows: Sequence[SheetRow]) -> list[CellError]:
        return earlier.check(self.request.user, rows)

    def apply(self, rows: Sequence[SheetRow]) -> str:
        written = earlier.write(self.request.user, rows)
        return f"{written.added} penerima dicatat, {written.changed} diperbarui."


class RemoveEarlier(FormPage):
    permission = earlier.EDIT
    title = "Hapus penerima terdahulu"
    template_name = "semai_e_hibah/form.html"
    form_class = Form
    submit_title = "Hapus"
    success_message = "Penerima dihapus dari daftar."
    back_url = reverse_lazy("grants:earlier")
    success_url = reverse_lazy("grants:earlier")

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if roles.allowed(request.user, earlier.EDIT):
            self.record = found(EarlierAward.objects.filter(pk=self.kwargs["pk"]).first())
        return super().dispatch(request, *args, **kwargs)

    def get_intro(self) -> str:
        return f"{self.record.public_name}, {self.record.title}, tahun {self.record.year}"

    def perform(self, form: BaseForm) -> None:
        earlier.remove(self.request.user, self.record)
