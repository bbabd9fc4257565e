"""Mappings between lists of codes, and the codes that an officer has to decide."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse, reverse_lazy
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from semai_kit import audit
from semai_kit.languages import counted
from semai_kit.models import FiscalYear
from semai_kit.spreadsheets import CellError, SheetRow
from semai_kit.views import FormPage, ImportPage, xlsx, year_of

from ..forms_mapping import DecisionForm, PairForm
from ..models import CodeDecision, CodePack
from ..selectors.mapping import mapped_pairs, mapping_rows
from ..selectors.successors import OpenCode, open_codes
from ..services import mapping
from ..sheets_mapping import filled, mapping_cells, mapping_entry, mapping_export_sheet, mapping_sheet
from .reference import PAGE_SIZE, ReferencePage

STATES = {
    "one": lazy("Satu pengganti"),
    "several": lazy("Lebih dari satu"),
    "ended": lazy("Tanpa pengganti"),
    "missing": lazy("Belum dipetakan"),
}


def year_or_404(year: int) -> FiscalYear:
    return get_object_or_404(FiscalYear, year=year)


class Mappings(ReferencePage):
    """`?tahun=` shows the codes of another year than the one in the header."""

    template_name = "semai_e_budgeting/mappings.html"
    title = lazy("Pemetaan kode")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        asked = self.request.GET.get("tahun", "")
        year = year_or_404(int(asked)) if asked.isdecimal() else year_of(self.request)
        return super().get_context_data(
            pairs=mapped_pairs(),
            year=year,
            waiting=open_codes(self.request.user, year),
            decisions=CodeDecision.objects.filter(fiscal_year=year).select_related("decided_by"),
            **kwargs,
        )


class AddMapping(FormPage):
    permission = mapping.EDIT
    form_class = PairForm
    title = lazy("Pemetaan baru")
    intro = lazy("Pilih paket yang digantikan dan penggantinya. Pasangannya diimpor pada langkah berikutnya.")
    submit_title = lazy("Lanjut ke impor")
    back_url = reverse_lazy("budget:mappings")

    def perform(self, form: PairForm) -> tuple[int, int]:
        return form.cleaned_data["old_pack"].pk, form.cleaned_data["new_pack"].pk

    def get_success_url(self) -> str:
        return reverse("budget:import-mapping", args=self.result)


class InPair:
    """Finds the two lists of the address."""

    kwargs: dict[str, Any]

    def pair(self) -> tuple[CodePack, CodePack]:
        old = get_object_or_404(CodePack, pk=self.kwargs["old"])
        new = get_object_or_404(CodePack, pk=self.kwargs["new"])
        if mapping.pair_problem(old, new):
            raise Http404
        return old, new


class MappingDetail(InPair, ReferencePage):
    template_name = "semai_e_budgeting/mapping.html"
    title = lazy("Pemetaan dua paket")
    back_url = reverse_lazy("budget:mappings")
    back_title = lazy("Pemetaan kode")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        old, new = self.pair()
        rows = mapping_rows(old, new)
        counts = Counter({row.old_code: row.state for row in rows}.values())
        wanted, words = self.request.GET.get("keadaan", ""), self.request.GET.get("cari", "").strip().lower()
        shown = [row for row in rows if not wanted or row.state == wanted]
        shown = [row for row in shown if words in f"{row.old_code} {row.old_name} {row.new_code}".lower()]
        return super().get_context_data(
            old=old,
            new=new,
            page=self.part(shown, size=PAGE_SIZE),
            states=[(state, title, counts[state]) for state, title in STATES.items()],
            titles=STATES,
            wanted=wanted,
            words=self.request.GET.get("cari", ""),
            **kwargs,
        )

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.GET.get("export") != "xlsx":
            return super().get(request, *args, **kwargs)
        old, new = self.pair()
        audit.note(new, "ekspor", f"pemetaan dari {old}")
        return xlsx("pemetaan-kode", mapping_export_sheet(), mapping_cells(mapping_rows(old, new)))


class ImportMapping(InPair, ImportPage):
    permission = mapping.EDIT
    template_file_name = "templat-pemetaan-kode"
    sheet = mapping_sheet()
    title = lazy("Impor pemetaan")

    def get_intro(self) -> str:
        old, new = self.pair()
        return _(
            "Dari {old} ke {new}. Pemetaan menjadi tepat seperti isi berkas; keputusan yang sudah dibuat tetap."
        ).format(old=old, new=new)

    def get_back_url(self) -> str:
        return reverse("budget:mapping", args=[self.kwargs["old"], self.kwargs["new"]])

    get_success_url = get_back_url

    def check(self, rows: Sequence[SheetRow]) -> list[CellError]:
        said = filled(rows)
        faults = mapping.row_problems([mapping_entry(row) for row in said], *self.pair())
        return [CellError(said[position].number, key, sentence) for position, key, sentence in faults]

    def apply(self, rows: Sequence[SheetRow]) -> str:
        old, new = self.pair()
        entries = [mapping_entry(row) for row in filled(rows)]
        count = mapping.write_mapping(old.pk, new.pk, entries, self.request.user)
        skipped = len(rows) - count
        return counted("{count} baris pemetaan disimpan.", count).format(count=count) + (
            counted(" {skipped} baris tanpa kode baru dilewati.", skipped).format(skipped=skipped)
            if skipped
            else ""
        )


class Decide(FormPage):
    """One code of an earlier year; the decision holds for every OPD, and a newer one may follow it."""

    permission = mapping.EDIT
    form_class = DecisionForm
    template_name = "semai_e_budgeting/decide.html"
    title = lazy("Putuskan kode")
    submit_title = lazy("Simpan keputusan")
    success_message = lazy("Keputusan disimpan. OPD dapat membawa rinciannya sekarang.")

    @cached_property
    def year(self) -> FiscalYear:
        return year_or_404(self.kwargs["year"])

    @cached_property
    def open_code(self) -> OpenCode | None:
        wanted = (self.kwargs["kind"], self.kwargs["code"])
        waiting = open_codes(self.request.user, self.year)
        return next((each for each in waiting if (each.kind, each.code) == wanted), None)

    def get_back_url(self) -> str:
        return f"{reverse('budget:mappings')}?tahun={self.year.year}"

    get_success_url = get_back_url

    def get_form_kwargs(self) -> dict[str, Any]:
        found = self.open_code
        return {**super().get_form_kwargs(), "candidates": found.successor.candidates if found else ()}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        own = CodeDecision.objects.filter(
            fiscal_year=self.year, kind=self.kwargs["kind"], old_code=self.kwargs["code"]
        )
        return super().get_context_data(
            year=self.year,
            open_code=self.open_code,
            code=self.kwargs["code"],
            decisions=own.select_related("decided_by"),
            **kwargs,
        )

    def perform(self, form: DecisionForm) -> CodeDecision:
        values = form.cleaned_data
        return mapping.decide(
            self.year,
            self.kwargs["kind"],
            self.kwargs["code"],
            values["new_code"],
            values["reason"],
            self.request.user,
        )
