"""Queues of verification with one step for many usulan at once."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from semai_kit import workflow
from semai_kit.languages import counted

from ..selectors import proposals
from ..services import review
from ..services.gates import is_open
from .pages import Page

PER_PAGE = 50
SHOWN_REFUSALS = 5


class Queue(Page):
    permission = "proposal.view"
    template_name = "semai_e_planning/queue.html"

    def get_title(self) -> str:
        return str(self.desk.title)

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.user.is_authenticated:
            desk = proposals.desk_for(request.user, kwargs["state"])
            if desk is None:
                raise Http404("this account serves no such desk")
            self.desk = desk
        return super().dispatch(request, *args, **kwargs)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        account = self.request.user
        rows = proposals.at_desk(account, self.year, self.desk).order_by("district__code", *proposals.BY_RANK)
        page = Paginator(rows, PER_PAGE).get_page(self.request.GET.get("page"))
        return super().get_context_data(
            desk=self.desk,
            desks=proposals.desk_counts(account, self.year),
            page=page,
            steps=proposals.bulk_moves(account, self.year, self.desk),
            stage_open=is_open(self.year, self.desk.permission),
            all_chosen=self.request.GET.get("semua") == "1" and "chosen" not in kwargs,
            **{"chosen": frozenset(), **kwargs},
        )

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        keys = {int(key) for key in request.POST.getlist("usulan") if key.isdigit()}
        to, reason = request.POST.get("to", ""), request.POST.get("reason", "")
        steps = proposals.bulk_moves(request.user, self.year, self.desk)
        step = next((s for s in steps if s.to == to), None)
        fault = self._fault(keys, step, reason)
        if fault:
            context = self.get_context_data(chosen=keys, step_reason=reason, step_error=fault)
            return self.render_to_response(context, status=422)
        chosen = proposals.at_desk(request.user, self.year, self.desk).filter(pk__in=keys)
        self._tell(review.move_many(request.user, list(chosen), to, reason), step)
        return redirect(request.path)

    def _fault(self, keys: set[int], step: workflow.Transition | None, reason: str) -> str:
        if not keys:
            return _("Pilih dahulu usulan yang akan diproses.")
        if step is None:
            return _("Pilih tindakan yang akan dilakukan.")
        if step.needs_reason and not reason.strip():
            return _("Alasan wajib diisi untuk “{step}”.").format(step=_(step.title))
        return ""

    def _tell(self, outcome: review.BulkOutcome, step: workflow.Transition) -> None:
        if outcome.moved:
            messages.success(
                self.request,
                counted("{step}: {count} usulan diproses.", len(outcome.moved)).format(
                    step=_(step.title), count=len(outcome.moved)
                ),
            )
        for refused in outcome.refused[:SHOWN_REFUSALS]:
            messages.error(self.request, f"{refused.proposal.title}: {refused.message}")
        if len(outcome.refused) > SHOWN_REFUSALS:
            messages.error(
                self.request,
                counted(
                    "dan {count} usulan lain juga ditolak.",
                    len(outcome.refused) - SHOWN_REFUSALS,
                ).format(count=len(outcome.refused) - SHOWN_REFUSALS),
            )
