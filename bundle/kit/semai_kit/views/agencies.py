"""What became of agencies: mergers and splits with their legal basis."""

from __future__ import annotations

from typing import Any

from django import forms
from django.urls import reverse, reverse_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.views.generic import TemplateView

from semai_kit import agencies
from semai_kit.forms import DateInput
from semai_kit.models import Agency, AgencySuccession
from semai_kit.views.bases import FormPage, PageTitle, SignedIn


class SuccessionList(SignedIn, PageTitle, TemplateView):
    permission = agencies.MANAGE
    template_name = "semai_kit/successions.html"
    title = lazy("Perubahan OPD")
    intro = lazy("OPD yang digabung atau dipecah. Laporan lama tetap memakai nama OPD pada masanya.")

    def get_actions(self) -> list[tuple[str, str]]:
        return [(_("Catat perubahan"), reverse("kit:record-succession"))]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        rows = AgencySuccession.objects.select_related("predecessor", "successor").order_by("-on", "pk")
        return super().get_context_data(successions=rows, **kwargs)


class SuccessionForm(forms.Form):
    predecessors = forms.ModelMultipleChoiceField(
        Agency.objects.all(), label=lazy("OPD asal"), help_text=lazy("Lebih dari satu bila digabung.")
    )
    successors = forms.ModelMultipleChoiceField(
        Agency.objects.all(), label=lazy("OPD penerus"), help_text=lazy("Lebih dari satu bila dipecah.")
    )
    on = forms.DateField(label=lazy("Berlaku sejak"), widget=DateInput())
    basis = forms.CharField(
        label=lazy("Dasar hukum"), max_length=200, help_text=lazy("Misalnya Perda Nomor 3 Tahun 2027.")
    )


class RecordSuccession(FormPage):
    permission = agencies.MANAGE
    title = lazy("Catat perubahan OPD")
    form_class = SuccessionForm
    success_message = lazy("Perubahan dicatat.")
    success_url = reverse_lazy("kit:successions")
    back_url = reverse_lazy("kit:successions")

    def perform(self, form: SuccessionForm) -> list[AgencySuccession]:
        given = form.cleaned_data
        old, new = list(given["predecessors"]), list(given["successors"])
        return agencies.record_succession(self.request.user, old, new, on=given["on"], basis=given["basis"])
