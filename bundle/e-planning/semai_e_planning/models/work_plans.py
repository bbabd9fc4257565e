"""Renja: what one OPD will do in one year, sub kegiatan by sub kegiatan."""

from __future__ import annotations

from decimal import Decimal

from django.core.validators import MinValueValidator
from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from semai_kit.languages import official
from semai_kit.models import Agency, Stateful, YearRecord
from semai_kit.money import MoneyField
from semai_kit.roles import Place

from .five_year_plans import NodeIndicator, PlanNode


class WorkPlan(Stateful, YearRecord):
    """The Renja of one OPD. An approved one is locked until Bappeda unlocks it with a reason."""

    WORKFLOW = "semai_e_planning:data/work_plan_states.yml"
    EDITABLE = ("draf", "perubahan")
    SUBMITTED = ("diajukan", "perubahan_diajukan")

    agency = models.ForeignKey(Agency, models.PROTECT, verbose_name=lazy("OPD"))
    approved_at = models.DateTimeField(lazy("disetujui pada"), null=True, blank=True, editable=False)

    class Meta:
        verbose_name = lazy("Renja")
        verbose_name_plural = lazy("Renja")
        ordering = ["agency__code"]
        constraints = [
            models.UniqueConstraint(fields=["fiscal_year", "agency"], name="one_work_plan_per_agency_year")
        ]

    def __str__(self) -> str:
        with official():  # the audit trail keeps it
            return f"{self.name} {self.agency} {self.fiscal_year}"

    @property
    def name(self) -> str:
        return _("Perubahan Renja") if self.is_amended else _("Renja")

    @property
    def is_amended(self) -> bool:
        return self.state.startswith("perubahan")

    def permission_place(self) -> Place:
        return Place(agency=self.agency)


class WorkPlanItem(models.Model):
    """A sub kegiatan with its output indicator, target, location and pagu in rupiah."""

    work_plan = models.ForeignKey(WorkPlan, models.CASCADE, related_name="items", verbose_name=lazy("Renja"))
    sub_activity = models.ForeignKey(PlanNode, models.PROTECT, verbose_name=lazy("sub kegiatan"))
    indicator = models.CharField(lazy("indikator keluaran"), max_length=300)
    target = models.DecimalField(
        lazy("target"), max_digits=14, decimal_places=2, validators=[MinValueValidator(Decimal("0.01"))]
    )
    unit = models.CharField(lazy("satuan"), max_length=60)
    location = models.CharField(lazy("lokasi"), max_length=300)
    pagu = MoneyField(lazy("pagu"), validators=[MinValueValidator(Decimal(1))])
    note = models.TextField(lazy("catatan"), blank=True)

    class Meta:
        verbose_name = lazy("sub kegiatan Renja")
        verbose_name_plural = lazy("sub kegiatan Renja")
        ordering = ["sub_activity__code"]
        constraints = [
            models.UniqueConstraint(
                fields=["work_plan", "sub_activity"],
                name="sub_activity_once_per_work_plan",
                violation_error_message=lazy("Sub kegiatan ini sudah ada di Renja."),
            )
        ]

    def __str__(self) -> str:
        return str(self.sub_activity)


class WorkPlanTarget(models.Model):
    """What the Renja sets for an indicator of the RPJMD: of a program of the OPD, or of the sasaran it serves."""

    work_plan = models.ForeignKey(WorkPlan, models.CASCADE, related_name="targets", verbose_name=lazy("Renja"))
    indicator = models.ForeignKey(
        NodeIndicator, models.CASCADE, related_name="work_plan_targets", verbose_name=lazy("indikator")
    )
    value = models.DecimalField(lazy("target Renja"), max_digits=18, decimal_places=2)

    class Meta:
        verbose_name = lazy("target Renja")
        verbose_name_plural = lazy("target Renja")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["work_plan", "indicator"], name="one_target_per_work_plan_indicator")
        ]

    def __str__(self) -> str:
        return f"{self.indicator}: {self.value}"
