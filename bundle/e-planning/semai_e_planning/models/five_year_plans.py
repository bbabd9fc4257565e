"""RPJMD: a period, its tree from misi to sub kegiatan, indicators with yearly targets, and ceilings."""

from __future__ import annotations

from decimal import Decimal

from django.core.validators import MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as lazy
from semai_kit.models import Agency, YearRecord
from semai_kit.money import MoneyField


class PlanPeriod(models.Model):
    """One RPJMD. The vision belongs to the period; everything below it is a node."""

    title = models.CharField(lazy("judul"), max_length=200)
    start_year = models.PositiveSmallIntegerField(lazy("tahun awal"))
    end_year = models.PositiveSmallIntegerField(lazy("tahun akhir"))
    decree = models.CharField(
        lazy("dasar hukum"), max_length=200, blank=True, help_text=lazy("Nomor dan tanggal Perda.")
    )
    vision = models.TextField(lazy("visi"))

    class Meta:
        verbose_name = lazy("RPJMD")
        verbose_name_plural = lazy("RPJMD")
        ordering = ["-start_year"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(end_year__gte=models.F("start_year")),
                name="period_ends_after_start",
                violation_error_message=lazy("Tahun akhir tidak boleh mendahului tahun awal."),
            ),
            models.UniqueConstraint(fields=["start_year"], name="one_period_per_start_year"),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def years(self) -> list[int]:
        return list(range(self.start_year, self.end_year + 1))


class PlanNode(models.Model):
    """One misi, tujuan, sasaran, program, kegiatan or sub kegiatan.

    `agency` is set on a program and copied to what lies below it, so that one query finds an OPD's sub kegiatan.
    """

    period = models.ForeignKey(PlanPeriod, models.CASCADE, related_name="nodes", verbose_name=lazy("RPJMD"))
    parent = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="children")
    level = models.CharField(lazy("jenjang"), max_length=20)
    code = models.CharField(lazy("kode"), max_length=40)
    title = models.CharField(lazy("uraian"), max_length=400)
    agency = models.ForeignKey(Agency, models.PROTECT, null=True, blank=True, verbose_name=lazy("OPD"))

    class Meta:
        verbose_name = lazy("butir RPJMD")
        verbose_name_plural = lazy("butir RPJMD")
        ordering = ["code"]
        constraints = [
            models.UniqueConstraint(
                fields=["period", "parent", "code"],
                name="one_code_below_a_parent",
                violation_error_message=lazy("Kode ini sudah dipakai di bawah induk yang sama."),
            ),
            models.UniqueConstraint(
                fields=["period", "code"],
                condition=models.Q(parent=None),
                name="one_code_at_the_top",
                violation_error_message=lazy("Kode ini sudah dipakai."),
            ),
            # The contract names a sub kegiatan by OPD and code.
            models.UniqueConstraint(
                fields=["period", "agency", "code"],
                condition=models.Q(level="sub_kegiatan"),
                name="one_sub_activity_code_per_agency",
                violation_error_message=lazy("OPD ini sudah mempunyai sub kegiatan dengan kode tersebut."),
            ),
        ]
        indexes = [models.Index(fields=["period", "level"])]

    def __str__(self) -> str:
        return f"{self.code} {self.title}"


class NodeIndicator(models.Model):
    """A measure of success of a node."""

    class Direction(models.TextChoices):
        HIGHER = "higher", lazy("makin tinggi makin baik")
        LOWER = "lower", lazy("makin rendah makin baik")

    node = models.ForeignKey(PlanNode, models.CASCADE, related_name="indicators", verbose_name=lazy("butir RPJMD"))
    name = models.CharField(lazy("indikator"), max_length=300)
    unit = models.CharField(lazy("satuan"), max_length=60)
    baseline = models.DecimalField(lazy("kondisi awal"), max_digits=18, decimal_places=2, null=True, blank=True)
    direction = models.CharField(lazy("arah"), max_length=10, choices=Direction.choices, default=Direction.HIGHER)

    class Meta:
        verbose_name = lazy("indikator")
        verbose_name_plural = lazy("indikator")
        ordering = ["pk"]

    def __str__(self) -> str:
        return self.name


class IndicatorTarget(models.Model):
    """What an indicator should reach in one year."""

    indicator = models.ForeignKey(
        NodeIndicator, models.CASCADE, related_name="targets", verbose_name=lazy("indikator")
    )
    year = models.PositiveSmallIntegerField(lazy("tahun"))
    value = models.DecimalField(lazy("target"), max_digits=18, decimal_places=2)

    class Meta:
        verbose_name = lazy("target indikator")
        verbose_name_plural = lazy("target indikator")
        ordering = ["year"]
        constraints = [models.UniqueConstraint(fields=["indicator", "year"], name="one_target_per_year")]

    def __str__(self) -> str:
        return f"{self.indicator} {self.year}: {self.value}"


class NodeCeiling(models.Model):
    """Pagu indikatif of a program in one year of the RPJMD, in rupiah."""

    node = models.ForeignKey(PlanNode, models.CASCADE, related_name="ceilings", verbose_name=lazy("program"))
    year = models.PositiveSmallIntegerField(lazy("tahun"))
    amount = MoneyField(lazy("pagu indikatif"), validators=[MinValueValidator(Decimal(0))])

    class Meta:
        verbose_name = lazy("pagu indikatif program")
        verbose_name_plural = lazy("pagu indikatif program")
        ordering = ["year"]
        constraints = [models.UniqueConstraint(fields=["node", "year"], name="one_node_ceiling_per_year")]

    def __str__(self) -> str:
        return f"{self.node} {self.year}"


class AgencyCeiling(YearRecord):
    """Pagu of one OPD in one fiscal year, in rupiah: the sum of its Renja never exceeds it."""

    agency = models.ForeignKey(Agency, models.PROTECT, verbose_name=lazy("OPD"))
    amount = MoneyField(lazy("pagu OPD"), validators=[MinValueValidator(Decimal(0))])

    class Meta:
        verbose_name = lazy("pagu OPD")
        verbose_name_plural = lazy("pagu OPD")
        ordering = ["agency__code"]
        constraints = [
            models.UniqueConstraint(fields=["fiscal_year", "agency"], name="one_ceiling_per_agency_year")
        ]

    def __str__(self) -> str:
        return f"{self.agency} {self.fiscal_year}"
