"""Moving a record along its workflow: permission, row lock, history, all in one transaction."""

from __future__ import annotations

from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from semai_kit import roles, years
from semai_kit.models import Account, Stateful, TransitionLog
from semai_kit.refusals import Refused
from semai_kit.workflow_file import State, Transition, Workflow, WorkflowInvalid

__all__ = [
    "State",
    "Transition",
    "TransitionRefused",
    "Workflow",
    "WorkflowInvalid",
    "available",
    "history",
    "transition",
]


class TransitionRefused(Refused):
    """The move is not in the workflow, or its reason is missing. The message says what is allowed."""


@transaction.atomic
def move(record: Stateful, to: str, account: Account | None, reason: str = "") -> TransitionLog:
    """Move and return the history row; account None is the system itself (commands, imports of samples)."""
    locked = type(record)._default_manager.select_for_update().get(pk=record.pk)
    step = _find(locked, to)
    if account is not None:
        roles.require_at(account, step.permission, locked.permission_place())
    reason = reason.strip()
    if step.needs_reason and not reason:
        raise TransitionRefused(_("Alasan wajib diisi untuk “{title}”.").format(title=_(step.title)))
    if hasattr(locked, "fiscal_year"):
        years.require_open(locked.fiscal_year, getattr(locked, "YEAR_STAGE", ""))
    before, locked.state = locked.state, to
    locked.save(update_fields=["state", "updated_at"] if hasattr(locked, "updated_at") else ["state"])
    record.state = to
    return TransitionLog.objects.create(
        content_type=_content_type(record),
        object_id=record.pk,
        from_state=before,
        to_state=to,
        reason=reason,
        account=account,
    )


def transition(record: Stateful, to: str, account: Account | None, reason: str = "") -> None:
    """Move `record` to state `to`.

    Raises TransitionRefused (illegal move, missing reason), roles.Denied, years.YearClosed.
    """
    move(record, to, account, reason)


def available(record: Stateful, account: Account) -> list[Transition]:
    """Transitions this account may make now, in file order."""
    place = record.permission_place()
    return [t for t in record.steps() if roles.allowed_at(account, t.permission, place)]


def history(record: Stateful) -> QuerySet[TransitionLog]:
    """Moves of the record, oldest first."""
    logs = TransitionLog.objects.filter(content_type=_content_type(record), object_id=record.pk)
    return logs.select_related("account")


def _find(record: Stateful, to: str) -> Transition:
    workflow = record.workflow()
    step = next((t for t in record.steps() if t.to == to), None)
    if step is None:
        choices = ", ".join(_(workflow.state(t.to).title) for t in record.steps())
        raise TransitionRefused(
            _("Dari “{origin}” tidak bisa menjadi “{wanted}”. Yang bisa: {choices}.").format(
                origin=_(workflow.state(record.state).title),
                wanted=_(workflow.state(to).title),
                choices=choices or _("tidak ada (status akhir)"),
            )
        )
    return step


def _content_type(record: Stateful) -> ContentType:
    return ContentType.objects.get_for_model(record, for_concrete_model=True)
