"""RKPD: the approved Renja of every OPD together, reviewed by Inspektorat and enacted by the head of region."""

from django.db import models
from semai_kit.models import FiscalYear, Stateful
from semai_kit.roles import Place


class AnnualPlan(Stateful):
    """One RKPD per fiscal year; `revision` counts its Perubahan (0 = the original)."""

    WORKFLOW = "semai_e_planning:data/annual_plan_states.yml"
    BEFORE_ENACTMENT = ("draf", "reviu", "siap")
    EDITABLE = ("draf", "perubahan")

    fiscal_year = models.OneToOneField(FiscalYear, models.PROTECT, verbose_name="tahun")
    revision = models.PositiveSmallIntegerField("perubahan ke-", default=0, editable=False)
    decree = models.CharField("nomor peraturan kepala daerah", max_length=120, blank=True)
    enacted_on = models.DateField("tanggal penetapan", null=True, blank=True)

    class Meta:
        verbose_name = "RKPD"
        verbose_name_plural = "RKPD"
        ordering = ["-fiscal_year"]

    def __str__(self) -> str:
        return f"{self.name} {self.fiscal_year}"

    @property
    def name(self) -> str:
        return plan_name(self.revision)

    @property
    def loop(self) -> str:
        """Which stages of the calendar rule the plan now (stages.yml)."""
        return "murni" if self.state in self.BEFORE_ENACTMENT else "perubahan"

    def permission_place(self) -> Place:
        return Place()


def plan_name(revision: int) -> str:
    return "RKPD" if revision == 0 else f"Perubahan RKPD ke-{revision}"
