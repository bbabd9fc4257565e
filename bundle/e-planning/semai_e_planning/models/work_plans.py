"""Renja: what one OPD will do in one year, sub kegiatan by sub kegiatan."""

from __future__ import annotations

from decimal import Decimal

from django.core.validators import MinValueValidator
from django.db import models
from semai_kit.models import Agency, Stateful, YearRecord
from semai_kit.money import MoneyField
from semai_kit.roles import Place

from .five_year_plans import PlanNode


class WorkPlan(Stateful, YearRecord):
    """The Renja of one OPD. An approved one is locked until Bappeda unlocks it with a reason."""

    WORKFLOW = "semai_e_planning:data/work_plan_states.yml"
    EDITABLE = ("draf", "perubahan")
    SUBMITTED = ("diajukan", "perubahan_diajukan")

    agency = models.ForeignKey(Agency, models.PROTECT, verbose_name="OPD")
    approved_at = models.DateTimeField("disetujui pada", null=True, blank=True, editable=False)

    class Meta:
        verbose_name = "Renja"
        verbose_name_plural = "Renja"
        ordering = ["agency__code"]
        constraints = [
            models.UniqueConstraint(fields=["fiscal_year", "agency"], name="one_work_plan_per_agency_year")
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.agency} {self.fiscal_year}"

    @property
    def name(self) -> str:
        return "Perubahan Renja" if self.state.startswith("perubahan") else "Renja"

    def permission_place(self) -> Place:
        return Place(agency=self.agency)


class WorkPlanItem(models.Model):
    """A sub kegiatan with its output indicator, target, location and pagu in rupiah."""

    work_plan = models.ForeignKey(WorkPlan, models.CASCADE, related_name="items", verbose_name="Renja")
    sub_activity = models.ForeignKey(PlanNode, models.PROTECT, verbose_name="sub kegiatan")
    indicator = models.CharField("indikator keluaran", max_length=300)
    target = models.DecimalField(
        "target", max_digits=14, decimal_places=2, validators=[MinValueValidator(Decimal("0.01"))]
    )
    unit = models.CharField("satuan", max_length=60)
    location = models.CharField("lokasi", max_length=300)
    pagu = MoneyField("pagu", validators=[MinValueValidator(Decimal(1))])
    note = models.TextField("catatan", blank=True)

    class Meta:
        verbose_name = "sub kegiatan Renja"
        verbose_name_plural = "sub kegiatan Renja"
        ordering = ["sub_activity__code"]
        constraints = [
            models.UniqueConstraint(
                fields=["work_plan", "sub_activity"],
                name="sub_activity_once_per_work_plan",
                violation_error_message="Sub kegiatan ini sudah ada di Renja.",
            )
        ]

    def __str__(self) -> str:
        return str(self.sub_activity)
