"""LKjIP: the list, the document, its texts, and its PDF."""

from __future__ import annotations

from typing import Any

from django.core import paginator
from django.forms import BaseForm
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from semai_kit import officials, roles
from semai_kit.documents import Signatory
from semai_kit.models import Agency
from semai_kit.views import PdfPage

from ..forms.evaluations import SectionForm
from ..models import Report
from ..selectors.documents import document_of, title_of
from ..selectors.records import agencies_for, reports
from ..services import gates
from ..services import reports as writing
from .measurements import chosen
from .pages import Loaded, Page, PostAction, RecordForm, StepsPage

TABLE_ROWS = 30  # of each table on the page; the PDF holds all


class ReportList(Page):
    permission = "report.view"
    template_name = "semai_e_sakip/reports.html"
    title = lazy("LKjIP")
    intro = lazy("Laporan Kinerja Instansi Pemerintah, disusun dari data pengukuran, anggaran dan evaluasi.")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        account = self.request.user
        rows = list(reports(account, self.year))
        have = {row.agency_id for row in rows}
        editable = agencies_for(account, "report.edit") if self.year.is_open else []
        whole = gates.may(account, "report.edit", roles.Place(), self.year)
        return super().get_context_data(
            rows=rows,
            without=[agency for agency in editable if agency.pk not in have],
            region_missing=whole and None not in have,
            **kwargs,
        )


class OpenReport(PostAction):
    """POST `opd` (empty: the region)."""

    permission = "report.edit"

    def load(self) -> bool:
        return True

    def act(self) -> str:
        wanted = self.request.POST.get("opd", "")
        agency = chosen(Agency.objects.current(), wanted)
        if wanted and agency is None:
            raise roles.Denied(_("OPD ini tidak ada."))
        self.made = writing.open_report(self.request.user, agency, self.request.fiscal_year)
        return _("Draf LKjIP dibuat dari data yang ada.")

    def target(self) -> str:
        made = getattr(self, "made", None)
        return reverse("sakip:report", args=[made.pk]) if made else reverse("sakip:reports")


class _InReport(Loaded):
    def load(self) -> Report | None:
        return reports(self.request.user).filter(pk=self.kwargs["pk"]).first()

    def get_back_url(self) -> str:
        return reverse("sakip:report", args=[self.record.pk])


class ReportDetail(_InReport, StepsPage):
    permission = "report.view"
    template_name = "semai_e_sakip/report.html"

    def get_title(self) -> str:
        return title_of(self.record)

    def get_back_url(self) -> str:
        return reverse("sakip:reports")

    def get_actions(self) -> list[tuple[str, str]]:
        return [(_("Unduh PDF"), reverse("sakip:report-pdf", args=[self.record.pk]))]

    def take_step(self, to: str, reason: str) -> Report:
        return writing.move(self.request.user, self.record, to, reason)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        report = self.record
        may_edit = report.state == writing.DRAFT and gates.may(
            self.request.user, "report.edit", report.permission_place(), report.fiscal_year
        )
        parts: dict[str, paginator.Page] = {}

        def cut(section: str, rows: Any) -> Any:
            parts[section] = self.part(rows, section, TABLE_ROWS)
            return parts[section].object_list

        document = document_of(report, cut)
        return super().get_context_data(document=document, parts=parts, may_edit=may_edit, **kwargs)


class WriteSection(_InReport, RecordForm):
    permission = "report.edit"
    form_class = SectionForm
    success_message = lazy("Naskah disimpan.")

    def load(self) -> Report | None:
        report = super().load()
        known = report and self.kwargs["section"] in {one.id for one in report.outline.sections}
        return report if known else None

    def get_title(self) -> str:
        section = next(one for one in self.record.outline.sections if one.id == self.kwargs["section"])
        return _("Naskah {section}").format(section=section.title or _("pengantar"))

    def get_initial(self) -> dict[str, Any]:
        document = document_of(self.record, lambda section, rows: rows[:0])
        sections = (one for chapter in document.chapters for one in chapter.sections)
        return {"text": next(one.text for one in sections if one.id == self.kwargs["section"])}

    def perform(self, form: BaseForm) -> Report:
        return writing.save_text(self.request.user, self.record, self.kwargs["section"], form.cleaned_data["text"])

    def get_success_url(self) -> str:
        return self.get_back_url() + f"#{self.kwargs['section']}"


class ReportPdf(_InReport, PdfPage):
    permission = "report.view"
    document_template = "semai_e_sakip/documents/report.html"

    def get_title(self) -> str:
        return title_of(self.record)

    def get_agency(self) -> Agency | None:
        return self.record.agency

    def get_context(self) -> dict[str, Any]:
        return {"document": document_of(self.record)}

    def get_signatories(self) -> list[Signatory]:
        return [officials.signatory(self.record.agency)]
