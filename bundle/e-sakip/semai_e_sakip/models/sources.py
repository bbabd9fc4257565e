"""Copies of what other apps publish, and when each was last asked."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as lazy
from semai_kit.models import Agency, FiscalYear, YearRecord
from semai_kit.money import MoneyField


class SourceFetch(models.Model):
    """When a contract was last asked for a year and last answered."""

    fiscal_year = models.ForeignKey(FiscalYear, models.PROTECT, related_name="+")
    contract = models.CharField(max_length=120)
    tried_at = models.DateTimeField(lazy("terakhir dicoba"))
    fetched_at = models.DateTimeField(lazy("terakhir diterima"), null=True)
    reachable = models.BooleanField(lazy("penyedia terjangkau"), default=False)
    problem = models.CharField(lazy("kendala"), max_length=300, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["fiscal_year", "contract"], name="one_fetch_per_contract")]

    def __str__(self) -> str:
        return f"{self.contract} {self.fiscal_year}"


class BudgetItem(YearRecord):
    """The budget of one sub kegiatan of one OPD as e-budgeting last published it."""

    agency = models.ForeignKey(Agency, models.PROTECT, related_name="+", verbose_name=lazy("OPD"))
    program_code = models.CharField(lazy("kode program"), max_length=60)
    program_name = models.CharField(lazy("program"), max_length=400)
    sub_activity_code = models.CharField(lazy("kode sub kegiatan"), max_length=60)
    sub_activity_name = models.CharField(lazy("sub kegiatan"), max_length=400)
    total = MoneyField(lazy("anggaran"))

    class Meta:
        verbose_name = lazy("anggaran sub kegiatan")
        verbose_name_plural = lazy("anggaran sub kegiatan")
        ordering = ["sub_activity_code"]
        constraints = [
            models.UniqueConstraint(
                fields=["fiscal_year", "agency", "sub_activity_code"], name="budget_once_per_sub_activity"
            ),
            models.CheckConstraint(condition=Q(total__gte=0), name="budget_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.sub_activity_code} {self.sub_activity_name}"
