"""Import of lines by spreadsheet: example, upload, preview, confirm; a faulty file comes back with its errors."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from semai_kit import spreadsheets
from semai_kit.refusals import Refused
from semai_kit.views import FormPage
from semai_kit.views.bases import XLSX, xlsx

from ..forms import UploadForm
from ..models import ImportDraft
from ..rules import amount_of
from ..services.importing import (
    KIND,
    REPLACE,
    SheetLine,
    confirm_draft,
    discard_draft,
    draft_lines,
    effects_of,
    keep_draft,
    references_of,
    row_problems,
)
from ..sheets import line_sheet
from .pages import InRka, Page, PostAction
from .rka import spreadsheets_name

SHOWN_ROWS = 200


class LineTemplate(InRka, Page):
    permission = "budget.edit"

    def get(self, request: HttpRequest, *_args: Any, **_kwargs: Any) -> HttpResponse:
        response = HttpResponse(spreadsheets.template(line_sheet()), content_type=XLSX)
        response["Content-Disposition"] = 'attachment; filename="contoh-rincian-belanja.xlsx"'
        return response


class UploadLines(InRka, FormPage):
    permission = "budget.edit"
    form_class = UploadForm
    template_name = "semai_e_budgeting/import_upload.html"
    title = "Impor rincian belanja"
    submit_title = "Periksa berkas"

    def get_back_url(self) -> str:
        return self.rka_url()

    def perform(self, form: UploadForm) -> ImportDraft:
        upload = form.cleaned_data["file"]
        reading = self.checked(spreadsheets.read(upload, line_sheet()))
        if reading.errors:
            self.reading = reading
            raise Refused("Berkas berisi kesalahan.")
        lines = [SheetLine.from_cells(row.values) for row in reading.rows]
        return keep_draft(self.rka.pk, upload.name, form.cleaned_data["mode"], lines, self.request.user)

    def checked(self, reading: spreadsheets.Reading) -> spreadsheets.Reading:
        known = references_of(self.rka)
        for row in reading.rows:
            for problem in row_problems(SheetLine.from_cells(row.values), known):
                reading.add_error(row, problem)
        return reading

    def form_valid(self, form: UploadForm) -> HttpResponse:
        self.reading = None
        response = super().form_valid(form)
        return response

    def get_success_url(self) -> str:
        return reverse("budget:import-preview", args=[self.rka.pk, self.result.pk])

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(rka=self.rka, editable=self.editable, **kwargs)


class InDraft(InRka):
    def draft(self) -> ImportDraft:
        found = ImportDraft.objects.filter(
            pk=self.kwargs["draft"], rka=self.rka, kind=KIND, made_by=self.request.user
        ).first()
        if found is None:
            raise Http404
        return found


class PreviewLines(InDraft, Page):
    """Rows with computed totals and what they do to each sub kegiatan."""

    permission = "budget.edit"
    template_name = "semai_e_budgeting/import_preview.html"
    title = "Periksa sebelum disimpan"

    def get_back_url(self) -> str:
        return reverse("budget:import", args=[self.rka.pk])

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        draft = self.draft()
        lines = draft_lines(draft)
        mode = draft.options["mode"]
        effects = effects_of(self.rka, lines, mode)
        rows = [
            (line, amount_of((line.volume_1, line.volume_2, line.volume_3), line.unit_price, line.tax_percent))
            for line in lines[:SHOWN_ROWS]
        ]
        return super().get_context_data(
            rka=self.rka,
            draft=draft,
            rows=rows,
            hidden=max(len(lines) - SHOWN_ROWS, 0),
            row_count=len(lines),
            effects=effects,
            blocked=any(not effect.allowed for effect in effects),
            replacing=mode == REPLACE,
            **kwargs,
        )


class ConfirmLines(InDraft, PostAction):
    permission = "budget.edit"

    def act(self) -> str:
        return f"{confirm_draft(self.kwargs['draft'], self.request.user)} rincian disimpan dari berkas."

    def target(self) -> str:
        return self.rka_url()


class DiscardLines(InDraft, PostAction):
    permission = "budget.edit"

    def act(self) -> str:
        discard_draft(self.draft(), self.request.user)
        return "Impor dibatalkan; tidak ada yang disimpan."

    def target(self) -> str:
        return reverse("budget:import", args=[self.rka.pk])


__all__ = ["messages", "redirect", "spreadsheets_name", "xlsx"]
