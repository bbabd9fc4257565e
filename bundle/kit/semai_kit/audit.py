"""The audit trail: who changed what, when, from where, before and after. Rows are only ever added.

django-auditlog computes the differences; the kit supplies the actor from a context variable (a request, a command
or the system) and SQL triggers refuse any change of written rows.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TypeVar

from auditlog.diff import model_instance_diff
from auditlog.models import LogEntry
from auditlog.registry import auditlog
from django.contrib.contenttypes.models import ContentType
from django.db import models, transaction
from django.db.models.signals import pre_save

from semai_kit.models import (
    Account,
    Agency,
    AgencySuccession,
    ApiToken,
    Attachment,
    District,
    FiscalYear,
    Official,
    RoleGrant,
    Village,
    YearStage,
)

SYSTEM = "sistem"
SECRET_FIELDS = ("password", "digest")
UNTRACKED_FIELDS = ("last_login", "used_at", "used_from")
TIME_FIELDS = ("created_at", "updated_at", "state_since")  # the trail knows the time of every change itself

Record = TypeVar("Record", bound=models.Model)


@dataclass(frozen=True)
class Acting:
    """Who is acting now. `name` is kept in every row, so that it stays readable whatever happens to the account."""

    account: Account | None = None
    address: str | None = None
    name: str = SYSTEM


_acting: ContextVar[Acting | None] = ContextVar("semai_acting", default=None)


def now_acting() -> Acting:
    """Who acts here; outside every request and command: the system."""
    return _acting.get() or Acting()


@contextmanager
def acting(account: Account | None, address: str | None = None, name: str = "") -> Iterator[None]:
    """Write audit rows in this block as `account` (None: the system) from `address`. May be nested."""
    label = name or (account.username if account is not None else SYSTEM)
    token = _acting.set(Acting(account, address or None, label))
    try:
        yield
    finally:
        _acting.reset(token)


def rename(name: str) -> None:
    """Write audit rows of the rest of this block under another name: a program that showed its token."""
    now = now_acting()
    _acting.set(Acting(now.account, now.address, name))


def register(*tracked: type[models.Model], masked: Sequence[str] = ()) -> None:
    """Record every create, save and delete of these models.

    Secret fields, and those of `masked` (personal data), only show that they changed.
    """
    for model in tracked:
        names = {field.name for field in model._meta.get_fields()}
        auditlog.register(
            model,
            exclude_fields=[name for name in (*UNTRACKED_FIELDS, *TIME_FIELDS) if name in names],
            mask_fields=[name for name in (*SECRET_FIELDS, *masked) if name in names],
            mask_callable="semai_kit.audit.mask",
            m2m_fields=[field.name for field in model._meta.many_to_many],
        )


def mask(value: str) -> str:
    """What the trail shows for a secret, whatever its value."""
    return "••••••"


def note(record: models.Model, event: str, detail: str = "") -> None:
    """Record something that is not a change of fields: a login, an export, a download."""
    now = now_acting()
    LogEntry.objects.log_create(
        record,
        force_log=True,
        action=LogEntry.Action.ACCESS,
        additional_data={"actor": now.name, "event": event, "detail": detail},
    )


@transaction.atomic
def bulk_create(records: Sequence[Record]) -> list[Record]:
    """bulk_create of registered records of one model, with an audit row for each."""
    if not records:
        return []
    model = type(records[0])
    created = model._default_manager.bulk_create(records)
    kind = ContentType.objects.get_for_model(model)
    now = now_acting()
    LogEntry.objects.bulk_create([_created_entry(record, kind, now) for record in created])
    return created


def _created_entry(record: models.Model, kind: ContentType, now: Acting) -> LogEntry:
    return LogEntry(
        content_type=kind,
        object_pk=str(record.pk),
        object_id=record.pk if isinstance(record.pk, int) else None,
        object_repr=str(record),
        action=LogEntry.Action.CREATE,
        changes=model_instance_diff(None, record),
        actor=now.account,
        remote_addr=now.address,
        additional_data={"actor": now.name},
    )


def entries(record: models.Model) -> models.QuerySet[LogEntry]:
    """Audit rows of one record, newest first."""
    return LogEntry.objects.get_for_object(record).select_related("actor")


def start() -> None:
    """Connect once, when the apps are loaded."""
    pre_save.connect(_sign, sender=LogEntry, dispatch_uid="semai_kit.audit")
    register(Account, RoleGrant, ApiToken, Agency, AgencySuccession, District, Village, FiscalYear, YearStage)
    register(Attachment, Official)


def _sign(sender: type[LogEntry], instance: LogEntry, **kwargs: object) -> None:
    now = now_acting()
    instance.actor = now.account
    instance.remote_addr = now.address
    instance.additional_data = {"actor": now.name, **(instance.additional_data or {})}


def tracked_models() -> Iterable[type[models.Model]]:
    return auditlog.get_models()
