"""The stored copy of the grant lines that budgeting publishes, or that TAPD enters where none is connected."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as lazy
from semai_kit.models import Agency, FiscalYear, YearRecord
from semai_kit.money import MoneyField


class GrantFetch(models.Model):
    """When the grant lines of a year were last asked for and last received."""

    fiscal_year = models.OneToOneField(FiscalYear, models.PROTECT, related_name="grant_fetch")
    tried_at = models.DateTimeField(lazy("terakhir dicoba"))
    fetched_at = models.DateTimeField(lazy("terakhir diterima"), null=True)
    reachable = models.BooleanField(lazy("penyedia terjangkau"), default=False)
    problem = models.CharField(lazy("kendala"), max_length=300, blank=True)

    class Meta:
        verbose_name = lazy("pengambilan pagu")
        verbose_name_plural = lazy("pengambilan pagu")

    def __str__(self) -> str:
        return f"pagu hibah {self.fiscal_year_id}"


class GrantLine(YearRecord):
    """A budget line of account 5.1.05 or 5.1.06; what is approved on it never passes the ceiling."""

    agency = models.ForeignKey(Agency, models.PROTECT, related_name="+", verbose_name=lazy("OPD"))
    external_id = models.CharField(lazy("kunci e-budgeting"), max_length=60, blank=True, editable=False)
    account_code = models.CharField(lazy("kode rekening"), max_length=40)
    account_name = models.CharField(lazy("uraian rekening"), max_length=300)
    description = models.CharField(lazy("uraian belanja"), max_length=300)
    ceiling = MoneyField(lazy("pagu"))
    vanished_at = models.DateTimeField(lazy("hilang dari anggaran"), null=True, blank=True, editable=False)

    class Meta:
        verbose_name = lazy("rekening hibah")
        verbose_name_plural = lazy("rekening hibah")
        ordering = ["agency__code", "account_code", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["fiscal_year", "external_id"], condition=~Q(external_id=""), name="grant_line_once"
            ),
            models.CheckConstraint(condition=Q(ceiling__gte=0), name="grant_ceiling_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.account_code} {self.description}"

    @property
    def is_manual(self) -> bool:
        return not self.external_id
