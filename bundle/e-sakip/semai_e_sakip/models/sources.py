"""Copies of what other apps publish, and when each was last asked."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from semai_kit.models import Agency, FiscalYear, YearRecord
from semai_kit.money import MoneyField


class SourceFetch(models.Model):
    """When a contract was last asked for a year and last answered."""

    fiscal_year = models.ForeignKey(FiscalYear, models.PROTECT, related_name="+")
    contract = models.CharField(max_length=120)
    tried_at = models.DateTimeField("terakhir dicoba")
    fetched_at = models.DateTimeField("terakhir diterima", null=True)
    reachable = models.BooleanField("penyedia terjangkau", default=False)
    problem = models.CharField("kendala", max_length=300, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["fiscal_year", "contract"], name="one_fetch_per_contract")]

    def __str__(self) -> str:
        return f"{self.contract} {self.fiscal_year}"


class BudgetItem(YearRecord):
    """The budget of one sub kegiatan of one OPD as e-budgeting last published it."""

    agency = models.ForeignKey(Agency, models.PROTECT, related_name="+", verbose_name="OPD")
    program_code = models.CharField("kode program", max_length=60)
    program_name = models.CharField("program", max_length=400)
    sub_activity_code = models.CharField("kode sub kegiatan", max_length=60)
    sub_activity_name = models.CharField("sub kegiatan", max_length=400)
    total = MoneyField("anggaran")

    class Meta:
        verbose_name = "anggaran sub kegiatan"
        verbose_name_plural = "anggaran sub kegiatan"
        ordering = ["sub_activity_code"]
        constraints = [
            models.UniqueConstraint(
                fields=["fiscal_year", "agency", "sub_activity_code"], name="budget_once_per_sub_activity"
            ),
            models.CheckConstraint(condition=Q(total__gte=0), name="budget_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.sub_activity_code} {self.sub_activity_name}"
