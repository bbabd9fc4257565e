"""Sending the waiting letters: a bounded number at a time, each with a time limit, later again when it fails.

A letter is claimed by moving its due time forward before it is sent; if the process dies in between, it goes out
once more after the claim has run out.
"""

from __future__ import annotations

import logging
import threading
from dataclasses import dataclass
from datetime import timedelta
from smtplib import SMTPException, SMTPRecipientsRefused

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.db import DatabaseError, close_old_connections
from django.utils import timezone

from semai_kit.models import OutgoingMail
from semai_kit.region import read_region

CLAIM = timedelta(minutes=10)
WAITS = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 30, 120, 720))  # after the last, it is given up
AT_ONCE = 20
PAUSE_SECONDS = 15.0

log = logging.getLogger(__name__)


@dataclass
class Round:
    """What one round came to."""

    sent: int = 0
    dropped: int = 0
    failed: int = 0
    failure: str = ""


def send_due(limit: int = AT_ONCE) -> Round:
    """Send at most `limit` letters that are due. Never raises for the mail server; stops at the first dead line."""
    outcome = Round()
    if not settings.SEMAI.mail.configured:
        return outcome
    connection = get_connection()
    try:
        for letter in _claimed(limit):
            if not _wanted(letter):
                _settle(letter, OutgoingMail.State.DROPPED)
                outcome.dropped += 1
            elif not _sent(letter, connection, outcome):
                break
    finally:
        _closed(connection)
    return outcome


def _claimed(limit: int) -> list[OutgoingMail]:
    now = timezone.now()
    due = OutgoingMail.objects.filter(state=OutgoingMail.State.WAITING, due_at__lte=now).order_by("due_at")[:limit]
    mine = []
    for letter in due.select_related("notification__account"):
        same = OutgoingMail.objects.filter(pk=letter.pk, state=letter.state, due_at=letter.due_at)
        if same.update(due_at=now + CLAIM):
            mine.append(letter)
    return mine


def _wanted(letter: OutgoingMail) -> bool:
    """Not any more when it was read in the app, or when the person left or switched letters off."""
    account = letter.notification.account
    unread = letter.notification.read_at is None
    return bool(unread and account.is_usable and account.wants_mail and account.email)


def _sent(letter: OutgoingMail, connection: BaseEmailBackend, outcome: Round) -> bool:
    """Try one; False when the line itself is dead, so that the others need not be tried now."""
    try:
        connection.open()
    except (OSError, SMTPException) as error:
        _postpone(letter, error, outcome)
        return False
    try:
        _message(letter, connection).send()
    except SMTPRecipientsRefused as error:
        _settle(letter, OutgoingMail.State.DROPPED, str(error))
        outcome.dropped += 1
    except (OSError, SMTPException) as error:
        _postpone(letter, error, outcome)
        _closed(connection)
    else:
        _settle(letter, OutgoingMail.State.SENT)
        outcome.sent += 1
    return True


def _message(letter: OutgoingMail, connection: BaseEmailBackend) -> EmailMessage:
    told = letter.notification
    region = read_region(settings.SEMAI.region_file)
    lines = [
        f"Yth. {told.account.full_name},",
        "",
        told.title,
        *(["", told.body] if told.body else []),
        "",
        f"Buka: {settings.SEMAI.origin}{told.url}",
        "",
        f"Surat ini dikirim otomatis oleh aplikasi Pemerintah {region.name} dan tidak perlu dibalas.",
        f"Tidak ingin menerimanya: {settings.SEMAI.origin}/profil/",
    ]
    subject = " ".join(told.title.split())  # a line break in a subject would be a header of its own
    return EmailMessage(subject, "\n".join(lines), to=[told.account.email], connection=connection)


def _settle(letter: OutgoingMail, state: str, failure: str = "") -> None:
    OutgoingMail.objects.filter(pk=letter.pk).update(state=state, failure=failure[:300])


def _postpone(letter: OutgoingMail, error: Exception, outcome: Round) -> None:
    outcome.failed += 1
    outcome.failure = f"{type(error).__name__}: {error}"[:300]
    tries = letter.tries + 1
    row = OutgoingMail.objects.filter(pk=letter.pk)
    if tries > len(WAITS):
        row.update(state=OutgoingMail.State.DROPPED, tries=tries, failure=outcome.failure)
    else:
        row.update(tries=tries, due_at=timezone.now() + WAITS[tries - 1], failure=outcome.failure)


def _closed(connection: BaseEmailBackend) -> None:
    try:
        connection.close()
    except (OSError, SMTPException):
        return  # the line was dead already


class Courier(threading.Thread):
    """Sends what is due, every few seconds, beside the requests. Dies with the process."""

    def __init__(self, pause_seconds: float = PAUSE_SECONDS) -> None:
        super().__init__(name="courier", daemon=True)
        self.pause_seconds = pause_seconds
        self.ended = threading.Event()

    def end(self) -> None:
        self.ended.set()

    def run(self) -> None:
        while not self.ended.wait(self.pause_seconds):
            try:
                outcome = send_due()
            except DatabaseError as error:  # a database that restarts must not end the courier for good
                log.error("letters wait: %s", error)
                continue
            finally:
                close_old_connections()
            if outcome.failure:
                log.error("letters wait: %s", outcome.failure)
