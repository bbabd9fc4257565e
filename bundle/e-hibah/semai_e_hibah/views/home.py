"""The first page: for everyone what can be done without an account, for the desks what waits."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from semai_kit import roles
from semai_kit.models import Account, FiscalYear
from semai_kit.roles import current_grants
from semai_kit.views import year_of

from ..models import FilingWindow
from ..selectors import applications, public, reports
from ..services import awards, reminders, windows
from .pages import Page, PublicPage


def home(request: HttpRequest) -> HttpResponse:
    """One address, two pages."""
    view = DeskHome if request.user.is_authenticated else PublicHome
    return view.as_view()(request)


class PublicHome(PublicPage):
    template_name = "semai_e_hibah/public_home.html"
    title = lazy("Hibah dan bantuan sosial")
    public_tab = "home"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        year = windows.open_year()
        window = FilingWindow.objects.filter(fiscal_year=year).first() if year else None
        upcoming = FilingWindow.objects.filter(opens_on__gt=timezone.localdate()).order_by("opens_on").first()
        count, approved = public.sums(None)
        owing = public.owing(timezone.localdate()).count()
        return super().get_context_data(
            year=year, window=window, upcoming=upcoming, count=count, approved=approved, owing=owing, **kwargs
        )


LIST_TASKS = {
    "draf": lazy("Daftar penerima untuk diajukan"),
    "diajukan": lazy("Daftar penerima untuk ditandatangani"),
}


def _list_tasks(account: Account, year: FiscalYear) -> list[dict[str, Any]]:
    """What is approved waits for a list, and a list for the next step with it: both on the page of lists."""
    piles = [(LIST_TASKS[state], count) for state, count in applications.list_counts(account, year)]
    if roles.allowed_anywhere(account, awards.EDIT):
        piles.insert(0, (_("Disetujui, belum masuk daftar penerima"), applications.unlisted(year).count()))
    url = reverse("grants:award-lists")
    return [{"count": count, "title": title, "url": url} for title, count in piles if count]


class DeskHome(Page):
    template_name = "semai_e_hibah/home.html"
    title = lazy("Beranda")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        reminders.run_once_a_day()
        account, year = self.request.user, year_of(self.request)
        tasks = [
            {"count": count, "title": _(desk.title), "url": f"{reverse('grants:applications')}?state={desk.state}"}
            for desk, count in applications.desk_counts(account, year)
            if count and desk.state != applications.APPROVED
        ]
        tasks += _list_tasks(account, year)
        waiting = reports.to_check(account, year).count()
        if waiting:
            url = f"{reverse('grants:reports')}?state=diserahkan"
            tasks.append({"count": waiting, "title": _("Laporan untuk diperiksa"), "url": url})
        return super().get_context_data(
            tasks=tasks,
            sums=applications.state_sums(account, year),
            has_role=bool(current_grants(account)),
            sees=roles.allowed_anywhere(account, applications.VIEW),
            manages_accounts=roles.allowed_anywhere(account, "kit.accounts.manage"),
            may_file=roles.allowed_anywhere(account, "applicant.act"),
            **kwargs,
        )
