"""The first page: what waits for this account, what is open, how usulan are spread."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from semai_kit import roles

from ..selectors import dashboard, proposals
from .pages import Page

SHOWN_STAGES = 5


class Home(Page):
    template_name = "semai_e_planning/home.html"

    def get_title(self) -> str:
        return _("Menunggu tindakan saya")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        account = self.request.user
        grants = roles.current_grants(account)
        open_stages = dashboard.open_stages(self.year)
        return super().get_context_data(
            has_role=bool(grants),
            tasks=dashboard.tasks(account, self.year),
            states=dashboard.state_overview(account, self.year),
            open_stages=open_stages,
            more_stages=max(len(open_stages) - SHOWN_STAGES, 0),
            recent=dashboard.recently_moved(account, self.year),
            next_stage=dashboard.next_stage(self.year),
            sees_calendar=roles.allowed_anywhere(account, "stage.view"),
            may_write=bool(proposals.writing_sources(account)),
            sees_proposals=roles.allowed_anywhere(account, "proposal.view"),
            manages_accounts=roles.allowed_anywhere(account, "kit.accounts.manage"),
            **kwargs,
        )
