"""What was determined: every version of the RKPD, and the Perubahan that lead from one to the next.

Versions copy codes and names, so that they stay as they were; the triggers of VERSION_TABLES guard them.
"""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as lazy
from semai_kit.languages import official
from semai_kit.models import Agency, WrittenOnce
from semai_kit.money import MoneyField

from .annual_plans import AnnualPlan, plan_name
from .five_year_plans import NodeIndicator, PlanNode

VERSION_TABLES = (
    "semai_e_planning_annualplanversion",
    "semai_e_planning_versionagency",
    "semai_e_planning_versionitem",
    "semai_e_planning_versiontarget",
    "semai_e_planning_itemchange",
    "semai_e_planning_targetchange",
)


class AnnualPlanVersion(WrittenOnce):
    """The RKPD as the head of region determined it: 0 is the original, n the n-th Perubahan.

    `target_count` is None in a version that was determined before versions kept targets of indicators.
    """

    plan = models.ForeignKey(AnnualPlan, models.PROTECT, related_name="versions", verbose_name=lazy("RKPD"))
    number = models.PositiveSmallIntegerField(lazy("versi"))
    decree = models.CharField(lazy("nomor peraturan kepala daerah"), max_length=120)
    enacted_on = models.DateField(lazy("tanggal penetapan"))
    total = MoneyField(lazy("jumlah pagu"))
    target_count = models.PositiveIntegerField(lazy("jumlah target indikator"), null=True, editable=False)
    made_at = models.DateTimeField(lazy("dibuat"), auto_now_add=True)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")

    class Meta:
        verbose_name = lazy("versi RKPD")
        verbose_name_plural = lazy("versi RKPD")
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["plan", "number"], name="annual_plan_version_once")]

    def __str__(self) -> str:
        with official():  # the audit trail and the contract keep it
            return self.full_name

    @property
    def label(self) -> str:
        return plan_name(self.number)

    @property
    def keeps_targets(self) -> bool:
        return self.target_count is not None

    @property
    def full_name(self) -> str:
        """With its year, in the language of the page."""
        return f"{self.label} {self.plan.fiscal_year}"


class VersionAgency(WrittenOnce):
    """An OPD in a version: what it was called, its pagu and what its Renja added up to."""

    version = models.ForeignKey(AnnualPlanVersion, models.PROTECT, related_name="agencies")
    agency = models.ForeignKey(Agency, models.PROTECT, related_name="+", verbose_name=lazy("OPD"))
    name = models.CharField(lazy("nama"), max_length=200)
    ceiling = MoneyField(lazy("pagu OPD"), null=True, default=None)
    total = MoneyField(lazy("jumlah Renja"))

    class Meta:
        ordering = ["agency__code"]
        constraints = [models.UniqueConstraint(fields=["version", "agency"], name="agency_once_per_version")]

    def __str__(self) -> str:
        return self.name


class VersionItem(WrittenOnce):
    """A sub kegiatan as it stood in a version; `item_id` is the row of the Renja it was copied from."""

    version = models.ForeignKey(AnnualPlanVersion, models.PROTECT, related_name="items")
    item_id = models.PositiveBigIntegerField()
    agency = models.ForeignKey(Agency, models.PROTECT, related_name="+", verbose_name=lazy("OPD"))
    agency_name = models.CharField(lazy("OPD"), max_length=200)
    sub_activity = models.ForeignKey(PlanNode, models.PROTECT, related_name="+", verbose_name=lazy("sub kegiatan"))
    program_code = models.CharField(lazy("kode program"), max_length=40)
    program_name = models.CharField(lazy("program"), max_length=400)
    activity_code = models.CharField(lazy("kode kegiatan"), max_length=40)
    activity_name = models.CharField(lazy("kegiatan"), max_length=400)
    sub_activity_code = models.CharField(lazy("kode sub kegiatan"), max_length=40)
    sub_activity_name = models.CharField(lazy("sub kegiatan"), max_length=400)
    indicator = models.CharField(lazy("indikator keluaran"), max_length=300)
    target = models.DecimalField(lazy("target"), max_digits=14, decimal_places=2)
    unit = models.CharField(lazy("satuan"), max_length=60)
    location = models.CharField(lazy("lokasi"), max_length=300)
    pagu = MoneyField(lazy("pagu"))
    note = models.TextField(lazy("catatan"), blank=True)
    proposals = models.JSONField(lazy("usulan"), default=list)

    class Meta:
        ordering = ["agency__code", "sub_activity_code"]
        constraints = [
            models.UniqueConstraint(fields=["version", "sub_activity"], name="sub_activity_once_per_version")
        ]

    def __str__(self) -> str:
        return f"{self.sub_activity_code} {self.sub_activity_name}"


class VersionTarget(WrittenOnce):
    """What a Renja set for an indicator of the RPJMD, in the words and beside the target the RPJMD had then.

    `indicator_id` is not a foreign key: the RPJMD may give the indicator up, what was determined stays.
    """

    version = models.ForeignKey(AnnualPlanVersion, models.PROTECT, related_name="targets")
    agency = models.ForeignKey(Agency, models.PROTECT, related_name="+", verbose_name=lazy("OPD"))
    agency_name = models.CharField(lazy("OPD"), max_length=200)
    indicator_id = models.PositiveBigIntegerField()
    level = models.CharField(lazy("jenjang"), max_length=20)
    node_code = models.CharField(lazy("kode"), max_length=40)
    node_title = models.CharField(lazy("uraian"), max_length=400)
    name = models.CharField(lazy("indikator"), max_length=300)
    unit = models.CharField(lazy("satuan"), max_length=60)
    direction = models.CharField(lazy("arah"), max_length=10, choices=NodeIndicator.Direction.choices)
    planned = models.DecimalField(lazy("target RPJMD"), max_digits=18, decimal_places=2, null=True)
    value = models.DecimalField(lazy("target Renja"), max_digits=18, decimal_places=2)

    class Meta:
        ordering = ["agency__code", "node_code", "indicator_id"]
        constraints = [
            models.UniqueConstraint(
                fields=["version", "agency", "indicator_id"], name="indicator_once_per_version_agency"
            )
        ]

    def __str__(self) -> str:
        return f"{self.name}: {self.value}"


class Amendment(models.Model):
    """One Perubahan RKPD from its opening until it is determined or dropped."""

    class Outcome(models.TextChoices):
        OPEN = "open", lazy("Disusun")
        ENACTED = "enacted", lazy("Ditetapkan")
        DROPPED = "dropped", lazy("Dibatalkan")

    plan = models.ForeignKey(AnnualPlan, models.PROTECT, related_name="amendments", verbose_name=lazy("RKPD"))
    number = models.PositiveSmallIntegerField(lazy("perubahan ke-"))
    reason = models.TextField(lazy("alasan"))
    base = models.ForeignKey(AnnualPlanVersion, models.PROTECT, related_name="+", verbose_name=lazy("semula"))
    result = models.ForeignKey(
        AnnualPlanVersion, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=lazy("menjadi")
    )
    outcome = models.CharField(lazy("hasil"), max_length=10, choices=Outcome.choices, default=Outcome.OPEN)
    opened_at = models.DateTimeField(lazy("dibuka"), auto_now_add=True)
    opened_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")

    class Meta:
        verbose_name = lazy("Perubahan RKPD")
        verbose_name_plural = lazy("Perubahan RKPD")
        ordering = ["opened_at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["plan"], condition=models.Q(outcome="open"), name="one_open_amendment_per_plan"
            )
        ]

    def __str__(self) -> str:
        with official():  # the audit trail keeps it
            return self.full_name

    @property
    def full_name(self) -> str:
        """With its year, in the language of the page."""
        return f"{plan_name(self.number)} {self.plan.fiscal_year}"


class _Change(WrittenOnce):
    """Why something is otherwise than it was determined; every change leaves one row."""

    agency = models.ForeignKey(Agency, models.PROTECT, related_name="+", verbose_name=lazy("OPD"))
    reason = models.TextField(lazy("alasan"))
    made_at = models.DateTimeField(lazy("dibuat"), auto_now_add=True)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")

    class Meta:
        abstract = True
        ordering = ["pk"]

    def __str__(self) -> str:
        return self.reason[:60]


class ItemChange(_Change):
    """Why a sub kegiatan was added, changed or removed in a Perubahan."""

    amendment = models.ForeignKey(Amendment, models.PROTECT, related_name="changes")
    sub_activity = models.ForeignKey(PlanNode, models.PROTECT, related_name="+", verbose_name=lazy("sub kegiatan"))


class TargetChange(_Change):
    """Why the target of an indicator was set, changed or taken away in a Perubahan."""

    amendment = models.ForeignKey(Amendment, models.PROTECT, related_name="target_changes")
    indicator_id = models.PositiveBigIntegerField()
