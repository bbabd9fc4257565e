"""Grant lines of the year with what is left of them; fetching; lines by hand; the filing window."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse, reverse_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.views import View
from semai_kit import roles
from semai_kit.languages import counted
from semai_kit.refusals import Refused
from semai_kit.views import FormPage, SignedIn, found, year_of

from ..forms.desks import LineForm, WindowForm
from ..models import FilingWindow, GrantLine
from ..selectors import budget as reading
from ..services import budget, windows
from .pages import Page


class Budget(Page):
    permission = "budget.view"
    template_name = "semai_e_hibah/budget.html"
    title = lazy("Pagu hibah dan bantuan sosial")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        year = year_of(self.request)
        budget.refresh_if_old(year)
        page = self.part(reading.lines(year))
        ceiling, committed = reading.sums(year)
        may_edit = roles.allowed_anywhere(self.request.user, budget.EDIT)
        return super().get_context_data(
            page=page,
            uses=reading.uses(page),
            ceiling=ceiling,
            committed=committed,
            fetch=reading.fetch_of(year),
            connected=budget.connected(),
            may_fetch=may_edit and budget.connected(),
            may_enter=may_edit and not budget.is_published(year),
            **kwargs,
        )


class Fetch(SignedIn, View):
    permission = budget.EDIT
    http_method_names = ["post"]

    def post(self, request: HttpRequest) -> HttpResponse:
        try:
            outcome = budget.fetch(year_of(request), request.user)
        except Refused as refusal:
            messages.error(request, refusal.message)
        else:
            if outcome.reachable:
                messages.success(
                    request,
                    counted(
                        "{lines} rekening diterima dari e-budgeting. {problem}",
                        outcome.lines,
                    ).format(lines=outcome.lines, problem=outcome.problem),
                )
            else:
                messages.warning(
                    request, _("{problem}. Salinan terakhir tetap dipakai.").format(problem=outcome.problem)
                )
        return redirect("grants:budget")


class _LineForm(FormPage):
    permission = budget.EDIT
    form_class = LineForm
    back_url = reverse_lazy("grants:budget")
    success_url = reverse_lazy("grants:budget")
    success_message = lazy("Rekening tersimpan.")
    template_name = "semai_e_hibah/form.html"
    line: GrantLine | None = None

    def perform(self, form: BaseForm) -> GrantLine:
        return budget.save_line(self.request.user, year_of(self.request), form.content(), self.line)


class AddLine(_LineForm):
    title = lazy("Catat rekening")
    intro = lazy("Hanya bila e-budgeting tidak dipakai; salin dari DPA.")


class ChangeLine(_LineForm):
    title = lazy("Ubah rekening")

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.user.is_authenticated:
            rows = GrantLine.objects.filter(fiscal_year=year_of(request), external_id="")
            self.line = found(rows.filter(pk=self.kwargs["pk"]).first())
        return super().dispatch(request, *args, **kwargs)

    def get_initial(self) -> dict[str, Any]:
        names = ("agency", "account_code", "account_name", "description", "ceiling")
        return {name: getattr(self.line, name) for name in names}


class Windows(Page):
    permission = "filing.view"
    template_name = "semai_e_hibah/windows.html"
    title = lazy("Masa pengajuan")
    intro = lazy("Di luar masa ini masyarakat tidak dapat mengirim permohonan.")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(
            windows=FilingWindow.objects.select_related("fiscal_year"),
            open_year=windows.open_year(),
            may_edit=roles.allowed_anywhere(self.request.user, "filing.edit"),
            **kwargs,
        )


class ChangeWindow(FormPage):
    permission = "filing.edit"
    form_class = WindowForm
    back_url = reverse_lazy("grants:windows")
    success_message = lazy("Masa pengajuan tersimpan.")
    template_name = "semai_e_hibah/form.html"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.user.is_authenticated:
            rows = FilingWindow.objects.select_related("fiscal_year")
            self.window = found(rows.filter(pk=self.kwargs["pk"]).first())
        return super().dispatch(request, *args, **kwargs)

    def get_title(self) -> str:
        return _("Masa pengajuan untuk tahun {year}").format(year=self.window.fiscal_year)

    def get_initial(self) -> dict[str, Any]:
        return {"opens_on": self.window.opens_on, "closes_on": self.window.closes_on}

    def perform(self, form: BaseForm) -> FilingWindow:
        return windows.change(self.request.user, self.window.fiscal_year, **form.cleaned_data)

    def get_success_url(self) -> str:
        return reverse("grants:windows")
