"""The RPJMD: its tree, its editing, and the check against the year's Renja."""

from __future__ import annotations

from typing import Any

from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse
from django.urls import reverse, reverse_lazy
from semai_kit import roles
from semai_kit.views import FormPage, found
from semai_kit.views.bases import xlsx

from .. import reference, sheets
from ..forms.five_year_plans import IndicatorForm, NodeCeilingForm, NodeForm, PeriodForm
from ..models import NodeIndicator, PlanNode, PlanPeriod
from ..selectors import five_year_plans
from ..services import five_year_plans as writing
from .pages import ConfirmPage, Page, RecordForm

KEY_DIGITS = 19  # what a database takes for a key


def _place(node_id: int) -> str:
    """What leads to a node on the page of its RPJMD: its program opened, and the line itself."""
    return f"?butir={node_id}#butir-{node_id}"


class Tree(Page):
    """The RPJMD covering the year in view, or the one asked for."""

    permission = "plan.view"
    template_name = "semai_e_planning/five_year_plan.html"

    def get_title(self) -> str:
        if self.agency:
            return f"Renstra {self.agency.short_name} dalam {self.period}"
        return str(self.period) if self.period else "RPJMD"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        self._find()
        if request.GET.get("export") != "xlsx" or self.period is None:
            return super().get(request, *args, **kwargs)
        name = f"renstra-{self.agency.code}" if self.agency else "rpjmd"
        rows = (
            row for branch in five_year_plans.flat(self._branches(whole=True)) for row in sheets.branch_rows(branch)
        )
        return xlsx(name, sheets.tree_sheet(self.period), rows)

    def _find(self) -> None:
        """The period, and the OPD whose part is asked for."""
        periods = five_year_plans.periods(self.request.user)
        if "pk" in self.kwargs:
            self.period = found(next((p for p in periods if p.pk == self.kwargs["pk"]), None))
        else:
            self.period = five_year_plans.period_for(self.request.user, self.request.fiscal_year)
        self.periods = periods
        self.agencies = five_year_plans.agencies_in(self.period) if self.period else []
        wanted = self.request.GET.get("opd", "")
        self.agency = next((one for one in self.agencies if str(one.pk) == wanted), None)

    def _branches(self, *, whole: bool = False) -> list[five_year_plans.Branch]:
        branches = five_year_plans.tree(self.period, self._opened(), whole=whole) if self.period else []
        return five_year_plans.of_agency(branches, self.agency) if self.agency else branches

    def get_actions(self) -> list[tuple[str, str]]:
        actions = [("Keselarasan dengan Renja", reverse("planning:consistency"))]
        if self.may_edit and self.period:
            actions.insert(0, ("Tambah misi", reverse("planning:add-root", args=[self.period.pk])))
            actions.append(("Ubah RPJMD", reverse("planning:change-period", args=[self.period.pk])))
        if self.may_edit:
            actions.append(("RPJMD baru", reverse("planning:create-period")))
        return actions

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        account = self.request.user
        self.may_edit = roles.allowed(account, "plan.edit")
        query = self.request.GET.copy()
        query["export"] = "xlsx"
        return super().get_context_data(
            period=self.period,
            periods=self.periods,
            agencies=self.agencies,
            agency=self.agency,
            branches=self._branches(),
            export_url=f"?{query.urlencode()}",
            may_edit=self.may_edit,
            **kwargs,
        )

    def _opened(self) -> int | None:
        key = self.request.GET.get("butir", "")
        return int(key) if key.isdigit() and len(key) < KEY_DIGITS else None


class Consistency(Page):
    permission = "plan.view"
    title = "Keselarasan RPJMD dan Renja"
    intro = "Pagu indikatif program menurut RPJMD dibandingkan dengan yang direncanakan OPD pada tahun ini."
    template_name = "semai_e_planning/consistency.html"
    back_url = reverse_lazy("planning:five-year-plan")
    back_title = "RPJMD"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.GET.get("export") != "xlsx":
            return super().get(request, *args, **kwargs)
        checks = five_year_plans.consistency(request.user, self.year)
        return xlsx(f"keselarasan-{self.year}", sheets.CONSISTENCY, (sheets.check_row(check) for check in checks))

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        checks = five_year_plans.consistency(self.request.user, self.year)
        return super().get_context_data(
            checks=checks,
            agreeing=sum(1 for check in checks if check.verdict == "selaras"),
            changing=any(check.determined is not None for check in checks),
            **kwargs,
        )


class CreatePeriod(FormPage):
    permission = "plan.edit"
    title = "RPJMD baru"
    form_class = PeriodForm
    success_message = "RPJMD dibuat. Lanjutkan dengan menambah misi."
    back_url = reverse_lazy("planning:five-year-plan")

    def perform(self, form: BaseForm) -> PlanPeriod:
        return writing.save_period(self.request.user, None, form.content())

    def get_success_url(self) -> str:
        return reverse("planning:period", args=[self.result.pk])


class _PlanForm(RecordForm):
    """A form that belongs to a period and returns to its tree, at the node it was about."""

    permission = "plan.edit"
    back_title = "RPJMD"
    success_message = "Perubahan tersimpan."

    @property
    def period(self) -> PlanPeriod:
        return self.record.period

    def anchor(self) -> str:
        return ""

    def get_back_url(self) -> str:
        return reverse("planning:period", args=[self.period.pk]) + self.anchor()

    def get_success_url(self) -> str:
        return self.get_back_url()


class ChangePeriod(_PlanForm):
    title = "Ubah RPJMD"
    form_class = PeriodForm

    def load(self) -> PlanPeriod | None:
        return PlanPeriod.objects.filter(pk=self.kwargs["pk"]).first()

    @property
    def period(self) -> PlanPeriod:
        return self.record

    def get_form_kwargs(self) -> dict[str, Any]:
        return {**super().get_form_kwargs(), "instance": self.record}

    def perform(self, form: BaseForm) -> PlanPeriod:
        return writing.save_period(self.request.user, self.record, form.content())


class AddRoot(_PlanForm):
    """A misi."""

    form_class = NodeForm

    def load(self) -> PlanPeriod | None:
        return PlanPeriod.objects.filter(pk=self.kwargs["pk"]).first()

    @property
    def period(self) -> PlanPeriod:
        return self.record

    def get_title(self) -> str:
        return f"Tambah {reference.level_below('').title.lower()}"

    def get_form_kwargs(self) -> dict[str, Any]:
        return {**super().get_form_kwargs(), "has_agency": False}

    def perform(self, form: BaseForm) -> PlanNode:
        return writing.add_node(self.request.user, self.record, None, form.content())


class _NodeForm(_PlanForm):
    def load(self) -> PlanNode | None:
        return PlanNode.objects.select_related("period", "parent", "agency").filter(pk=self.kwargs["pk"]).first()

    def anchor(self) -> str:
        return _place(self.record.pk)

    def get_intro(self) -> str:
        return str(self.record)


class AddNode(_NodeForm):
    form_class = NodeForm

    def load(self) -> PlanNode | None:
        node = super().load()
        return node if node and reference.level_below(node.level) else None

    def get_title(self) -> str:
        return f"Tambah {reference.level_below(self.record.level).title.lower()}"

    def get_intro(self) -> str:
        return f"Di bawah {self.record}"

    def get_initial(self) -> dict[str, Any]:
        return {"code": f"{self.record.code}."}

    def get_form_kwargs(self) -> dict[str, Any]:
        below = reference.level_below(self.record.level)
        return {**super().get_form_kwargs(), "has_agency": below.has_agency}

    def perform(self, form: BaseForm) -> PlanNode:
        return writing.add_node(self.request.user, self.record.period, self.record, form.content())


class ChangeNode(_NodeForm):
    form_class = NodeForm

    def get_title(self) -> str:
        return f"Ubah {reference.level(self.record.level).title.lower()}"

    def get_initial(self) -> dict[str, Any]:
        return {"code": self.record.code, "title": self.record.title, "agency": self.record.agency_id}

    def get_form_kwargs(self) -> dict[str, Any]:
        return {**super().get_form_kwargs(), "has_agency": reference.level(self.record.level).has_agency}

    def perform(self, form: BaseForm) -> PlanNode:
        return writing.change_node(self.request.user, self.record, form.content())


class DeleteNode(ConfirmPage, _NodeForm):
    success_message = "Butir dihapus."

    def get_title(self) -> str:
        return f"Hapus {reference.level(self.record.level).title.lower()}"

    def perform(self, form: BaseForm) -> None:
        writing.delete_node(self.request.user, self.record)

    def anchor(self) -> str:
        return _place(self.record.parent_id) if self.record.parent_id else ""


class NodeCeilings(_NodeForm):
    title = "Pagu indikatif program"
    form_class = NodeCeilingForm

    def load(self) -> PlanNode | None:
        node = super().load()
        return node if node and node.level == "program" else None

    def get_form_kwargs(self) -> dict[str, Any]:
        return {**super().get_form_kwargs(), "node": self.record}

    def perform(self, form: BaseForm) -> None:
        writing.set_node_ceilings(self.request.user, self.record, form.yearly())


class AddIndicator(_NodeForm):
    title = "Tambah indikator"
    form_class = IndicatorForm

    def get_form_kwargs(self) -> dict[str, Any]:
        return {**super().get_form_kwargs(), "node": self.record}

    def perform(self, form: BaseForm) -> NodeIndicator:
        return writing.save_indicator(self.request.user, self.record, None, form.content())


class _IndicatorForm(_PlanForm):
    def load(self) -> NodeIndicator | None:
        return NodeIndicator.objects.select_related("node__period").filter(pk=self.kwargs["pk"]).first()

    @property
    def period(self) -> PlanPeriod:
        return self.record.node.period

    def anchor(self) -> str:
        return _place(self.record.node_id)

    def get_intro(self) -> str:
        return str(self.record.node)


class ChangeIndicator(_IndicatorForm):
    title = "Ubah indikator"
    form_class = IndicatorForm

    def get_form_kwargs(self) -> dict[str, Any]:
        return {**super().get_form_kwargs(), "node": self.record.node, "indicator": self.record}

    def perform(self, form: BaseForm) -> NodeIndicator:
        return writing.save_indicator(self.request.user, self.record.node, self.record, form.content())


class DeleteIndicator(ConfirmPage, _IndicatorForm):
    title = "Hapus indikator"
    success_message = "Indikator dihapus."

    def get_intro(self) -> str:
        return f"“{self.record.name}” pada {self.record.node}"

    def perform(self, form: BaseForm) -> None:
        writing.delete_indicator(self.request.user, self.record)
