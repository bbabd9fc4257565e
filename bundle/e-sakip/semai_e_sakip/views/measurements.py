"""Action plan, quarterly measurement with evidence, and spending per program."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django.forms import BaseForm
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse, reverse_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from semai_kit import attachments, roles
from semai_kit.models import Agency
from semai_kit.views import xlsx

from .. import reference, sheets
from ..forms.measurements import MeasurementForm, SpendingForm, StepForm, UploadForm
from ..models import ActionStep, Indicator, Measurement
from ..selectors.achievements import figure_of, figures, indicators
from ..selectors.budgets import ProgramMoney, programs, visible, with_money
from ..selectors.records import agencies_for, at_hand, measurable, measurements
from ..services import gates
from ..services import measurements as writing
from ..services.fetching import BUDGET
from .home import source_notes
from .indicators import indicator_or_none
from .pages import ConfirmPage, Page, PostAction, RecordForm, StepsPage

PROGRAMS, INDICATORS, PILE = 100, 60, 20  # on a page


def chosen(rows: Any, wanted: str) -> Any:
    """The row with the key in the address, or None for no or a foreign key."""
    return rows.filter(pk=int(wanted)).first() if wanted.isdecimal() and len(wanted) < 10 else None


class _PerAgency(Page):
    """Indicators the account may read the measurements of, one OPD at a time where there are several."""

    permission = "measurement.view"
    related: tuple[str, ...] = ()

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        account = self.request.user
        agencies = agencies_for(account, "measurement.view")
        agency = chosen(agencies, self.request.GET.get("opd", ""))
        if agency is None and not roles.allowed(account, "measurement.view"):
            agency = agencies.first()
        rows = indicators(self.year, agency).filter(measurable(account, "measurement.view"))
        if agency is None:
            rows = rows.filter(agency=None)
        page = self.part(rows.prefetch_related(*self.related), size=INDICATORS)
        return super().get_context_data(
            page=page,
            rows=self.arranged(page),
            agencies=agencies,
            agency=agency,
            whole_region=roles.allowed(account, "measurement.view"),
            may_edit=gates.may(account, "measurement.edit", roles.Place(agency=agency), self.year),
            **kwargs,
        )

    def arranged(self, rows: Any) -> list[Any]:
        raise NotImplementedError(f"{type(self).__name__} must say what it shows of an indicator")


class ActionPlan(_PerAgency):
    template_name = "semai_e_sakip/action_plan.html"
    title = lazy("Rencana aksi")
    intro = lazy("Target tiap triwulan dan langkah untuk mencapainya.")
    related = ("steps",)

    def arranged(self, rows: Any) -> list[Any]:
        return [(figure_of(row), list(row.steps.all())) for row in rows]


class MeasurementList(_PerAgency):
    template_name = "semai_e_sakip/measurements.html"
    title = lazy("Pengukuran kinerja")

    @property
    def quarter(self) -> int:
        wanted = self.request.GET.get("triwulan", "")
        return int(wanted) if wanted in {str(n) for n in reference.QUARTERS} else 1

    def arranged(self, rows: Any) -> list[Any]:
        return [(figure, figure.quarters[self.quarter - 1]) for figure in figures(rows)]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(
            quarter=self.quarter,
            quarters=[(n, _(reference.quarter_title(n))) for n in reference.QUARTERS],
            waiting=self._pile("measurement.verify", (writing.SENT,), "menunggu"),
            unfinished=self._pile("measurement.edit", writing.EDITABLE, "belum-dikirim"),
            **kwargs,
        )

    def _pile(self, permission: str, states: Collection[str], parameter: str) -> Any:
        return self.part(at_hand(self.request.user, self.year, permission, states), parameter, PILE)


class _StepForm(RecordForm):
    permission = "measurement.edit"
    form_class = StepForm
    success_message = lazy("Langkah aksi disimpan.")
    step: ActionStep | None = None

    def indicator(self) -> Indicator:
        return self.record

    def place(self) -> roles.Place:
        return self.indicator().place()

    def get_intro(self) -> str:
        return self.indicator().name

    def perform(self, form: BaseForm) -> ActionStep:
        return writing.save_step(self.request.user, self.indicator(), form.content(), self.step)

    def get_back_url(self) -> str:
        return reverse("sakip:indicator", args=[self.indicator().pk])

    def get_success_url(self) -> str:
        return self.get_back_url()


class AddStep(_StepForm):
    title = lazy("Tambah langkah aksi")

    def load(self) -> Indicator | None:
        return indicator_or_none(self.kwargs["pk"])


class _ExistingStep(_StepForm):
    def load(self) -> ActionStep | None:
        rows = ActionStep.objects.select_related("indicator__agency", "indicator__fiscal_year", "fiscal_year")
        self.step = rows.filter(pk=self.kwargs["pk"]).first()
        return self.step

    def indicator(self) -> Indicator:
        return self.record.indicator


class ChangeStep(_ExistingStep):
    title = lazy("Ubah langkah aksi")

    def get_initial(self) -> dict[str, Any]:
        return {name: getattr(self.record, name) for name in ("quarter", "activity", "output", "responsible")}


class DeleteStep(ConfirmPage, _ExistingStep):
    form_class = ConfirmPage.form_class
    title = lazy("Hapus langkah aksi")
    success_message = lazy("Langkah aksi dihapus.")

    def get_intro(self) -> str:
        return self.record.activity

    def perform(self, form: BaseForm) -> None:
        writing.delete_step(self.request.user, self.record)


class Measure(RecordForm):
    """Enter what a quarter of an indicator brought."""

    permission = "measurement.edit"
    form_class = MeasurementForm
    template_name = "semai_e_sakip/measure.html"
    success_message = lazy("Pengukuran disimpan. Unggah bukti, lalu kirim.")

    def load(self) -> Indicator | None:
        return indicator_or_none(self.kwargs["pk"]) if self.kwargs["quarter"] in reference.QUARTERS else None

    def place(self) -> roles.Place:
        return self.record.place()

    @property
    def known(self) -> Measurement | None:
        return next((m for m in self.record.measurements.all() if m.quarter == self.kwargs["quarter"]), None)

    def get_title(self) -> str:
        return _("Ukur {quarter}").format(quarter=_(reference.quarter_title(self.kwargs["quarter"])))

    def get_intro(self) -> str:
        return self.record.name

    def get_initial(self) -> dict[str, Any]:
        if self.known is None:
            return {}
        return {name: getattr(self.known, name) for name in ("realised", "analysis", "obstacle", "remedy")}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        quarter = figure_of(self.record).quarters[self.kwargs["quarter"] - 1]
        return super().get_context_data(indicator=self.record, quarter=quarter, **kwargs)

    def perform(self, form: BaseForm) -> Measurement:
        return writing.measure(self.request.user, self.record, self.kwargs["quarter"], form.content())

    def get_back_url(self) -> str:
        return reverse("sakip:indicator", args=[self.record.pk])

    def get_success_url(self) -> str:
        return reverse("sakip:measurement", args=[self.result.pk])


class MeasurementDetail(StepsPage):
    permission = "measurement.view"
    template_name = "semai_e_sakip/measurement.html"

    def load(self) -> Measurement | None:
        return measurements(self.request.user).filter(pk=self.kwargs["pk"]).first()

    def get_title(self) -> str:
        return f"{_(self.record.quarter_title)}: {self.record.indicator.name}"

    def get_back_url(self) -> str:
        return reverse("sakip:measurements") + f"?triwulan={self.record.quarter}"

    def take_step(self, to: str, reason: str) -> Measurement:
        return writing.move(self.request.user, self.record, to, reason)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        measurement = self.record
        figure = figure_of(indicator_or_none(measurement.indicator_id))
        may_edit = measurement.state in writing.EDITABLE and gates.may(
            self.request.user, "measurement.edit", measurement.permission_place(), measurement.fiscal_year
        )
        return super().get_context_data(
            measurement=measurement,
            indicator=figure.indicator,
            quarter=figure.quarters[measurement.quarter - 1],
            evidence=list(attachments.of(measurement)),
            may_edit=may_edit,
            problems=writing.problems_of(measurement) if may_edit else [],
            upload=UploadForm(),
            **kwargs,
        )


class AttachEvidence(PostAction):
    permission = "measurement.edit"

    def load(self) -> Measurement | None:
        return measurements(self.request.user).filter(pk=self.kwargs["pk"]).first()

    def act(self) -> str:
        attachment = writing.attach_evidence(self.request.user, self.record, uploaded(self.request))
        return _("Bukti “{name}” diunggah.").format(name=attachment.name)

    def target(self) -> str:
        return reverse("sakip:measurement", args=[self.record.pk])


def uploaded(request: HttpRequest) -> Any:
    """The file of an upload form; refused with the form's own words when there is none."""
    form = UploadForm(request.POST, request.FILES)
    if not form.is_valid():
        raise attachments.AttachmentRefused(_("Pilih berkas bukti lebih dahulu."))
    return form.cleaned_data["file"]


class Budgets(Page):
    permission = "measurement.view"
    template_name = "semai_e_sakip/budgets.html"
    title = lazy("Anggaran dan efisiensi")
    intro = lazy("Anggaran program dari e-budgeting, realisasi yang dicatat OPD, dan capaian kinerjanya.")

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.GET.get("export") != "xlsx":
            return super().get(request, *args, **kwargs)
        found = with_money(self.year, visible(request.user, self.year))
        rows = [sheets.budget_row(program) for program in found]
        return xlsx("anggaran", sheets.BUDGETS, rows)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        account = self.request.user
        editable = set(agencies_for(account, "measurement.edit").values_list("pk", flat=True))
        page = self.part(visible(account, self.year), size=PROGRAMS)
        return super().get_context_data(
            page=page,
            rows=[(one, one.agency.pk in editable) for one in with_money(self.year, page)],
            quarters=[_(reference.quarter_title(n)) for n in reference.QUARTERS],
            sources=[note for note in source_notes(self.year) if note["source"] is BUDGET],
            may_fetch=roles.allowed_anywhere(account, "source.fetch") and self.year.is_open,
            **kwargs,
        )


class Spend(RecordForm):
    """What was spent on a program up to a quarter."""

    permission = "measurement.edit"
    form_class = SpendingForm
    title = lazy("Realisasi anggaran")
    back_url = reverse_lazy("sakip:budgets")
    success_url = reverse_lazy("sakip:budgets")
    success_message = lazy("Realisasi anggaran disimpan.")

    def load(self) -> ProgramMoney | None:
        agency = Agency.objects.filter(pk=self.kwargs["agency"]).first()
        if agency is None or not roles.allowed(self.request.user, "measurement.view", agency=agency):
            raise Http404
        found = programs(self.year, agency)
        return next((one for one in found if one.code == self.kwargs["code"]), None)

    def get_intro(self) -> str:
        return f"{self.record.code} {self.record.name}, {self.record.agency.name}"

    def get_initial(self) -> dict[str, Any]:
        entered = [n for n, amount in enumerate(self.record.quarters, start=1) if amount is not None]
        return {"quarter": min((entered[-1] if entered else 0) + 1, reference.QUARTERS[-1])}

    def perform(self, form: BaseForm) -> None:
        cleaned = form.cleaned_data
        writing.set_spending(
            self.request.user, self.year, self.record.agency, self.record.code, cleaned["quarter"], cleaned["spent"]
        )
