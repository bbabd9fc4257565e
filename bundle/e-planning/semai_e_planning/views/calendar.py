"""The stage calendar of the year in view."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse, reverse_lazy
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from semai_kit import roles
from semai_kit.languages import counted
from semai_kit.refusals import Refused

from .. import reference
from ..forms.planning import StageForm
from ..models import Stage
from ..services import calendar
from .pages import Page


class Calendar(Page):
    permission = "stage.view"
    title = lazy("Kalender tahapan")
    intro = lazy("Setiap tindakan hanya dapat dilakukan selagi tahapnya dibuka.")
    template_name = "semai_e_planning/calendar.html"

    def get_actions(self) -> list[tuple[str, str]]:
        if not roles.allowed(self.request.user, "stage.edit"):
            return []
        return [(_("Ubah tanggal"), reverse("planning:change-calendar"))]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        today = timezone.localdate()
        stages = list(Stage.objects.filter(fiscal_year=self.year))
        return super().get_context_data(
            loops=[
                (title, [(stage, stage.is_open(today)) for stage in stages if stage.loop == loop])
                for loop, title in reference.loops().items()
            ],
            today=today,
            **kwargs,
        )


class ChangeCalendar(Page):
    permission = "stage.edit"
    title = lazy("Ubah kalender tahapan")
    intro = lazy("Kosongkan kedua tanggal untuk menutup tahap. Tahap boleh bertumpang tindih.")
    template_name = "semai_e_planning/calendar_form.html"
    back_url = reverse_lazy("planning:calendar")
    back_title = lazy("Kalender tahapan")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        if "forms" not in kwargs:
            kwargs["forms"] = self._forms()
        return super().get_context_data(loops=reference.loops(), **kwargs)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        forms = self._forms(request.POST)
        if not all([form.is_valid() for form in forms]):
            return self._again(forms, _("Belum disimpan. Periksa tanggal yang ditandai."))
        try:
            changed = calendar.set_dates(request.user, self.year, [form.dates() for form in forms])
        except Refused as refusal:
            return self._again(forms, refusal.message)
        messages.success(
            request,
            counted("{changed} tahap diubah.", changed).format(changed=changed)
            if changed
            else _("Tidak ada tanggal yang berubah."),
        )
        return redirect("planning:calendar")

    def _forms(self, sent: Any = None) -> list[StageForm]:
        usual = {dates.code: dates for dates in calendar.typical_dates(self.year)}
        suggest = self.request.GET.get("lazim") == "1"
        forms = []
        for stage in Stage.objects.filter(fiscal_year=self.year):
            dates = usual.get(stage.code, stage) if suggest else stage
            initial = {"opens_on": dates.opens_on, "closes_on": dates.closes_on}
            forms.append(StageForm(sent, stage=stage, initial=initial))
        return forms

    def _again(self, forms: list[StageForm], fault: str) -> HttpResponse:
        return self.render_to_response(self.get_context_data(forms=forms, fault=fault), status=422)
