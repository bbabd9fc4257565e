"""Renja: the list of OPD with their pagu, one Renja, its sub kegiatan and the usulan they take in."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse, reverse_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.views import View
from django.views.decorators.http import require_GET
from semai_kit import officials, roles, workflow
from semai_kit.documents import Signatory
from semai_kit.languages import counted
from semai_kit.models import Agency
from semai_kit.paging import page_of_groups
from semai_kit.refusals import Refused
from semai_kit.views import PdfPage, SignedIn, found, year_of
from semai_kit.views.bases import xlsx

from .. import sheets
from ..forms.planning import CeilingForm, ItemForm
from ..forms.proposals import ReasonForm
from ..models import AgencyCeiling, Proposal, WorkPlan, WorkPlanItem
from ..selectors import work_plans
from ..services import amendments, ceilings
from ..services import work_plans as writing
from ..services.gates import is_open
from .pages import ConfirmPage, Page, RecordForm, StepsPage


class WorkPlanList(Page):
    permission = "work_plan.view"
    title = lazy("Renja OPD")
    intro = lazy("Jumlah pagu sub kegiatan tidak dapat melampaui pagu OPD. Renja yang disetujui terkunci.")
    template_name = "semai_e_planning/work_plans.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        account, year = self.request.user, self.year
        rows = work_plans.agency_rows(account, year)
        scope = roles.scope_of(account, "work_plan.edit")
        mine = [row for row in rows if row.agency.pk in scope.agencies]
        return super().get_context_data(
            rows=rows,
            mine=mine,
            may_set_ceiling=roles.allowed(account, "ceiling.edit") and is_open(year, "ceiling.edit"),
            editing_open=is_open(year, "work_plan.edit"),
            ceiling_sum=sum((row.ceiling or 0 for row in rows), ceilings.ZERO),
            planned_sum=sum((row.planned for row in rows), ceilings.ZERO),
            **kwargs,
        )


class OpenWorkPlan(SignedIn, View):
    http_method_names = ["post"]
    permission = "work_plan.edit"

    def post(self, request: HttpRequest, agency: int) -> HttpResponse:
        chosen = get_object_or_404(Agency, pk=agency)
        try:
            plan = writing.open_work_plan(request.user, year_of(request), chosen)
        except Refused as refusal:
            messages.error(request, refusal.message)
            return redirect("planning:work-plans")
        return redirect("planning:work-plan", pk=plan.pk)


class SetCeiling(RecordForm):
    permission = "ceiling.edit"
    title = lazy("Pagu OPD")
    form_class = CeilingForm
    success_message = lazy("Pagu tersimpan.")
    back_url = reverse_lazy("planning:work-plans")
    success_url = reverse_lazy("planning:work-plans")

    def load(self) -> Agency | None:
        return Agency.objects.filter(pk=self.kwargs["agency"]).first()

    def get_intro(self) -> str:
        return _("{agency}, tahun {year}").format(agency=self.record, year=self.year)

    def get_initial(self) -> dict[str, Any]:
        ceiling = AgencyCeiling.objects.filter(fiscal_year=self.year, agency=self.record).first()
        return {"amount": ceiling.amount} if ceiling else {}

    def perform(self, form: BaseForm) -> AgencyCeiling:
        return ceilings.set_ceiling(self.request.user, self.year, self.record, form.cleaned_data["amount"])


class WorkPlanDetail(StepsPage):
    permission = "work_plan.view"
    template_name = "semai_e_planning/work_plan.html"
    back_url = reverse_lazy("planning:work-plans")
    back_title = lazy("Renja OPD")

    def load(self) -> WorkPlan | None:
        return work_plans.readable(self.request.user, self.kwargs["pk"])

    def get_title(self) -> str:
        return f"{self.record.name} {self.record.agency.short_name} {self.record.fiscal_year}"

    def get_intro(self) -> str:
        return self.record.agency.name

    def get_steps(self) -> list[Any]:
        plan = self.record
        steps = workflow.available(plan, self.request.user)
        if plan.state == writing.APPROVED:
            steps = [step for step in steps if writing.may_unlock(plan, step.to)]
        return [step for step in steps if is_open(plan.fiscal_year, step.permission)]

    def take_step(self, to: str, reason: str) -> WorkPlan:
        return writing.move(self.request.user, self.record, to, reason)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        plan, account = self.record, self.request.user
        page = page_of_groups(work_plans.program_sizes(plan), self.request.GET.get("page"))
        items = work_plans.items_of([plan]).filter(sub_activity__parent__parent__in=page.object_list)
        planned = ceilings.planned_sum(plan.fiscal_year, plan.agency)
        ceiling = work_plans.ceiling_of(plan)
        holds = roles.allowed_at(account, "work_plan.edit", plan.permission_place())
        stage_open = is_open(plan.fiscal_year, "work_plan.edit")
        may_edit = holds and stage_open and plan.state in WorkPlan.EDITABLE
        amendment = amendments.current(plan.fiscal_year)
        return super().get_context_data(
            plan=plan,
            page=page,
            groups=work_plans.by_program(items),
            planned=planned,
            ceiling=ceiling,
            room=None if ceiling is None else ceiling - planned,
            waiting=work_plans.candidates(plan).count(),
            may_edit=may_edit,
            may_set_targets=may_edit and amendments.may_change_targets(plan, amendment),
            stage_closed=holds and not stage_open and plan.state in WorkPlan.EDITABLE,
            amendment=amendment,
            history=workflow.history(plan),
            **kwargs,
        )


class PlanPart(RecordForm):
    """A form about a Renja, returning to it."""

    permission = "work_plan.edit"
    back_title = lazy("Kembali ke Renja")
    plan: WorkPlan

    def get_back_url(self) -> str:
        return reverse("planning:work-plan", args=[self.plan.pk])

    def get_success_url(self) -> str:
        return self.get_back_url()

    def keep(self, plan: WorkPlan | None) -> WorkPlan | None:
        """Remember the Renja if this account may edit it."""
        if plan is not None:
            roles.require_at(self.request.user, "work_plan.edit", plan.permission_place())
            self.plan = plan
        return plan


class _ItemForm(PlanPart):
    form_class = ItemForm
    template_name = "semai_e_planning/item_form.html"

    def get_form_kwargs(self) -> dict[str, Any]:
        changing = amendments.current(self.plan.fiscal_year) is not None
        return {**super().get_form_kwargs(), "plan": self.plan, "changing": changing}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        ceiling = work_plans.ceiling_of(self.plan)
        planned = ceilings.planned_sum(self.plan.fiscal_year, self.plan.agency)
        return super().get_context_data(
            ceiling=ceiling, planned=planned, room=None if ceiling is None else ceiling - planned, **kwargs
        )


class AddItem(_ItemForm):
    title = lazy("Tambah sub kegiatan")
    success_message = lazy("Sub kegiatan ditambahkan.")

    def load(self) -> WorkPlan | None:
        return self.keep(work_plans.readable(self.request.user, self.kwargs["pk"]))

    def perform(self, form: BaseForm) -> WorkPlanItem:
        return writing.add_item(self.request.user, self.plan, form.content(), form.reason())


class ChangeItem(_ItemForm):
    title = lazy("Ubah sub kegiatan")
    success_message = lazy("Perubahan tersimpan.")

    def load(self) -> WorkPlanItem | None:
        return _item(self)

    def get_form_kwargs(self) -> dict[str, Any]:
        return {**super().get_form_kwargs(), "instance": self.record}

    def perform(self, form: BaseForm) -> WorkPlanItem:
        return writing.change_item(self.request.user, self.record, form.content(), form.reason())


class RemoveItem(ConfirmPage, PlanPart):
    """A question, and in a Perubahan its reason too."""

    title = lazy("Hapus sub kegiatan dari Renja")
    form_class = ReasonForm
    success_message = lazy("Sub kegiatan dihapus dari Renja.")

    def load(self) -> WorkPlanItem | None:
        return _item(self)

    def get_intro(self) -> str:
        return str(self.record)

    def get_form_kwargs(self) -> dict[str, Any]:
        changing = amendments.current(self.plan.fiscal_year) is not None
        return {**super().get_form_kwargs(), "needs_reason": changing}

    def perform(self, form: BaseForm) -> None:
        writing.remove_item(self.request.user, self.record, form.cleaned_data["reason"])


PER_PAGE = 50


class TakeProposals(Page):
    """Accepted usulan of the OPD, each to be put into a sub kegiatan of the Renja."""

    permission = "work_plan.edit"
    title = lazy("Masukkan usulan ke Renja")
    template_name = "semai_e_planning/take_proposals.html"
    back_title = lazy("Kembali ke Renja")

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.user.is_authenticated:
            self.plan = found(work_plans.readable(request.user, kwargs["pk"]))
            roles.require_at(request.user, "work_plan.edit", self.plan.permission_place())
        return super().dispatch(request, *args, **kwargs)

    def get_back_url(self) -> str:
        return reverse("planning:work-plan", args=[self.plan.pk])

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(
            plan=self.plan,
            items=list(work_plans.plain_items([self.plan])),
            page=Paginator(work_plans.candidates(self.plan), PER_PAGE).get_page(self.request.GET.get("page")),
            **{"chosen": frozenset(), **kwargs},
        )

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        keys = {int(key) for key in request.POST.getlist("usulan") if key.isdigit()}
        wanted = request.POST.get("item", "")
        item = self.plan.items.filter(pk=int(wanted)).first() if wanted.isdigit() else None
        if not keys or item is None:
            fault = (
                _("Pilih paling sedikit satu usulan.") if not keys else _("Pilih sub kegiatan yang menampungnya.")
            )
            return self.render_to_response(self.get_context_data(fault=fault, chosen=keys), status=422)
        taken = self._take(item, list(work_plans.candidates(self.plan).filter(pk__in=keys)))
        if taken:
            messages.success(
                request,
                counted("{taken} usulan masuk Renja pada {item}.", taken).format(taken=taken, item=item),
            )
        return redirect(self.get_back_url())

    def _take(self, item: WorkPlanItem, proposals: list[Proposal]) -> int:
        taken = 0
        for proposal in proposals:
            try:
                writing.take_proposal(self.request.user, item, proposal)
                taken += 1
            except Refused as refusal:
                messages.error(self.request, f"{proposal.title}: {refusal.message}")
        return taken


class ReleaseProposal(PlanPart):
    title = lazy("Keluarkan usulan dari Renja")
    form_class = ReasonForm
    submit_title = lazy("Keluarkan")
    success_message = lazy("Usulan dikeluarkan dari Renja dan kembali berstatus diterima.")

    def load(self) -> Proposal | None:
        rows = Proposal.objects.select_related(
            "work_plan_item__work_plan__agency", "work_plan_item__work_plan__fiscal_year"
        )
        proposal = rows.filter(pk=self.kwargs["pk"], work_plan_item__isnull=False).first()
        if proposal is not None:
            self.keep(proposal.work_plan_item.work_plan)
        return proposal

    def get_intro(self) -> str:
        return _("{proposal}, dari {item}").format(proposal=self.record, item=self.record.work_plan_item)

    def get_form_kwargs(self) -> dict[str, Any]:
        return {**super().get_form_kwargs(), "needs_reason": True}

    def perform(self, form: BaseForm) -> Proposal:
        return writing.release_proposal(self.request.user, self.record, form.cleaned_data["reason"])


class WorkPlanDocument(PdfPage):
    """The Renja, or its Perubahan, as a document that the head of the OPD signs."""

    permission = "work_plan.view"
    document_template = "semai_e_planning/work_plan_document.html"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.user.is_authenticated:
            self.plan = found(work_plans.readable(request.user, kwargs["pk"]))
        return super().dispatch(request, *args, **kwargs)

    def get_title(self) -> str:
        named = "Perubahan Rencana Kerja" if self.plan.is_amended else "Rencana Kerja"
        return f"{named} {self.plan.agency.name}"

    def get_context(self) -> dict[str, Any]:
        items = list(work_plans.items_of([self.plan]))
        return {
            "plan": self.plan,
            "groups": work_plans.by_program(items),
            "planned": sum((item.pagu for item in items), ceilings.ZERO),
            "ceiling": work_plans.ceiling_of(self.plan),
        }

    def get_signatories(self) -> list[Signatory]:
        return [officials.signatory(self.plan.agency)]

    def get_agency(self) -> Agency:
        return self.plan.agency

    def get_year(self) -> int:
        return self.plan.fiscal_year.year


@require_GET
@login_required
def export(request: HttpRequest, pk: int) -> HttpResponse:
    plan = found(work_plans.readable(request.user, pk))
    rows = (sheets.work_plan_row(item) for item in work_plans.items_of([plan]))
    return xlsx(f"renja-{plan.fiscal_year}-{plan.agency.code}", sheets.WORK_PLAN, rows)


def _item(page: PlanPart) -> WorkPlanItem | None:
    related = ("work_plan__agency", "work_plan__fiscal_year", "sub_activity")
    item = WorkPlanItem.objects.select_related(*related).filter(pk=page.kwargs["pk"]).first()
    if item is not None:
        page.keep(item.work_plan)
    return item
