"""RKPD of the year: every Renja together, its review and its enactment."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.views import View
from django.views.decorators.http import require_GET
from semai_kit import roles, workflow
from semai_kit.paging import page_of_groups
from semai_kit.refusals import Refused
from semai_kit.views import SignedIn, year_of
from semai_kit.views.bases import xlsx

from .. import sheets
from ..forms.planning import EnactmentForm
from ..models import AnnualPlan, WorkPlan
from ..selectors import versions, work_plans
from ..services import annual_plans as writing
from ..services.gates import is_open
from .pages import RecordForm, StepsPage

ROWS = 200  # sub kegiatan on a page; an OPD is never split


class AnnualPlanPage(StepsPage):
    permission = "annual_plan.view"
    template_name = "semai_e_planning/annual_plan.html"

    def load(self) -> AnnualPlan:
        """The stored RKPD, or an unsaved one to show while none was started."""
        year = year_of(self.request)
        return work_plans.annual_plan(self.request.user, year) or AnnualPlan(fiscal_year=year, state="draf")

    def get_title(self) -> str:
        return self.record.full_name

    def get_steps(self) -> list[Any]:
        if self.record.pk is None:
            return []
        return [
            step
            for step in workflow.available(self.record, self.request.user)
            if (step.to != writing.ENACTED or step.origin == writing.CHANGING)
            and is_open(self.record.fiscal_year, step.permission)
        ]

    def take_step(self, to: str, reason: str) -> AnnualPlan:
        if self.record.pk is None:
            writing.open_annual_plan(self.request.user, self.record.fiscal_year)
            self.record = self.load()
        return writing.move(self.request.user, self.record, to, reason)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        plan, account = self.record, self.request.user
        plans = list(WorkPlan.objects.filter(fiscal_year=plan.fiscal_year).select_related("agency"))
        changing = plan.loop == "perubahan" and plan.state != writing.ENACTED
        may_enact = roles.allowed(account, "annual_plan.enact") and plan.state in ("siap", "perubahan_siap")
        sums = work_plans.year_sums(plan.fiscal_year)
        page = page_of_groups(sums.sizes, self.request.GET.get("page"), ROWS)
        return super().get_context_data(
            plan=plan,
            plans=plans,
            unapproved=[one for one in plans if one.state != "disetujui"],
            page=page,
            sections=_sections(list(work_plans.plain_items(page.object_list))),
            total=sums.pagu,
            proposal_count=sums.proposals,
            may_open=plan.pk is None and roles.allowed(account, "annual_plan.edit") and bool(plans),
            may_enact=may_enact and is_open(plan.fiscal_year, "annual_plan.enact"),
            history=workflow.history(plan) if plan.pk else [],
            kept=versions.versions_of(account, plan.fiscal_year),
            amendments=versions.amendments_of(plan) if plan.pk else [],
            changing=changing,
            change=versions.working_change(plan) if changing else None,
            **kwargs,
        )


class OpenAnnualPlan(SignedIn, View):
    http_method_names = ["post"]
    permission = "annual_plan.edit"

    def post(self, request: HttpRequest) -> HttpResponse:
        try:
            writing.open_annual_plan(request.user, year_of(request))
        except Refused as refusal:
            messages.error(request, refusal.message)
        return redirect("planning:annual-plan")


class Enact(RecordForm):
    permission = "annual_plan.enact"
    intro = lazy(
        "Semua usulan yang masuk Renja menjadi masuk RKPD, Renja tetap terkunci, dan isinya tersimpan sebagai "
        "versi yang tidak dapat diubah."
    )
    form_class = EnactmentForm
    submit_title = lazy("Tetapkan")
    success_message = lazy("RKPD ditetapkan dan versinya tersimpan.")
    back_url = reverse_lazy("planning:annual-plan")
    success_url = reverse_lazy("planning:annual-plan")
    back_title = lazy("RKPD")

    def load(self) -> AnnualPlan | None:
        return work_plans.annual_plan(self.request.user, year_of(self.request))

    def get_title(self) -> str:
        return _("Tetapkan {plan}").format(plan=self.record.name)

    def get_form_kwargs(self) -> dict[str, Any]:
        return {**super().get_form_kwargs(), "needs_reason": False}

    def perform(self, form: BaseForm) -> AnnualPlan:
        cleaned = form.cleaned_data
        return writing.move(self.request.user, self.record, writing.ENACTED, cleaned["reason"], form.enactment())


@require_GET
@login_required
def export(request: HttpRequest) -> HttpResponse:
    year = year_of(request)
    roles.require_anywhere(request.user, "annual_plan.view")
    rows = (sheets.work_plan_row(item) for item in work_plans.items_of(WorkPlan.objects.filter(fiscal_year=year)))
    return xlsx(f"rkpd-{year}", sheets.WORK_PLAN, rows)


def _sections(items: list[Any]) -> list[tuple[WorkPlan, list[work_plans.ProgramGroup]]]:
    """Items by OPD, then by program."""
    by_plan: dict[int, list[Any]] = {}
    for item in items:
        by_plan.setdefault(item.work_plan_id, []).append(item)
    return [(found_items[0].work_plan, work_plans.by_program(found_items)) for found_items in by_plan.values()]
