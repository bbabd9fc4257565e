"""Dashboard: how the year stands, and what waits for this person."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as lazy
from semai_kit.roles import allowed_anywhere

from ..selectors.achievements import figures, indicators, summary
from ..selectors.dashboard import tasks_of
from ..selectors.tree import fetch_states
from ..services.fetching import SOURCES, is_connected, refresh_if_old
from .pages import Page


def source_notes(year: Any) -> list[dict[str, Any]]:
    """What to say about each source: the copy's date, or that it is not connected."""
    known = fetch_states(year)
    return [
        {"source": source, "connected": is_connected(source), "fetch": known.get(source.contract)}
        for source in SOURCES
    ]


class Home(Page):
    template_name = "semai_e_sakip/home.html"
    title = lazy("Beranda")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        account, year = self.request.user, self.request.fiscal_year
        if not year or not allowed_anywhere(account, "performance.view"):
            return super().get_context_data(may_read=False, **kwargs)
        refresh_if_old(year)
        key_figures = figures(indicators(year, key_only=True))
        return super().get_context_data(
            may_read=True,
            tasks=tasks_of(account, year),
            key_figures=key_figures,
            summary=summary(key_figures, year),
            sources=source_notes(year),
            may_fetch=allowed_anywhere(account, "source.fetch") and year.is_open,
            **kwargs,
        )
