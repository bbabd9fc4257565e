"""Import of usulan: template, upload, preview, confirmation, and the sheet of errors to mend."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse, reverse_lazy
from django.views.decorators.http import require_GET
from semai_kit import roles, spreadsheets
from semai_kit.models import Account, Agency
from semai_kit.refusals import Refused
from semai_kit.views import FormPage
from semai_kit.views.bases import XLSX

from .. import sheets
from ..forms.proposals import ImportForm
from ..models import ProposalImport
from ..selectors import proposals
from ..services import imports
from .pages import Page, found, year_of

SHOWN_ERRORS = 50


class Upload(FormPage):
    permission = imports.PERMISSION
    title = "Impor usulan"
    intro = "Isi templat, unggah, periksa pratinjau, lalu simpan. Tidak ada yang tersimpan sebelum Anda menyetujui pratinjau."
    template_name = "semai_e_planning/import.html"
    form_class = ImportForm
    submit_title = "Unggah dan periksa"
    back_url = reverse_lazy("planning:proposals")
    back_title = "Daftar usulan"

    def perform(self, form: BaseForm) -> ProposalImport:
        account = self.request.user
        return imports.stage(account, year_of(self.request), form.cleaned_data["file"], _writable(account))

    def get_success_url(self) -> str:
        return reverse("planning:import-preview", args=[self.result.pk])

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(
            villages=proposals.writable_villages(self.request.user),
            agencies=Agency.objects.current().order_by("code"),
            **kwargs,
        )


class Preview(Page):
    permission = imports.PERMISSION
    title = "Pratinjau impor"
    template_name = "semai_e_planning/import_preview.html"
    back_url = reverse_lazy("planning:import")
    back_title = "Unggah berkas lain"

    def staged(self) -> ProposalImport:
        return found(_staged(self.request.user, self.kwargs["pk"]))

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        staged = self.staged()
        preview = imports.preview(staged, _writable(self.request.user))
        return super().get_context_data(
            staged=staged,
            preview=preview,
            errors=preview.reading.errors[:SHOWN_ERRORS],
            hidden_errors=max(len(preview.reading.errors) - SHOWN_ERRORS, 0),
            **kwargs,
        )

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:  # noqa: ARG002
        staged = self.staged()
        if request.POST.get("keputusan") == "batal":
            imports.withdraw(request.user, staged)
            messages.success(request, "Impor dibatalkan. Tidak ada usulan yang tersimpan.")
            return redirect("planning:import")
        try:
            count = imports.confirm(request.user, staged, _writable(request.user))
        except Refused as refusal:
            messages.error(request, refusal.message)
            return redirect(request.path)
        messages.success(request, f"{count} usulan tersimpan sebagai draf. Periksa lalu ajukan.")
        return redirect(f"{reverse('planning:proposals')}?state=draf")


@require_GET
@login_required
def template(request: HttpRequest) -> HttpResponse:
    """The empty sheet to fill in."""
    roles.require_anywhere(request.user, imports.PERMISSION)
    return _download("templat-usulan.xlsx", spreadsheets.template(sheets.import_sheet()))


@require_GET
@login_required
def errors(request: HttpRequest, pk: int) -> HttpResponse:
    """The sheet as it was sent, with a column of what is wrong."""
    staged = found(_staged(request.user, pk))
    preview = imports.preview(staged, _writable(request.user))
    return _download("perbaikan-usulan.xlsx", spreadsheets.error_sheet(preview.reading))


def _staged(account: Account, key: int) -> ProposalImport | None:
    return ProposalImport.objects.select_related("fiscal_year").filter(pk=key, created_by=account).first()


def _writable(account: Account) -> frozenset[int]:
    return frozenset(proposals.writable_villages(account, imports.PERMISSION).values_list("pk", flat=True))


def _download(name: str, content: bytes) -> HttpResponse:
    response = HttpResponse(content, content_type=XLSX)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
