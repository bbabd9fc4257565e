"""What was determined: every version of the RKPD, and the Perubahan that lead from one to the next.

Versions copy codes and names, so that they stay as they were; the triggers of VERSION_TABLES guard them.
"""

from __future__ import annotations

from django.conf import settings
from django.db import models
from semai_kit.models import Agency, WrittenOnce
from semai_kit.money import MoneyField

from .annual_plans import AnnualPlan, plan_name
from .five_year_plans import PlanNode

VERSION_TABLES = (
    "semai_e_planning_annualplanversion",
    "semai_e_planning_versionagency",
    "semai_e_planning_versionitem",
    "semai_e_planning_itemchange",
)


class AnnualPlanVersion(WrittenOnce):
    """The RKPD as the head of region determined it: 0 is the original, n the n-th Perubahan."""

    plan = models.ForeignKey(AnnualPlan, models.PROTECT, related_name="versions", verbose_name="RKPD")
    number = models.PositiveSmallIntegerField("versi")
    decree = models.CharField("nomor peraturan kepala daerah", max_length=120)
    enacted_on = models.DateField("tanggal penetapan")
    total = MoneyField("jumlah pagu")
    made_at = models.DateTimeField("dibuat", auto_now_add=True)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")

    class Meta:
        verbose_name = "versi RKPD"
        verbose_name_plural = "versi RKPD"
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["plan", "number"], name="annual_plan_version_once")]

    def __str__(self) -> str:
        return f"{self.label} {self.plan.fiscal_year}"

    @property
    def label(self) -> str:
        return plan_name(self.number)


class VersionAgency(WrittenOnce):
    """An OPD in a version: what it was called, its pagu and what its Renja added up to."""

    version = models.ForeignKey(AnnualPlanVersion, models.PROTECT, related_name="agencies")
    agency = models.ForeignKey(Agency, models.PROTECT, related_name="+", verbose_name="OPD")
    name = models.CharField("nama", max_length=200)
    ceiling = MoneyField("pagu OPD", null=True, default=None)
    total = MoneyField("jumlah Renja")

    class Meta:
        ordering = ["agency__code"]
        constraints = [models.UniqueConstraint(fields=["version", "agency"], name="agency_once_per_version")]

    def __str__(self) -> str:
        return self.name


class VersionItem(WrittenOnce):
    """A sub kegiatan as it stood in a version; `item_id` is the row of the Renja it was copied from."""

    version = models.ForeignKey(AnnualPlanVersion, models.PROTECT, related_name="items")
    item_id = models.PositiveBigIntegerField()
    agency = models.ForeignKey(Agency, models.PROTECT, related_name="+", verbose_name="OPD")
    agency_name = models.CharField("OPD", max_length=200)
    sub_activity = models.ForeignKey(PlanNode, models.PROTECT, related_name="+", verbose_name="sub kegiatan")
    program_code = models.CharField("kode program", max_length=40)
    program_name = models.CharField("program", max_length=400)
    activity_code = models.CharField("kode kegiatan", max_length=40)
    activity_name = models.CharField("kegiatan", max_length=400)
    sub_activity_code = models.CharField("kode sub kegiatan", max_length=40)
    sub_activity_name = models.CharField("sub kegiatan", max_length=400)
    indicator = models.CharField("indikator keluaran", max_length=300)
    target = models.DecimalField("target", max_digits=14, decimal_places=2)
    unit = models.CharField("satuan", max_length=60)
    location = models.CharField("lokasi", max_length=300)
    pagu = MoneyField("pagu")
    note = models.TextField("catatan", blank=True)
    proposals = models.JSONField("usulan", default=list)

    class Meta:
        ordering = ["agency__code", "sub_activity_code"]
        constraints = [
            models.UniqueConstraint(fields=["version", "sub_activity"], name="sub_activity_once_per_version")
        ]

    def __str__(self) -> str:
        return f"{self.sub_activity_code} {self.sub_activity_name}"


class Amendment(models.Model):
    """One Perubahan RKPD from its opening until it is determined or dropped."""

    class Outcome(models.TextChoices):
        OPEN = "open", "Disusun"
        ENACTED = "enacted", "Ditetapkan"
        DROPPED = "dropped", "Dibatalkan"

    plan = models.ForeignKey(AnnualPlan, models.PROTECT, related_name="amendments", verbose_name="RKPD")
    number = models.PositiveSmallIntegerField("perubahan ke-")
    reason = models.TextField("alasan")
    base = models.ForeignKey(AnnualPlanVersion, models.PROTECT, related_name="+", verbose_name="semula")
    result = models.ForeignKey(
        AnnualPlanVersion, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="menjadi"
    )
    outcome = models.CharField("hasil", max_length=10, choices=Outcome.choices, default=Outcome.OPEN)
    opened_at = models.DateTimeField("dibuka", auto_now_add=True)
    opened_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")

    class Meta:
        verbose_name = "Perubahan RKPD"
        verbose_name_plural = "Perubahan RKPD"
        ordering = ["opened_at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["plan"], condition=models.Q(outcome="open"), name="one_open_amendment_per_plan"
            )
        ]

    def __str__(self) -> str:
        return f"{plan_name(self.number)} {self.plan.fiscal_year}"


class ItemChange(WrittenOnce):
    """Why a sub kegiatan was added, changed or removed in a Perubahan; every change leaves one row."""

    amendment = models.ForeignKey(Amendment, models.PROTECT, related_name="changes")
    agency = models.ForeignKey(Agency, models.PROTECT, related_name="+", verbose_name="OPD")
    sub_activity = models.ForeignKey(PlanNode, models.PROTECT, related_name="+", verbose_name="sub kegiatan")
    reason = models.TextField("alasan")
    made_at = models.DateTimeField("dibuat", auto_now_add=True)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return self.reason[:60]
