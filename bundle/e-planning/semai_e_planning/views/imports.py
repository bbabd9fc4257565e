"""Import of usulan from a spreadsheet, on the kit's page of template, preview, error sheet and confirmation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.urls import reverse, reverse_lazy
from django.utils.translation import gettext_lazy as lazy
from semai_kit.languages import counted
from semai_kit.spreadsheets import CellError, Sheet, SheetRow
from semai_kit.views import ImportPage, year_of

from .. import sheets
from ..selectors import proposals
from ..services import imports


class ImportProposals(ImportPage):
    permission = imports.PERMISSION
    title = lazy("Impor usulan")
    intro = lazy("Isi templat, unggah, periksa pratinjau, lalu simpan. Semua baris tersimpan sebagai draf.")
    template_name = "semai_e_planning/import.html"
    template_file_name = "templat-usulan"
    back_url = reverse_lazy("planning:proposals")
    back_title = lazy("Daftar usulan")

    def get_sheet(self) -> Sheet:
        return sheets.import_sheet(proposals.writing_sources(self.request.user))

    def check(self, rows: Sequence[SheetRow]) -> list[CellError]:
        return imports.check(self.request.user, year_of(self.request), rows)

    def apply(self, rows: Sequence[SheetRow]) -> str:
        count = imports.write(self.request.user, year_of(self.request), rows)
        return counted(
            "{count} usulan tersimpan sebagai draf. Periksa lalu ajukan.",
            count,
        ).format(count=count)

    def get_success_url(self) -> str:
        return f"{reverse('planning:proposals')}?state=draf"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        account = self.request.user
        return super().get_context_data(
            villages=proposals.writable_villages(account),
            agencies=proposals.offered_agencies(account, proposals.writing_sources(account)).order_by("code"),
            **kwargs,
        )
