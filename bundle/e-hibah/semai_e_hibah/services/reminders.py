"""What time brings: reminders about reports, drafts nobody sent, old attempts. Safe to run at any time."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone
from semai_kit import audit, workflow
from semai_kit.models import FiscalYear

from .. import reference
from ..models import Application, Attempt, Reminder, Report
from . import guard, telling
from .filing import lock


@dataclass(frozen=True)
class Outcome:
    """What one run did."""

    reminders: tuple[Reminder, ...]
    withdrawn: int
    forgotten: int


def run(today: datetime.date | None = None) -> Outcome:
    """Remind of every report whose day has come, withdraw old drafts, forget old attempts."""
    today = today or timezone.localdate()
    return Outcome(_remind(today), _withdraw_old_drafts(today), guard.sweep(timezone.now()))


def run_once_a_day() -> None:
    """Run when a desk opens its first page of the day: hosts without a timer are reminded too."""
    today = timezone.localdate()
    _, first = Attempt.objects.get_or_create(action="remind", key=guard.digest(f"hari {today}"))
    if first:
        with audit.acting(None, name="pengingat"):
            run(today)


def due_offset(due_on: datetime.date, today: datetime.date) -> int | None:
    """The newest offset (days from the due day) that has come; None before the first."""
    come = [offset for offset in reference.filing().reminders if due_on + datetime.timedelta(days=offset) <= today]
    return max(come) if come else None


def _remind(today: datetime.date) -> tuple[Reminder, ...]:
    waiting = Report.objects.exclude(state__in=("diserahkan", "diterima")).order_by("pk")
    sent = []
    for report in waiting.select_related("disbursement__agreement__application__agency").prefetch_related(
        "reminders"
    ):
        offset = due_offset(report.due_on, today)
        if offset is None or any(reminder.offset >= offset for reminder in report.reminders.all()):
            continue
        with transaction.atomic():
            made, created = Reminder.objects.get_or_create(
                report=report, offset=offset, defaults={"sent_on": today}
            )
            if created:
                telling.due(report)
        if created:
            sent.append(made)
    return tuple(sent)


def _withdraw_old_drafts(today: datetime.date) -> int:
    limit = today - datetime.timedelta(days=reference.filing().draft_days)
    old = Application.objects.filter(
        state="draf", updated_at__date__lt=limit, fiscal_year__status=FiscalYear.Status.OPEN
    )
    count = 0
    for application in old:
        with transaction.atomic():
            locked = lock(application)
            if locked.state != "draf":
                continue
            reason = f"Tidak dikirim dalam {reference.filing().draft_days} hari."
            workflow.transition(locked, "ditarik", None, reason)
            locked.last_reason, locked.state_since = reason, timezone.now()
            locked.save(update_fields=["last_reason", "state_since", "updated_at"])
            count += 1
    return count
