"""Which applications an account sees, which wait for it, and what it may do with one."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Count, QuerySet, Sum
from semai_kit import roles, workflow
from semai_kit.models import Account, FiscalYear
from semai_kit.workflow import Transition

from ..models import Application, AwardList
from ..services.filing import ACT
from ..services.review import ELSEWHERE
from ..services.telling import LIST_DESKS

VIEW = "application.view"
DRAFT, APPROVED = "draf", "disetujui"


@dataclass(frozen=True)
class Desk:
    """A pile of applications in one state that waits for the holders of one permission."""

    state: str
    permission: str

    @property
    def title(self) -> str:
        return Application.workflow().state(self.state).title


DESKS = (
    Desk("diajukan", "application.check"),
    Desk("kepala_daerah", "application.dispose"),
    Desk("klasifikasi", "application.classify"),
    Desk("rekomendasi", "application.recommend"),
    Desk("verifikasi", "application.verify"),
    Desk("tapd", "application.decide"),
    Desk("disetujui", "award.edit"),
    Desk("ditetapkan", "agreement.edit"),
    Desk("nphd", "disbursement.pay"),
)

# Steps that need a form of their own: address name by (state, next state).
FORMS = {
    ("klasifikasi", "rekomendasi"): "grants:classify",
    ("rekomendasi", "verifikasi"): "grants:recommend",
    ("tapd", "disetujui"): "grants:decide",
    ("ditetapkan", "nphd"): "grants:record-agreement",
    ("nphd", "dicairkan"): "grants:pay",
    ("dicairkan", "selesai"): "grants:close",
}


def visible(account: Account, year: FiscalYear | None = None) -> QuerySet[Application]:
    """Applications the account may read. Drafts show only to those who may act for applicants."""
    rows = roles.scope_of(account, VIEW).filter(_rows(year), agency="agency")
    return rows if roles.allowed_anywhere(account, ACT) else rows.exclude(state=DRAFT)


def readable(account: Account, key: int) -> Application | None:
    return visible(account).filter(pk=key).first()


def at_desk(account: Account, year: FiscalYear, desk: Desk) -> QuerySet[Application]:
    scope = roles.scope_of(account, desk.permission)
    return scope.filter(_rows(year).filter(state=desk.state), agency="agency")


def desk_counts(account: Account, year: FiscalYear) -> list[tuple[Desk, int]]:
    """Every desk the account serves with the number of applications on it."""
    served = [desk for desk in DESKS if roles.allowed_anywhere(account, desk.permission)]
    return [(desk, at_desk(account, year, desk).order_by().count()) for desk in served]


def lists(year: FiscalYear) -> QuerySet[AwardList]:
    """Lists of recipients of a year, with how many stand in each and what was approved for them."""
    rows = AwardList.objects.filter(fiscal_year=year)
    return rows.annotate(recipients=Count("applications"), approved=Sum("applications__approved"))


def unlisted(year: FiscalYear) -> QuerySet[Application]:
    """Approved applications that are in no list of recipients yet."""
    return _rows(year).filter(state=APPROVED, award_list=None)


def list_counts(account: Account, year: FiscalYear) -> list[tuple[str, int]]:
    """States of lists that wait for the account, with the number of lists in each."""
    found = AwardList.objects.filter(fiscal_year=year)
    served = [state for state, permission in LIST_DESKS.items() if roles.allowed_anywhere(account, permission)]
    return [(state, found.filter(state=state).count()) for state in served]


def state_sums(account: Account, year: FiscalYear) -> list[dict[str, object]]:
    """Per state: count and sum asked of what the account sees, in the order of the workflow."""
    rows = visible(account, year).order_by().values("state").annotate(count=Count("pk"), asked=Sum("asked"))
    found = {row["state"]: row for row in rows}
    return [
        {"state": state, "count": found[state.id]["count"], "asked": found[state.id]["asked"]}
        for state in Application.workflow().states.values()
        if state.id in found
    ]


def moves(account: Account, application: Application) -> tuple[list[Transition], list[tuple[Transition, str]]]:
    """Plain steps to offer as buttons, and those with a form (step, address name)."""
    available = workflow.available(application, account)
    plain = [step for step in available if (step.origin, step.to) not in ELSEWHERE]
    formed = [(s, FORMS[s.origin, s.to]) for s in available if (s.origin, s.to) in FORMS]
    return plain, formed


def _rows(year: FiscalYear | None) -> QuerySet[Application]:
    rows = Application.objects.select_related(
        "fiscal_year", "agency", "village__district", "applicant", "grant_line", "award_list"
    )
    return rows if year is None else rows.filter(fiscal_year=year)
