"""'Menunggu tindakan saya': everything that waits for one account, and what is open today."""

from __future__ import annotations

from dataclasses import dataclass

from django.urls import reverse
from django.utils import timezone
from semai_kit import roles
from semai_kit.models import Account, FiscalYear

from ..models import AnnualPlan, Proposal, Stage, WorkPlan
from . import proposals


@dataclass(frozen=True)
class Task:
    """A pile of work with the page where it is done."""

    title: str
    count: int
    url: str


@dataclass(frozen=True)
class StateCount:
    state: str
    title: str
    kind: str
    count: int


def tasks(account: Account, year: FiscalYear) -> list[Task]:
    """Piles that wait for this account, empty ones left out."""
    piles = [*_proposal_tasks(account, year), *_work_plan_tasks(account, year), *_annual_plan_tasks(account, year)]
    return [task for task in piles if task.count]


def state_overview(account: Account, year: FiscalYear) -> list[StateCount]:
    flow = Proposal.workflow()
    counts = proposals.state_counts(account, year)
    return [StateCount(key, flow.state(key).title, flow.state(key).kind, count) for key, count in counts.items()]


def recently_moved(account: Account, year: FiscalYear, limit: int = 6) -> list[Proposal]:
    """Visible usulan whose state changed last, newest first."""
    rows = proposals.visible(account, year).filter(state_since__isnull=False)
    return list(rows.order_by("-state_since")[:limit])


def open_stages(year: FiscalYear) -> list[Stage]:
    """Stages open today, the one that closes first on top."""
    today = timezone.localdate()
    rows = Stage.objects.filter(fiscal_year=year, opens_on__lte=today, closes_on__gte=today)
    return list(rows.order_by("closes_on", "position"))


def next_stage(year: FiscalYear) -> Stage | None:
    today = timezone.localdate()
    return Stage.objects.filter(fiscal_year=year, opens_on__gt=today).order_by("opens_on").first()


def _proposal_tasks(account: Account, year: FiscalYear) -> list[Task]:
    return [
        Task(row.desk.title, row.count, reverse("planning:queue", args=[row.desk.state]))
        for row in proposals.desk_counts(account, year)
    ]


def _work_plan_tasks(account: Account, year: FiscalYear) -> list[Task]:
    url = reverse("planning:work-plans")
    found = []
    for permission, states, title in (
        ("work_plan.submit", WorkPlan.EDITABLE, "Renja yang belum diajukan"),
        ("work_plan.approve", WorkPlan.SUBMITTED, "Renja menunggu persetujuan"),
    ):
        scope = roles.scope_of(account, permission)
        if scope:
            rows = scope.filter(WorkPlan.objects.filter(fiscal_year=year, state__in=states), agency="agency")
            found.append(Task(title, rows.count(), url))
    return found


def _annual_plan_tasks(account: Account, year: FiscalYear) -> list[Task]:
    titles = {
        "draf": ("annual_plan.edit", "RKPD belum dikirim untuk reviu"),
        "reviu": ("annual_plan.review", "RKPD menunggu reviu APIP"),
        "siap": ("annual_plan.enact", "RKPD menunggu penetapan"),
        "perubahan": ("annual_plan.edit", "Perubahan RKPD belum dikirim untuk reviu"),
        "perubahan_reviu": ("annual_plan.review", "Perubahan RKPD menunggu reviu APIP"),
        "perubahan_siap": ("annual_plan.enact", "Perubahan RKPD menunggu penetapan"),
    }
    plan = AnnualPlan.objects.filter(fiscal_year=year).first()
    if plan is None or plan.state not in titles:
        return []
    permission, title = titles[plan.state]
    return [Task(title, 1, reverse("planning:annual-plan"))] if roles.allowed(account, permission) else []
