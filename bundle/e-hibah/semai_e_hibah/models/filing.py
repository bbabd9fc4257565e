"""When filing is open, and how often an address tried something."""

from __future__ import annotations

import datetime

from django.db import models
from django.utils.translation import gettext_lazy as lazy
from semai_kit.models import FiscalYear


class FilingWindow(models.Model):
    """The days on which people may file for a fiscal year."""

    fiscal_year = models.OneToOneField(FiscalYear, models.PROTECT, related_name="filing_window")
    opens_on = models.DateField(lazy("dibuka"))
    closes_on = models.DateField(lazy("ditutup"))

    class Meta:
        verbose_name = lazy("masa pengajuan")
        verbose_name_plural = lazy("masa pengajuan")
        ordering = ["-fiscal_year__year"]

    def __str__(self) -> str:
        return f"masa pengajuan {self.fiscal_year_id}"

    def is_open(self, today: datetime.date) -> bool:
        return self.opens_on <= today <= self.closes_on


class Attempt(models.Model):
    """A filing, an upload or a wrong code; the key is a keyed digest, so no address is stored. Kept for a day."""

    action = models.CharField(max_length=20)
    key = models.CharField(max_length=64)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = lazy("percobaan")
        verbose_name_plural = lazy("percobaan")
        indexes = [models.Index(fields=["action", "key", "at"])]

    def __str__(self) -> str:
        return self.action
