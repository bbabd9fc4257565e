"""The year switcher and the administrator's page of fiscal years."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse_lazy
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.views import View
from django.views.decorators.http import require_POST
from django.views.generic import TemplateView

from semai_kit import stages, years
from semai_kit.models import FiscalYear
from semai_kit.refusals import Refused
from semai_kit.views.bases import FormPage, PageTitle, SignedIn


@require_POST
@login_required
def choose(request: HttpRequest) -> HttpResponse:
    """Look at another year from now on in this session; goes back to where the visitor was."""
    chosen = request.POST.get("year", "")
    year = get_object_or_404(FiscalYear, year=int(chosen) if chosen.isdigit() else 0)
    years.choose(request, year)
    target = request.POST.get("next", "")
    safe = url_has_allowed_host_and_scheme(target, {request.get_host()}, require_https=request.is_secure())
    return redirect(target if safe else "/")


class YearList(SignedIn, PageTitle, TemplateView):
    permission = "kit.years.manage"
    template_name = "semai_kit/years.html"
    title = lazy("Tahun anggaran")
    intro = lazy(
        "Beberapa tahun dapat terbuka sekaligus. Tahun yang dikunci hanya bisa dibaca; arsip tidak dibuka lagi."
    )

    def get_actions(self) -> list[tuple[str, str]]:
        return [(_("Buka tahun baru"), str(reverse_lazy("kit:open-year")))]

    def get_context_data(self, **kwargs: object) -> dict[str, object]:
        shown = [(year, self._stages(year)) for year in FiscalYear.objects.prefetch_related("stages")]
        return super().get_context_data(years=shown, **kwargs)

    def _stages(self, year: FiscalYear) -> list[tuple[stages.Stage, str]]:
        said = {row.stage: row.status for row in year.stages.all()}
        return [(known, said.get(known.id, FiscalYear.Status.OPEN)) for known in stages.all_stages()]


class YearForm(forms.Form):
    year = forms.IntegerField(label=lazy("Tahun"), min_value=2000, max_value=2100, localize=False)


class OpenYear(FormPage):
    permission = "kit.years.manage"
    title = lazy("Buka tahun anggaran")
    form_class = YearForm
    submit_title = lazy("Buka")
    success_message = lazy("Tahun anggaran dibuka.")
    success_url = reverse_lazy("kit:years")
    back_url = reverse_lazy("kit:years")

    def perform(self, form: YearForm) -> FiscalYear:
        return years.open_year(form.cleaned_data["year"], self.request.user)


class SetStatus(SignedIn, View):
    permission = "kit.years.manage"
    http_method_names = ["post"]

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        year = get_object_or_404(FiscalYear, pk=pk)
        status = request.POST.get("status", "")
        try:
            if status not in FiscalYear.Status.values:
                raise Refused(_("Status “{status}” tidak dikenal.").format(status=status))
            years.set_status(year, status, request.user)
        except Refused as refusal:
            messages.error(request, refusal.message)
        else:
            messages.success(
                request,
                _("Tahun {year}: {status}.").format(year=year.year, status=FiscalYear.Status(status).label.lower()),
            )
        return redirect("kit:years")


class SetStageStatus(SignedIn, View):
    permission = "kit.years.manage"
    http_method_names = ["post"]

    def post(self, request: HttpRequest, pk: int, stage: str) -> HttpResponse:
        year = get_object_or_404(FiscalYear, pk=pk)
        status = request.POST.get("status", "")
        try:
            stages.set_stage_status(year, stage, status, request.user)
        except Refused as refusal:
            messages.error(request, refusal.message)
        else:
            label = FiscalYear.Status(status).label.lower()
            messages.success(request, f"{_(stages.stage(stage).title)} {year.year}: {label}.")
        return redirect("kit:years")
