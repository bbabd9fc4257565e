"""Reference pages: account codes by pack (search, new pack, import, close) and sources of funds."""

from collections.abc import Sequence
from typing import Any

from django.db.models import Count
from django.shortcuts import get_object_or_404
from django.urls import reverse, reverse_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from semai_kit.roles import allowed
from semai_kit.spreadsheets import CellError, SheetRow
from semai_kit.views import FormPage, ImportPage

from ..forms import FundingForm, LastYearForm, PackForm
from ..mappings import code_kinds
from ..models import CodePack, FundingSource, PackCode
from ..services.reference import (
    CodeEntry,
    FundingEntry,
    add_funding,
    create_pack,
    end_funding,
    end_pack,
    import_accounts,
    tree_problems,
)
from ..sheets import account_sheet
from .pages import Page

PAGE_SIZE = 50


class ReferencePage(Page):
    permission = "reference.view"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(may_edit=allowed(self.request.user, "reference.edit"), **kwargs)


class Accounts(ReferencePage):
    template_name = "semai_e_budgeting/accounts.html"
    title = lazy("Kode rekening dan program")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        words = self.request.GET.get("cari", "").strip()
        pack = self.request.GET.get("paket", "")
        codes = PackCode.objects.select_related("pack").order_by("code", "pack_id")
        for word in words.split():
            codes = codes.filter(name__icontains=word) | codes.filter(code__contains=word)
        if pack.isdigit():
            codes = codes.filter(pack_id=pack)
        page = self.part(codes, size=PAGE_SIZE)
        packs = CodePack.objects.annotate(count=Count("codes")).order_by("-valid_from_year", "code")
        for code in page.object_list:
            code.level_title = code_kinds()[code.pack.kind].level_titles.get(code.level, "")
        return super().get_context_data(page=page, packs=packs, words=words, chosen_pack=pack, **kwargs)


class AddPack(FormPage):
    permission = "reference.edit"
    form_class = PackForm
    title = lazy("Paket kode baru")
    intro = lazy("Satu paket memuat kode dari satu keputusan. Kodenya diimpor pada langkah berikutnya.")
    submit_title = lazy("Simpan, lalu impor kodenya")
    success_message = lazy("Paket dibuat. Impor kodenya di sini.")
    back_url = reverse_lazy("budget:accounts")

    def perform(self, form: PackForm) -> CodePack:
        return create_pack(form.entry(), self.request.user)

    def get_success_url(self) -> str:
        return reverse("budget:import-accounts", args=[self.result.pk])


def pack_or_404(pk: int) -> CodePack:
    return get_object_or_404(CodePack, pk=pk)


class ImportAccounts(ImportPage):
    permission = "reference.edit"
    sheet = account_sheet()
    template_file_name = "templat-kode-rekening"
    success_url = back_url = reverse_lazy("budget:accounts")

    def get_title(self) -> str:
        return _("Impor kode: {title}").format(title=pack_or_404(self.kwargs["pack"]).title)

    def check(self, rows: Sequence[SheetRow]) -> list[CellError]:
        pack = pack_or_404(self.kwargs["pack"])
        known = pack.codes.values_list("code", flat=True)
        problems = tree_problems([code_entry(row) for row in rows], known, pack.kind)
        return [CellError(rows[position].number, "code", sentence) for position, sentence in problems]

    def apply(self, rows: Sequence[SheetRow]) -> str:
        added = import_accounts(self.kwargs["pack"], [code_entry(row) for row in rows], self.request.user)
        return _("{added} kode baru disimpan, {known} sudah ada.").format(added=added, known=len(rows) - added)


def code_entry(row: SheetRow) -> CodeEntry:
    return CodeEntry(row.values["code"], row.values["name"])


class EndPage(FormPage):
    """Asks for the last year something is valid; rows that use it stay."""

    permission = "reference.edit"
    form_class = LastYearForm
    template_name = "semai_e_budgeting/end.html"
    submit_title = lazy("Akhiri")

    def get_initial(self) -> dict[str, Any]:
        return {"last_year": self.request.fiscal_year.year if self.request.fiscal_year else None}

    def subject(self) -> CodePack | FundingSource:
        raise NotImplementedError(f"{type(self).__name__} must say what it ends")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(subject=self.subject(), **kwargs)


class EndPack(EndPage):
    title = lazy("Akhiri paket kode")
    success_message = lazy("Masa berlaku paket disimpan.")
    back_url = success_url = reverse_lazy("budget:accounts")

    def subject(self) -> CodePack:
        return pack_or_404(self.kwargs["pack"])

    def perform(self, form: LastYearForm) -> CodePack:
        return end_pack(self.subject().pk, form.cleaned_data["last_year"], self.request.user)


class Sources(ReferencePage):
    template_name = "semai_e_budgeting/sources.html"
    title = lazy("Sumber dana")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(sources=FundingSource.objects.order_by("name"), **kwargs)


class AddSource(FormPage):
    permission = "reference.edit"
    form_class = FundingForm
    title = lazy("Tambah sumber dana")
    success_message = lazy("Sumber dana ditambahkan.")
    back_url = success_url = reverse_lazy("budget:sources")

    def get_initial(self) -> dict[str, Any]:
        return {"valid_from_year": self.request.fiscal_year.year if self.request.fiscal_year else None}

    def perform(self, form: FundingForm) -> FundingSource:
        return add_funding(FundingEntry(**form.cleaned_data), self.request.user)


class EndSource(EndPage):
    title = lazy("Akhiri sumber dana")
    success_message = lazy("Masa berlaku sumber dana disimpan.")
    back_url = success_url = reverse_lazy("budget:sources")

    def subject(self) -> FundingSource:
        return get_object_or_404(FundingSource, pk=self.kwargs["source"])

    def perform(self, form: LastYearForm) -> FundingSource:
        return end_funding(self.subject().pk, form.cleaned_data["last_year"], self.request.user)
