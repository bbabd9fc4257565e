"""`migrate` of the console script: schema, append-only triggers, region, roles check, reference data."""

from __future__ import annotations

from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.db import connection
from django.utils.module_loading import import_string

from semai_kit import append_only, audit, roles
from semai_kit.apps import app_config
from semai_kit.region_sync import sync_region


class Command(BaseCommand):
    help = "Bring the database to this release. Safe to repeat."

    def handle(self, *args: Any, **options: Any) -> None:
        call_command("migrate", interactive=False, verbosity=options["verbosity"])
        # A later schema change of a library may rebuild its table, which drops SQLite triggers.
        append_only.install(connection)
        roles.catalog()
        call_command("clearsessions")
        with audit.acting(None):
            summary = sync_region()
            self.stdout.write(str(summary))
            loader = app_config().reference_loader
            if loader:
                self.stdout.write(str(import_string(loader)() or "reference data: current"))
