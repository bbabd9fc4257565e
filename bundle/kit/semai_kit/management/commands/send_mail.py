"""Send the letters that are due, for hosts where a timer does it instead of the running app."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from semai_kit import mail


class Command(BaseCommand):
    help = "Send the letters that are due; exit 1 when the mail server does not take them."

    def handle(self, *args: Any, **options: Any) -> None:
        outcome = mail.send_due(limit=200)
        self.stdout.write(f"mail: {outcome.sent} sent, {outcome.dropped} dropped, {outcome.failed} failed")
        if outcome.failure:
            raise CommandError(outcome.failure)
