"""Reference pages: account codes by pack (search, import, close) and sources of funds."""

from typing import Any

from django.core.paginator import Paginator
from django.db.models import Count
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse, reverse_lazy
from semai_kit import spreadsheets
from semai_kit.roles import allowed
from semai_kit.views import FormPage
from semai_kit.views.bases import XLSX

from ..forms import FundingForm, LastYearForm, PackForm
from ..models import AccountCode, AccountPack, FundingSource, ImportDraft
from ..services.reference import (
    FundingEntry,
    add_funding,
    confirm_account_draft,
    draft_codes,
    draft_pack,
    end_funding,
    end_pack,
    keep_account_draft,
)
from ..sheets import account_sheet
from .pages import Page, PostAction
from .uploads import SheetUpload

PAGE_SIZE = 50
SHOWN_ROWS = 100


class ReferencePage(Page):
    permission = "reference.view"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(may_edit=allowed(self.request.user, "reference.edit"), **kwargs)


class Accounts(ReferencePage):
    template_name = "semai_e_budgeting/accounts.html"
    title = "Kode rekening"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        words = self.request.GET.get("cari", "").strip()
        pack = self.request.GET.get("paket", "")
        codes = AccountCode.objects.select_related("pack").order_by("code", "pack_id")
        for word in words.split():
            codes = codes.filter(name__icontains=word) | codes.filter(code__contains=word)
        if pack.isdigit():
            codes = codes.filter(pack_id=pack)
        page = Paginator(codes, PAGE_SIZE).get_page(self.request.GET.get("page"))
        packs = AccountPack.objects.annotate(count=Count("accounts")).order_by("-valid_from_year", "code")
        return super().get_context_data(page=page, packs=packs, words=words, chosen_pack=pack, **kwargs)


class AccountTemplate(ReferencePage):
    permission = "reference.edit"

    def get(self, request: HttpRequest, *_args: Any, **_kwargs: Any) -> HttpResponse:
        response = HttpResponse(spreadsheets.template(account_sheet()), content_type=XLSX)
        response["Content-Disposition"] = 'attachment; filename="contoh-kode-rekening.xlsx"'
        return response


class UploadAccounts(SheetUpload, FormPage):
    permission = "reference.edit"
    form_class = PackForm
    template_name = "semai_e_budgeting/import_accounts.html"
    title = "Impor kode rekening"
    submit_title = "Periksa berkas"
    back_url = reverse_lazy("budget:accounts")
    sheet = account_sheet()

    def keep(self, form: PackForm, rows: list[dict[str, Any]]) -> ImportDraft:
        return keep_account_draft(form.entry(), form.cleaned_data["file"].name, rows, self.request.user)

    def get_success_url(self) -> str:
        return reverse("budget:accounts-preview", args=[self.result.pk])


class PreviewAccounts(ReferencePage):
    permission = "reference.edit"
    template_name = "semai_e_budgeting/accounts_preview.html"
    title = "Periksa sebelum disimpan"
    back_url = reverse_lazy("budget:import-accounts")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        draft = ImportDraft.objects.filter(pk=self.kwargs["draft"], kind="rekening", made_by=self.request.user).first()
        if draft is None:
            raise Http404
        codes = draft_codes(draft)
        pack = draft_pack(draft)
        known = set(AccountCode.objects.filter(pack__code=pack.code).values_list("code", flat=True))
        return super().get_context_data(
            draft=draft,
            pack=pack,
            codes=codes[:SHOWN_ROWS],
            hidden=max(len(codes) - SHOWN_ROWS, 0),
            count=len(codes),
            fresh=sum(code.code not in known for code in codes),
            **kwargs,
        )


class ConfirmAccounts(PostAction):
    permission = "reference.edit"

    def act(self) -> str:
        return f"{confirm_account_draft(self.kwargs['draft'], self.request.user)} kode rekening baru disimpan."

    def target(self) -> str:
        return reverse("budget:accounts")


class EndPage(FormPage):
    """Asks for the last year something is valid; rows that use it stay."""

    permission = "reference.edit"
    form_class = LastYearForm
    template_name = "semai_e_budgeting/end.html"
    submit_title = "Akhiri"

    def get_initial(self) -> dict[str, Any]:
        return {"last_year": self.request.fiscal_year.year if self.request.fiscal_year else None}

    def subject(self) -> AccountPack | FundingSource:
        raise NotImplementedError(f"{type(self).__name__} must say what it ends")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(subject=self.subject(), **kwargs)


class EndPack(EndPage):
    title = "Akhiri paket kode rekening"
    success_message = "Masa berlaku paket disimpan."
    back_url = success_url = reverse_lazy("budget:accounts")

    def subject(self) -> AccountPack:
        found = AccountPack.objects.filter(pk=self.kwargs["pack"]).first()
        if found is None:
            raise Http404
        return found

    def perform(self, form: LastYearForm) -> AccountPack:
        return end_pack(self.subject().pk, form.cleaned_data["last_year"], self.request.user)


class Sources(ReferencePage):
    template_name = "semai_e_budgeting/sources.html"
    title = "Sumber dana"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(sources=FundingSource.objects.order_by("name"), **kwargs)


class AddSource(FormPage):
    permission = "reference.edit"
    form_class = FundingForm
    title = "Tambah sumber dana"
    success_message = "Sumber dana ditambahkan."
    back_url = success_url = reverse_lazy("budget:sources")

    def get_initial(self) -> dict[str, Any]:
        return {"valid_from_year": self.request.fiscal_year.year if self.request.fiscal_year else None}

    def perform(self, form: FundingForm) -> FundingSource:
        return add_funding(FundingEntry(**form.cleaned_data), self.request.user)


class EndSource(EndPage):
    title = "Akhiri sumber dana"
    success_message = "Masa berlaku sumber dana disimpan."
    back_url = success_url = reverse_lazy("budget:sources")

    def subject(self) -> FundingSource:
        found = FundingSource.objects.filter(pk=self.kwargs["source"]).first()
        if found is None:
            raise Http404
        return found

    def perform(self, form: LastYearForm) -> FundingSource:
        return end_funding(self.subject().pk, form.cleaned_data["last_year"], self.request.user)


