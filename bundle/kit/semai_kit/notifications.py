"""Telling people that something waits for them: a list in the app, and a letter where mail is set up.

Rows are written in the caller's transaction, so that nobody hears of what was rolled back; letters are sent
later by the courier (mail.py), so that a dead mail server never touches a request.
"""

from __future__ import annotations

from collections.abc import Iterable

from django.conf import settings
from django.db import transaction
from django.db.models import Count, IntegerField, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone

from semai_kit import roles
from semai_kit.models import Account, Notification, OutgoingMail, Stateful

TITLE_LIMIT = 200


@transaction.atomic
def notify(accounts: Iterable[Account], title: str, url: str, *, body: str = "") -> int:
    """Tell each account once; returns how many were told. Accounts that cannot log in are left out.

    `url` is a path of this app (`/usulan/7/`); raises ValueError for any other address.
    """
    if not url.startswith("/") or url.startswith("//") or "\\" in url:
        raise ValueError(f"a notification leads to a path of this app, not to {url!r}")
    people = {account.pk: account for account in accounts if account.is_usable}
    shortened = title if len(title) <= TITLE_LIMIT else f"{title[: TITLE_LIMIT - 1]}…"
    rows = [Notification(account=account, title=shortened, url=url, body=body) for account in people.values()]
    created = Notification.objects.bulk_create(rows)
    if settings.SEMAI.mail.configured:
        addressed = [row for row in created if row.account.email and row.account.wants_mail]
        OutgoingMail.objects.bulk_create([OutgoingMail(notification=row) for row in addressed])
    return len(created)


def next_actors(record: Stateful, *, but: Account | None = None) -> list[Account]:
    """Who may take the next step of the record, except who took the last one."""
    steps = {step.permission for step in record.steps()}
    place = record.permission_place()
    found = {account.pk: account for permission in steps for account in roles.holders(permission, place)}
    return [found[key] for key in sorted(found) if but is None or key != but.pk]


def of(account: Account) -> QuerySet[Notification]:
    """The account's list, newest first."""
    return Notification.objects.filter(account=account)


def mark_read(account: Account, pk: int | None = None) -> int:
    """Mark one of the account's own (all: None) as read; returns how many were not read before."""
    rows = of(account).filter(read_at__isnull=True)
    return (rows if pk is None else rows.filter(pk=pk)).update(read_at=timezone.now())


def with_unread(accounts: QuerySet[Account]) -> QuerySet[Account]:
    """Accounts that know `unread_count`: the header shows it, and asking here costs no query of its own."""
    unread = Notification.objects.filter(account=OuterRef("pk"), read_at__isnull=True).order_by()
    counted = unread.values("account").annotate(count=Count("pk")).values("count")
    return accounts.annotate(unread_count=Coalesce(Subquery(counted, output_field=IntegerField()), 0))
