"""Indicators: the list with achievements, IKU, one indicator with everything about it, and their import."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django.db.models import Q, QuerySet
from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse
from django.urls import reverse, reverse_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from semai_kit import audit, roles
from semai_kit.languages import counted
from semai_kit.models import Agency
from semai_kit.spreadsheets import CellError, Sheet, SheetRow
from semai_kit.views import ImportPage, xlsx, year_of

from .. import sheets
from ..forms.tree import DefinitionForm, LocalIndicatorForm
from ..models import Indicator
from ..selectors.achievements import figure_of, figures, indicators, outcomes, summary, with_figures
from ..selectors.records import editable_indicators
from ..services import gates, importing
from ..services import tree as writing
from .pages import ConfirmPage, Page, RecordForm, RecordPage

PER_PAGE = 60
AT_ONCE = 200  # indicators in memory while a spreadsheet is written


def indicator_or_none(key: int) -> Indicator | None:
    return with_figures(Indicator.objects.filter(pk=key)).first()


class IndicatorList(Page):
    """Every indicator of the year with target, realisation and achievement; `?iku=1` shows the IKU."""

    permission = "performance.view"
    template_name = "semai_e_sakip/indicators.html"

    def get_title(self) -> str:
        return _("Indikator kinerja utama") if self.key_only else _("Indikator")

    @property
    def key_only(self) -> bool:
        return bool(self.request.GET.get("iku"))

    def get_actions(self) -> list[tuple[str, str]]:
        if not self.year.is_open or not roles.allowed_anywhere(self.request.user, "indicator.edit"):
            return []
        return [(_("Impor rumus dan target"), reverse("sakip:import-indicators"))]

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.GET.get("export") != "xlsx":
            return super().get(request, *args, **kwargs)
        rows = (sheets.figure_row(figure_of(row)) for row in self.rows().iterator(AT_ONCE))
        return xlsx("indikator", sheets.FIGURES, rows)

    def rows(self) -> QuerySet[Indicator]:
        rows = indicators(self.year, self.agency(), key_only=self.key_only)
        for word in self.request.GET.get("cari", "")[:80].split():
            rows = rows.filter(
                Q(name__icontains=word) | Q(node__code__icontains=word) | Q(node__title__icontains=word)
            )
        if self.request.GET.get("lengkap") == "belum":
            rows = rows.filter(Q(formula="") | Q(source="") | Q(responsible=""))
        return rows

    def agency(self) -> Agency | None:
        wanted = self.request.GET.get("opd", "")
        return Agency.objects.filter(pk=int(wanted)).first() if wanted.isdecimal() and len(wanted) < 10 else None

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        rows = self.rows()
        page = self.part(rows, size=PER_PAGE)
        return super().get_context_data(
            rows=figures(page),
            page=page,
            agencies=Agency.objects.current().order_by("code"),
            agency=self.agency(),
            key_only=self.key_only,
            incomplete=self.request.GET.get("lengkap") == "belum",
            words=self.request.GET.get("cari", ""),
            summary=summary(outcomes(rows, self.year).values(), self.year) if self.key_only else None,
            **kwargs,
        )


class IndicatorDetail(RecordPage):
    permission = "performance.view"
    template_name = "semai_e_sakip/indicator.html"

    def load(self) -> Indicator | None:
        return indicator_or_none(self.kwargs["pk"])

    def get_title(self) -> str:
        return self.record.name

    def get_back_url(self) -> str:
        return reverse("sakip:node", args=[self.record.node_id])

    def get_actions(self) -> list[tuple[str, str]]:
        indicator, account = self.record, self.request.user
        if not gates.may(account, "indicator.edit", indicator.node.place(), indicator.fiscal_year):
            return []
        actions = [(_("Ubah"), reverse("sakip:change-indicator", args=[indicator.pk]))]
        if indicator.is_local:
            actions.append((_("Hapus"), reverse("sakip:delete-indicator", args=[indicator.pk])))
        return actions

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        indicator, account = self.record, self.request.user
        place = indicator.place()
        return super().get_context_data(
            indicator=indicator,
            figure=figure_of(indicator),
            steps=list(indicator.steps.all()),
            sees_measurements=roles.allowed_at(account, "measurement.view", place),
            may_measure=gates.may(account, "measurement.edit", place, indicator.fiscal_year),
            **kwargs,
        )


class ChangeIndicator(RecordForm):
    permission = "indicator.edit"
    title = lazy("Ubah indikator")
    success_message = lazy("Indikator disimpan.")

    def load(self) -> Indicator | None:
        return indicator_or_none(self.kwargs["pk"])

    def place(self) -> roles.Place:
        return self.record.node.place()

    def get_intro(self) -> str:
        if self.record.is_local:
            return str(self.record.node)
        return _("“{name}”: uraian, satuan, arah dan target tahun mengikuti e-planning.").format(
            name=self.record.name
        )

    def get_form_class(self) -> type[DefinitionForm]:
        return LocalIndicatorForm if self.record.is_local else DefinitionForm

    def get_form_kwargs(self) -> dict[str, Any]:
        year = {"year": self.record.fiscal_year.year} if self.record.is_local else {}
        return {**super().get_form_kwargs(), "node": self.record.node, "indicator": self.record, **year}

    def perform(self, form: BaseForm) -> Indicator:
        return writing.change_indicator(self.request.user, self.record, form.wording(), form.definition())

    def get_back_url(self) -> str:
        return reverse("sakip:indicator", args=[self.record.pk])

    def get_success_url(self) -> str:
        return self.get_back_url()


class DeleteIndicator(ConfirmPage):
    permission = "indicator.edit"
    title = lazy("Hapus indikator")
    success_message = lazy("Indikator dihapus.")

    def load(self) -> Indicator | None:
        return indicator_or_none(self.kwargs["pk"])

    def place(self) -> roles.Place:
        return self.record.node.place()

    def get_intro(self) -> str:
        return _("“{name}” pada {node}").format(name=self.record.name, node=self.record.node)

    def perform(self, form: BaseForm) -> None:
        writing.delete_indicator(self.request.user, self.record)

    def get_back_url(self) -> str:
        return reverse("sakip:indicator", args=[self.record.pk])

    def get_success_url(self) -> str:
        return reverse("sakip:node", args=[self.record.node_id])


class ImportIndicators(ImportPage):
    """The filled list of one's own indicators goes out and comes back."""

    permission = "indicator.edit"
    title = lazy("Impor rumus dan target triwulan")
    template_name = "semai_e_sakip/import_indicators.html"
    back_url = reverse_lazy("sakip:indicators")
    success_url = reverse_lazy("sakip:indicators")
    template_file_name = "templat-indikator"

    def get_sheet(self) -> Sheet:
        return sheets.definitions()

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not request.GET.get("daftar"):
            return super().get(request, *args, **kwargs)
        rows = editable_indicators(request.user, year_of(request)).order_by("node__code", "pk")
        written = (sheets.definition_row(row) for row in rows.iterator(AT_ONCE))
        return xlsx("indikator-untuk-diisi", self.get_sheet(), written)

    def check(self, rows: Sequence[SheetRow]) -> Iterable[CellError]:
        return list(importing.check(self.request.user, year_of(self.request), rows))

    def apply(self, rows: Sequence[SheetRow]) -> str:
        year = year_of(self.request)
        count = importing.apply(self.request.user, year, rows)
        audit.note(year, "impor", f"{count} indikator")
        return counted("{count} indikator diperbarui.", count).format(count=count)
