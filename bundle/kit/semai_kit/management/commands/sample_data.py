"""Load fictitious content through the app's own services."""

from __future__ import annotations

import os
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.module_loading import import_string

from semai_kit import audit, sample
from semai_kit.apps import app_config
from semai_kit.refusals import Refused


class Command(BaseCommand):
    help = "Load sample accounts and records. Refused when the app holds real ones. Safe to repeat."

    def handle(self, *args: Any, **options: Any) -> None:
        password = os.environ.get("SEMAI_SAMPLE_PASSWORD", "")
        if not password:
            raise CommandError("SEMAI_SAMPLE_PASSWORD is not set")
        loader = app_config().sample_loader
        if not loader:
            raise CommandError(f"{app_config().name} has no sample data")
        try:
            with audit.acting(None):
                sample.refuse_real_accounts()
                self.stdout.write(str(import_string(loader)(password)))
        except Refused as refusal:
            raise CommandError(refusal.message) from refusal
