"""Price standards: what may be chosen in the year, the lists by decree, and keeping them."""

from collections.abc import Sequence
from typing import Any

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.urls import reverse, reverse_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from semai_kit import audit
from semai_kit.languages import counted, official
from semai_kit.roles import allowed
from semai_kit.spreadsheets import CellError, SheetRow
from semai_kit.views import FormPage, ImportPage, ListPage, year_of

from ..filters import StandardItemFilter
from ..forms import LastYearForm
from ..forms_standards import StandardForm
from ..models import PriceStandard, StandardItem
from ..selectors.standards import standards_with_counts, usable_items
from ..services import standards
from ..sheets_standards import item_cells, item_entry, standard_list_sheet, standard_sheet
from ..tables import StandardItemTable
from .imports import MODE_PARAMETER, REPLACE_VALUE
from .pages import Page, PostAction
from .reference import EndPage


class Items(ListPage):
    """Base of both lists of items."""

    permission = "reference.view"
    template_name = "semai_e_budgeting/standard_items.html"
    table_class = StandardItemTable
    filterset_class = StandardItemFilter

    def export_row(self, record: StandardItem) -> dict[str, Any]:
        cells = item_cells(record)
        return {column.key: cells[column.key] for column in self.sheet.columns}

    def get(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        if request.GET.get("export") == "xlsx":
            with official():
                audit.note(year_of(request), "ekspor", str(self.get_title()))
        return super().get(request, *args, **kwargs)

    @property
    def may_edit(self) -> bool:
        return allowed(self.request.user, standards.EDIT)


class StandardItems(Items):
    title = lazy("Standar harga")
    sheet = standard_list_sheet()
    export_name = "standar-harga"
    empty_text = lazy("Belum ada standar harga yang berlaku untuk tahun ini.")

    def get_intro(self) -> str:
        return _("Yang dapat dipilih untuk RKA tahun {year}; per kode, keputusan terbaru.").format(
            year=year_of(self.request).year
        )

    def get_queryset(self) -> QuerySet[StandardItem]:
        return usable_items(year_of(self.request).year)

    def get_actions(self) -> list[tuple[str, str]]:
        return [(_("Daftar keputusan"), reverse("budget:standards"))]


class Standards(Page):
    permission = "reference.view"
    template_name = "semai_e_budgeting/standards.html"
    title = lazy("Keputusan standar harga")
    back_url = reverse_lazy("budget:standard-items")
    back_title = lazy("Standar harga")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(
            standards=standards_with_counts(), may_edit=allowed(self.request.user, standards.EDIT), **kwargs
        )


class AddStandard(FormPage):
    permission = standards.EDIT
    form_class = StandardForm
    title = lazy("Standar harga baru")
    intro = lazy("Satu daftar memuat satu jenis dari satu keputusan. Isinya diimpor pada langkah berikutnya.")
    submit_title = lazy("Simpan, lalu impor isinya")
    success_message = lazy("Keputusan dicatat. Impor isinya di sini.")
    back_url = reverse_lazy("budget:standards")

    def get_initial(self) -> dict[str, Any]:
        return {"first_year": self.request.fiscal_year.year if self.request.fiscal_year else None}

    def perform(self, form: StandardForm) -> PriceStandard:
        return standards.create_standard(form.entry(), self.request.user)

    def get_success_url(self) -> str:
        return reverse("budget:import-standard", args=[self.result.pk])


class InStandard:
    """Finds the list of the address."""

    kwargs: dict[str, Any]

    @property
    def standard(self) -> PriceStandard:
        return get_object_or_404(standards_with_counts(), pk=self.kwargs["standard"])

    def get_back_url(self) -> str:
        return reverse("budget:standard", args=[self.kwargs["standard"]])

    get_success_url = get_back_url


class StandardDetail(InStandard, Items):
    """One list, whose export can be changed and imported into a draft."""

    sheet = standard_sheet()
    export_name = "standar-harga"
    empty_text = lazy("Daftar ini masih kosong.")

    def get_title(self) -> str:
        return str(self.standard)

    def get_back_url(self) -> str:
        return reverse("budget:standards")

    def get_queryset(self) -> QuerySet[StandardItem]:
        return self.standard.items.select_related("standard")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(standard=self.standard, may_edit=self.may_edit, **kwargs)


class ImportStandard(InStandard, ImportPage):
    """Rows join the draft, so a long list may come in several files; `?cara=ganti` makes it hold the file alone."""

    permission = standards.EDIT
    template_name = "semai_e_budgeting/import_standard.html"
    template_file_name = "templat-standar-harga"
    sheet = standard_sheet()

    def get_title(self) -> str:
        return _("Impor isi: {standard}").format(standard=self.standard)

    @property
    def anew(self) -> bool:
        return self.request.GET.get(MODE_PARAMETER) == REPLACE_VALUE

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs, replacing=self.anew)

    def check(self, rows: Sequence[SheetRow]) -> list[CellError]:
        faults = standards.item_faults([item_entry(row) for row in rows])
        return [CellError(rows[fault.position].number, fault.key, fault.sentence) for fault in faults]

    def apply(self, rows: Sequence[SheetRow]) -> str:
        entries = [item_entry(row) for row in rows]
        count = standards.fill_standard(self.standard.pk, entries, self.request.user, anew=self.anew)
        return counted("{count} barang disimpan.", count).format(count=count)


class EnforceStandard(InStandard, PostAction):
    permission = standards.EDIT

    def act(self) -> str:
        standards.enforce_standard(self.standard.pk, self.request.user)
        return _("Standar harga berlaku. Rincian yang sudah dihargai tidak berubah.")

    def target(self) -> str:
        return self.get_back_url()


class DiscardStandard(InStandard, PostAction):
    permission = standards.EDIT

    def act(self) -> str:
        standards.discard_draft(self.kwargs["standard"], self.request.user)
        return _("Draf standar harga dihapus.")

    def target(self) -> str:
        return reverse("budget:standards")


class EndStandard(InStandard, EndPage):
    permission = standards.EDIT
    title = lazy("Akhiri standar harga")
    success_message = lazy("Masa berlaku standar harga disimpan.")

    def subject(self) -> PriceStandard:
        return self.standard

    def perform(self, form: LastYearForm) -> PriceStandard:
        return standards.end_standard(self.standard.pk, form.cleaned_data["last_year"], self.request.user)
