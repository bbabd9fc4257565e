"""Reminders about reports, drafts nobody sent, old attempts; meant for a daily timer."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand
from semai_kit import audit

from semai_e_hibah.services import reminders


class Command(BaseCommand):
    help = "Send due reminders, withdraw drafts that were never sent, forget old attempts. Safe to repeat."

    def handle(self, *args: Any, **options: Any) -> None:
        with audit.acting(None, name="pengingat"):
            outcome = reminders.run()
        self.stdout.write(
            f"{len(outcome.reminders)} pengingat, {outcome.withdrawn} draf ditarik, "
            f"{outcome.forgotten} percobaan lama dihapus"
        )
