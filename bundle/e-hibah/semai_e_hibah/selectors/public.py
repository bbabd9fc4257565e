"""What everyone may read: status by number, recipients, who owes a report. No identifier of a person leaves."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import OuterRef, Q, QuerySet, Subquery, Sum
from django.utils.translation import gettext as _
from semai_kit import workflow
from semai_kit.models import FiscalYear
from semai_kit.money import total

from ..models import Application, Disbursement, Report
from ..services.eligibility import AWARDED

FROM_APPLICANT = ("draf", "kurang")


@dataclass(frozen=True)
class PublicStep:
    """A move as the public sees it: who moved is an office, not a person."""

    title: str
    kind: str
    by: str
    reason: str
    at: datetime.datetime


def by_number(number: str) -> Application | None:
    """The application of a registration number; one that was never sent is not public."""
    rows = Application.objects.select_related("fiscal_year", "agency", "village__district", "applicant")
    return rows.filter(number=number.strip().upper()).exclude(state="draf").exclude(filed_on=None).first()


def steps(application: Application) -> list[PublicStep]:
    states = application.workflow()
    return [
        PublicStep(
            title=states.state(log.to_state).title,
            kind=states.state(log.to_state).kind,
            by=_("pemohon") if log.from_state in FROM_APPLICANT else _("pemerintah daerah"),
            reason=log.reason,
            at=log.at,
        )
        for log in workflow.history(application)
    ]


def recipients(year: FiscalYear | None, text: str = "") -> QuerySet[Application]:
    """Awarded applications, largest first; `text` looks in titles, villages and names of organisations."""
    rows = _awarded(year).select_related("fiscal_year", "agency", "village__district", "applicant")
    if text:
        organisation = Q(applicant__name__icontains=text) & ~Q(applicant__form_id="perorangan")
        rows = rows.filter(Q(title__icontains=text) | Q(village__name__icontains=text) | organisation)
    paid = Disbursement.objects.filter(agreement__application=OuterRef("pk")).order_by().values("agreement")
    return rows.annotate(paid=Subquery(paid.values(total=Sum("amount")))).order_by("-approved", "pk")


def owing(today: datetime.date) -> QuerySet[Report]:
    """Reports that are past their day and not handed in (or returned), longest first."""
    rows = Report.objects.filter(due_on__lt=today, state__in=("ditunggu", "dikembalikan"))
    application = "disbursement__agreement__application"
    return rows.select_related(
        f"{application}__applicant", f"{application}__village__district", f"{application}__agency"
    ).order_by("due_on", "pk")


def sums(year: FiscalYear | None) -> tuple[int, Decimal]:
    """Number of recipients and what was approved for them in a year."""
    rows = _awarded(year)
    return rows.count(), total(rows, "approved")


def _awarded(year: FiscalYear | None) -> QuerySet[Application]:
    rows = Application.objects.filter(state__in=AWARDED)
    return rows if year is None else rows.filter(fiscal_year=year)
