"""Dashboard: what waits for me, and how far the year is."""

from typing import Any

from django.utils.translation import gettext_lazy as lazy
from semai_kit.roles import allowed_anywhere

from ..selectors.rka import Usage, fetch_status, visible_rkas, waiting_for
from ..services.plan import refresh_if_old
from .pages import Page


class Home(Page):
    permission = ""
    template_name = "semai_e_budgeting/home.html"
    title = lazy("Beranda")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        year, account = self.request.fiscal_year, self.request.user
        if not year or not allowed_anywhere(account, "budget.view"):
            return super().get_context_data(may_read=False, **kwargs)
        refresh_if_old(year)
        rkas = list(visible_rkas(account, year))
        states: dict[str, list[Any]] = {}
        for rka in rkas:
            states.setdefault(rka.state, []).append(rka)
        workflow = rkas[0].workflow() if rkas else None
        order = [state for state in workflow.states.values() if state.id in states] if workflow else []
        return super().get_context_data(
            may_read=True,
            waiting=waiting_for(account, rkas),
            usage=Usage(sum(rka.pagu for rka in rkas), sum(rka.used for rka in rkas)),
            states=[(state, len(states[state.id])) for state in order],
            rka_count=len(rkas),
            fetch=fetch_status(year),
            may_fetch=allowed_anywhere(account, "plan.fetch") and year.is_open,
            **kwargs,
        )
