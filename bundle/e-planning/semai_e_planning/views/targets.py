"""Targets of indicators: what a Renja sets, and how all of them agree with the RPJMD."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Paginator
from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as lazy
from semai_kit.languages import official
from semai_kit.paging import ROWS
from semai_kit.views.bases import xlsx

from .. import sheets
from ..forms.targets import TargetsForm
from ..models import WorkPlan
from ..selectors import targets, work_plans
from ..services import amendments
from ..services import targets as writing
from .pages import Page
from .work_plans import PlanPart


class SetTargets(PlanPart):
    """All indicators of one OPD on one form."""

    title = lazy("Target indikator")
    intro = lazy(
        "Target tahun ini bagi indikator program OPD dan sasaran RPJMD yang didukungnya. Boleh dikosongkan."
    )
    form_class = TargetsForm
    success_message = lazy("Target tersimpan.")

    def load(self) -> WorkPlan | None:
        return self.keep(work_plans.readable(self.request.user, self.kwargs["pk"]))

    def get_form_kwargs(self) -> dict[str, Any]:
        changing = amendments.current(self.plan.fiscal_year) is not None
        return {**super().get_form_kwargs(), "plan": self.plan, "changing": changing}

    def perform(self, form: BaseForm) -> None:
        writing.set_targets(self.request.user, self.record, form.values(), form.reason())


class TargetConsistency(Page):
    """Indicators whose target in a Renja differs from the RPJMD's; `semua` shows the others too."""

    permission = "plan.view"
    title = lazy("Keselarasan target indikator")
    intro = lazy(
        "Target RPJMD tahun ini dibandingkan dengan target Renja, menurut arah indikatornya: yang makin rendah "
        "makin baik dinilai lebih baik bila targetnya lebih kecil."
    )
    template_name = "semai_e_planning/target_consistency.html"
    back_url = reverse_lazy("planning:consistency")
    back_title = lazy("Keselarasan RPJMD dan Renja")

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.GET.get("export") != "xlsx":
            return super().get(request, *args, **kwargs)
        with official():
            rows = [sheets.target_row(check) for check in targets.consistency(request.user, self.year)]
            return xlsx(f"keselarasan-target-{self.year}", sheets.TARGETS, rows)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        checks = targets.consistency(self.request.user, self.year)
        differing = [check for check in checks if check.differs]
        everything = self.request.GET.get("semua") == "1"
        page = Paginator(checks if everything else differing, ROWS).get_page(self.request.GET.get("page"))
        return super().get_context_data(
            page=page, everything=everything, count=len(checks), differing=len(differing), **kwargs
        )
