"""Bring agencies, districts, villages and the working year in line with the region file."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from semai_kit import audit
from semai_kit.region_sync import sync_region


class Command(BaseCommand):
    help = "Load the region file. Rows that left it are closed, never deleted. Safe to repeat."

    def handle(self, *args: Any, **options: Any) -> None:
        with audit.acting(None):
            self.stdout.write(str(sync_region()))
