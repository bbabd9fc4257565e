"""Create the first administrator. An existing one keeps their password."""

from __future__ import annotations

import os
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from semai_kit import accounts, audit


class Command(BaseCommand):
    help = "Create the account `admin` with SEMAI_ADMIN_PASSWORD, to be changed at first login."

    def handle(self, *args: Any, **options: Any) -> None:
        password = os.environ.get("SEMAI_ADMIN_PASSWORD", "")
        if not password:
            raise CommandError("SEMAI_ADMIN_PASSWORD is not set")
        with audit.acting(None):
            created = accounts.ensure_administrator(password)
        self.stdout.write("administrator: created" if created else "administrator: already there")
