"""Officials who sign Perjanjian Kinerja."""

from __future__ import annotations

from typing import Any

from django.forms import BaseForm
from django.urls import reverse, reverse_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from semai_kit import roles
from semai_kit.models import Official
from semai_kit.views import FormPage

from ..forms.agreements import PositionForm
from ..models import Position
from ..selectors.records import agencies_for, positions
from ..services.positions import save_position
from .pages import Loaded, Page


class PositionList(Page):
    permission = "agreement.view"
    template_name = "semai_e_sakip/positions.html"
    title = lazy("Penanda tangan")
    intro = lazy("Pejabat yang menandatangani Perjanjian Kinerja, jenis jabatannya, dan atasannya.")
    back_url = reverse_lazy("sakip:agreements")

    def get_actions(self) -> list[tuple[str, str]]:
        if not roles.allowed_anywhere(self.request.user, "official.edit"):
            return []
        return [(_("Tambah pejabat"), reverse("sakip:add-position"))]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        account = self.request.user
        page = self.part(positions(account))
        rows = [(one, roles.allowed_at(account, "official.edit", one.place())) for one in page]
        return super().get_context_data(page=page, rows=rows, **kwargs)


class AddPosition(FormPage):
    permission = "official.edit"
    form_class = PositionForm
    title = lazy("Tambah pejabat")
    back_url = reverse_lazy("sakip:positions")
    success_url = reverse_lazy("sakip:positions")
    success_message = lazy("Pejabat disimpan.")

    def get_form_kwargs(self) -> dict[str, Any]:
        account = self.request.user
        mine = agencies_for(account, "official.edit")
        superiors = Position.objects.select_related("official__agency").order_by("official__agency__code", "pk")
        if not roles.allowed(account, "official.edit"):
            superiors = superiors.filter(official__agency=None) | superiors.filter(official__agency__in=mine)
        return {
            **super().get_form_kwargs(),
            "agencies": mine,
            "superiors": superiors,
            "whole_region": roles.allowed(account, "official.edit"),
            "instance": self.official(),
        }

    def official(self) -> Official | None:
        return None

    def perform(self, form: BaseForm) -> Position:
        return save_position(self.request.user, None, form.content())


class ChangePosition(Loaded, AddPosition):
    title = lazy("Ubah pejabat")

    def load(self) -> Position | None:
        return positions(self.request.user).filter(pk=self.kwargs["pk"]).first()

    def official(self) -> Official:
        return self.record.official

    def get_initial(self) -> dict[str, Any]:
        return {"kind": self.record.kind, "superior": self.record.superior_id}

    def perform(self, form: BaseForm) -> Position:
        return save_position(self.request.user, self.record, form.content())
