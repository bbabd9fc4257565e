"""Recipients of the years before this app: the list, its import from a spreadsheet, and taking a row out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.models import QuerySet
from django.forms import BaseForm, Form
from django.http import HttpRequest, HttpResponse
from django.urls import reverse, reverse_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from semai_kit import roles
from semai_kit.languages import counted
from semai_kit.spreadsheets import CellError, Sheet, SheetRow
from semai_kit.views import FormPage, ImportPage, ListPage, found

from .. import sheets
from ..filters import EarlierFilter
from ..models import EarlierAward
from ..services import earlier
from ..tables import EarlierTable


class EarlierList(ListPage):
    permission = earlier.VIEW
    title = lazy("Penerima terdahulu")
    intro = lazy("Yang menerima sebelum aplikasi ini dipakai. Aturan jeda dan laporan memeriksa daftar ini juga.")
    template_name = "semai_e_hibah/list.html"
    table_class = EarlierTable
    filterset_class = EarlierFilter
    empty_text = lazy("Belum ada penerima tahun-tahun lalu yang dicatat.")

    def get_queryset(self) -> QuerySet[EarlierAward]:
        return EarlierAward.objects.all()

    def get_table_kwargs(self) -> dict[str, Any]:
        hidden = () if self.may_edit else ("remove",)
        return {**super().get_table_kwargs(), "exclude": hidden}

    def get_actions(self) -> list[tuple[str, str]]:
        return [(_("Impor daftar"), reverse("grants:import-earlier"))] if self.may_edit else []

    @property
    def may_edit(self) -> bool:
        return roles.allowed(self.request.user, earlier.EDIT)


class ImportEarlier(ImportPage):
    permission = earlier.EDIT
    title = lazy("Impor penerima terdahulu")
    intro = lazy(
        "Baris dengan tahun, penerima, dan kegiatan yang sudah tercatat diperbarui; yang lain ditambahkan."
    )
    template_file_name = "templat-penerima-terdahulu"
    back_url = reverse_lazy("grants:earlier")
    back_title = lazy("Penerima terdahulu")
    success_url = reverse_lazy("grants:earlier")

    def get_sheet(self) -> Sheet:
        return sheets.earlier_awards()

    def check(self, rows: Sequence[SheetRow]) -> list[CellError]:
        return earlier.check(self.request.user, rows)

    def apply(self, rows: Sequence[SheetRow]) -> str:
        written = earlier.write(self.request.user, rows)
        return counted(
            "{added} penerima dicatat, {changed} diperbarui.",
            written.added,
        ).format(added=written.added, changed=written.changed)


class RemoveEarlier(FormPage):
    permission = earlier.EDIT
    title = lazy("Hapus penerima terdahulu")
    template_name = "semai_e_hibah/form.html"
    form_class = Form
    submit_title = lazy("Hapus")
    success_message = lazy("Penerima dihapus dari daftar.")
    back_url = reverse_lazy("grants:earlier")
    success_url = reverse_lazy("grants:earlier")

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if roles.allowed(request.user, earlier.EDIT):
            self.record = found(EarlierAward.objects.filter(pk=self.kwargs["pk"]).first())
        return super().dispatch(request, *args, **kwargs)

    def get_intro(self) -> str:
        return _("{name}, {title}, tahun {year}").format(
            name=self.record.public_name, title=self.record.title, year=self.record.year
        )

    def perform(self, form: BaseForm) -> None:
        earlier.remove(self.request.user, self.record)
