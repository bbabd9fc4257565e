"""Lines of the earlier year: what would come into this RKA, what stays behind and why, and bringing it."""

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from semai_kit.languages import counted
from semai_kit.roles import allowed_anywhere, require

from ..services.carrying import carry_lines, carry_plan
from ..services.states import lock_message
from .pages import InRka, Page, PostAction
from .reference import PAGE_SIZE


class Carry(InRka, Page):
    template_name = "semai_e_budgeting/carry.html"
    title = lazy("Bawa rincian tahun lalu")

    def get_back_url(self) -> str:
        return self.rka_url()

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        plan = carry_plan(self.rka)
        left = self.part(plan.left_out, size=PAGE_SIZE)
        return super().get_context_data(
            rka=self.rka,
            plan=plan,
            page=left,
            shown=plan.ready[:PAGE_SIZE],
            editable=self.editable and not self.rka.dpas.exists(),
            closed=lock_message(self.rka),
            may_decide=allowed_anywhere(self.request.user, "reference.edit"),
            **kwargs,
        )


class CarryNow(InRka, PostAction):
    permission = "budget.edit"

    def act(self) -> str:
        require(self.request.user, "budget.edit", agency=self.rka.agency)
        plan = carry_lines(self.rka.pk, self.request.user)
        said = counted("{ready} rincian dibawa.", len(plan.ready)).format(ready=len(plan.ready))
        return (
            _("{said} {left_out} tidak dibawa; alasannya di bawah.").format(said=said, left_out=len(plan.left_out))
            if plan.left_out
            else said
        )

    def target(self) -> str:
        return reverse("budget:carry", args=[self.rka.pk])
