"""What steps of a workflow leave behind: their lines in the history and in the audit trail, written in bulk."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from auditlog.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from semai_kit.audit import SYSTEM
from semai_kit.models import Account, Stateful, TransitionLog

BATCH = 2000


@dataclass(frozen=True)
class Step:
    """From one state to another, by whom (None: the app itself) and why."""

    origin: str
    to: str
    account: Account | None
    reason: str = ""


def passed(walked: Iterable[tuple[Stateful, Sequence[Step]]]) -> None:
    """Write the steps of saved records."""
    logs: list[TransitionLog] = []
    entries: list[LogEntry] = []
    for record, steps in walked:
        kind = ContentType.objects.get_for_model(record)
        logs += [_log(record, kind, step) for step in steps]
        entries += [_entry(record, kind, step) for step in steps]
    TransitionLog.objects.bulk_create(logs, batch_size=BATCH)
    LogEntry.objects.bulk_create(entries, batch_size=BATCH)


def _log(record: Stateful, kind: ContentType, step: Step) -> TransitionLog:
    return TransitionLog(
        content_type=kind,
        object_id=record.pk,
        from_state=step.origin,
        to_state=step.to,
        account=step.account,
        reason=step.reason,
    )


def _entry(record: Stateful, kind: ContentType, step: Step) -> LogEntry:
    return LogEntry(
        content_type=kind,
        object_pk=str(record.pk),
        object_id=record.pk,
        object_repr=str(record),
        action=LogEntry.Action.UPDATE,
        changes={"state": [step.origin, step.to]},
        actor=step.account,
        additional_data={"actor": step.account.username if step.account else SYSTEM},
    )
