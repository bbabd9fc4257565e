"""Importing a spreadsheet: upload, preview with every error, confirm. Nothing is written before that."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, ClassVar

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext_lazy as lazy
from django.views.generic import TemplateView

from semai_kit import languages, spreadsheets, uploads
from semai_kit.refusals import Refused
from semai_kit.views.bases import XLSX, PageTitle, SignedIn

PREVIEW_ROWS = 20


class UploadForm(forms.Form):
    file = forms.FileField(
        label=lazy("Berkas XLSX"), widget=forms.ClearableFileInput(attrs={"accept": ".xlsx"}), allow_empty_file=True
    )


class ImportPage(SignedIn, PageTitle, TemplateView):
    """Set `sheet`, `get_success_url`, and override `check` and `apply`.

    GET ?template=1 sends the template. POST with `file` previews; POST with `token` and `confirm` applies;
    POST with `token` and `errors` sends the error sheet.
    """

    template_name = "semai_kit/import.html"
    sheet: ClassVar[spreadsheets.Sheet]
    template_file_name: ClassVar[str] = "templat"
    success_url: ClassVar[str] = "/"

    def check(self, rows: Sequence[spreadsheets.SheetRow]) -> Iterable[spreadsheets.CellError]:
        """Errors by the app's own rules (unknown agency, duplicate, …). Writes nothing."""
        raise NotImplementedError(f"{type(self).__name__} must check rows")

    def apply(self, rows: Sequence[spreadsheets.SheetRow]) -> str:
        """Write all rows in one transaction through a service; returns the message to show."""
        raise NotImplementedError(f"{type(self).__name__} must apply rows")

    def get_sheet(self) -> spreadsheets.Sheet:
        return self.sheet

    def get_success_url(self) -> str:
        return str(self.success_url)

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.GET.get("template"):
            return _download(spreadsheets.template(self.get_sheet()), self.template_file_name)
        return super().get(request, *args, **kwargs)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        token = request.POST.get("token", "")
        try:
            if token:
                return self._continue(request, token)
            return self._preview(request)
        except Refused as refusal:
            form = UploadForm()
            context = self.get_context_data(form=form, refusal=refusal.message)
            return render(request, self.template_name, context, status=422)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**({"form": UploadForm(), "sheet": self.get_sheet()} | kwargs))

    def _preview(self, request: HttpRequest) -> HttpResponse:
        form = UploadForm(request.POST, request.FILES)
        if not form.is_valid():
            return render(request, self.template_name, self.get_context_data(form=form), status=422)
        content = form.cleaned_data["file"].read(self.get_sheet().max_bytes + 1)
        reading = self._checked(content)
        token = uploads.keep(request, content)
        return render(
            request, self.template_name, self.get_context_data(reading=reading, token=token, **_shown(reading))
        )

    def _continue(self, request: HttpRequest, token: str) -> HttpResponse:
        """Confirm, or send the error sheet. Everything is read and checked again: the data may have changed."""
        content = uploads.content_of(request, token)
        if "errors" in request.POST:
            with languages.official():
                return _download(spreadsheets.error_sheet(self._checked(content)), "kesalahan")
        reading = self._checked(content)
        if not reading.ok:
            context = self.get_context_data(reading=reading, token=token, **_shown(reading))
            return render(request, self.template_name, context, status=422)
        message = self.apply(reading.rows)
        uploads.discard(request, token)
        messages.success(request, message)
        return redirect(self.get_success_url())

    def _checked(self, content: bytes) -> spreadsheets.Reading:
        reading = spreadsheets.read(content, self.get_sheet())
        return reading.with_errors(self.check(reading.rows))


def _shown(reading: spreadsheets.Reading) -> dict[str, Any]:
    columns = reading.sheet.columns
    shown = [(row.number, [row.values.get(c.key) for c in columns]) for row in reading.rows[:PREVIEW_ROWS]]
    return {
        "preview": [(number, list(zip((c.title for c in columns), cells, strict=True))) for number, cells in shown],
        "shown_errors": reading.errors[:PREVIEW_ROWS],
        "wrong_rows": len({error.row for error in reading.errors}),
        "sent_rows": len(reading.grid),
    }


def _download(content: bytes, name: str) -> HttpResponse:
    response = HttpResponse(content, content_type=XLSX)
    response["Content-Disposition"] = f'attachment; filename="{name}-{timezone.localdate():%Y%m%d}.xlsx"'
    return response
