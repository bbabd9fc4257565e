"""Reports at the desks: list, page with photos, accept or return."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.urls import reverse, reverse_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from semai_kit import attachments
from semai_kit.models import Account
from semai_kit.views import DetailPage, ListPage, TransitionPage, year_of

from ..filters import ReportFilter
from ..models import Report
from ..selectors import reports
from ..services import reports as writing
from ..tables import ReportTable


class ReportList(ListPage):
    permission = reports.VIEW
    title = lazy("Laporan penggunaan (LPJ)")
    template_name = "semai_e_hibah/list.html"
    table_class = ReportTable
    filterset_class = ReportFilter
    empty_text = lazy("Belum ada laporan pada tahun ini. Laporan ada sejak dana dicairkan.")

    def get_queryset(self) -> QuerySet[Report]:
        return reports.visible(self.request.user, year_of(self.request))


class ReportDetail(DetailPage):
    permission = reports.VIEW
    template_name = "semai_e_hibah/report.html"
    back_url = reverse_lazy("grants:reports")
    back_title = lazy("Daftar laporan")

    def get_queryset(self) -> QuerySet[Report]:
        return reports.visible(self.request.user)

    def get_title(self) -> str:
        return _("Laporan {stage}: {title}").format(
            stage=_(self.object.disbursement.title), title=self.application.title
        )

    @property
    def application(self) -> Any:
        return self.object.disbursement.agreement.application

    def get_facts(self) -> list[tuple[str, Any]]:
        return [(_("Nomor"), self.application.number), (_("Penerima"), self.application.applicant.name)]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        offered = [step for step in context["transitions"] if step.to != "diserahkan"]
        return context | {
            "transitions": offered,
            "transition_url": reverse("grants:move-report", args=[self.object.pk]),
            "application": self.application,
            "files": attachments.of(self.object),
            "reminders": self.object.reminders.all(),
        }


class MoveReport(TransitionPage):
    def get_queryset(self) -> QuerySet[Report]:
        return reports.visible(self.request.user)

    @staticmethod
    def service(record: Report, to: str, account: Account, reason: str) -> None:
        record.state = writing.check(account, record, to, reason).state
