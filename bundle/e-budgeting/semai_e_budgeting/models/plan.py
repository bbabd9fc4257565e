"""The stored copy of the work plan that planning publishes, and differences nobody accepted yet."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as lazy
from semai_kit.models import Agency, FiscalYear, YearRecord
from semai_kit.money import MoneyField


class PlanFetch(models.Model):
    """When the work plan of a year was last asked for and last received."""

    fiscal_year = models.OneToOneField(FiscalYear, on_delete=models.PROTECT, related_name="plan_fetch")
    tried_at = models.DateTimeField(lazy("terakhir dicoba"))
    fetched_at = models.DateTimeField(lazy("terakhir diterima"), null=True)
    reachable = models.BooleanField(lazy("penyedia terjangkau"), default=False)
    problem = models.CharField(lazy("kendala"), max_length=300, blank=True)

    def __str__(self) -> str:
        return f"rencana kerja {self.fiscal_year_id}"


class PlanItem(YearRecord):
    """Stored copy of one sub kegiatan; `pagu` is the accepted figure, differences wait beside it."""

    agency = models.ForeignKey(
        Agency, on_delete=models.PROTECT, related_name="plan_items", verbose_name=lazy("OPD")
    )
    external_id = models.CharField(max_length=60)
    program_code = models.CharField(lazy("kode program"), max_length=60)
    program_name = models.CharField(lazy("program"), max_length=400)
    activity_code = models.CharField(lazy("kode kegiatan"), max_length=60)
    activity_name = models.CharField(lazy("kegiatan"), max_length=400)
    sub_activity_code = models.CharField(lazy("kode sub kegiatan"), max_length=60)
    sub_activity_name = models.CharField(lazy("sub kegiatan"), max_length=400)
    indicator = models.TextField(lazy("indikator"), blank=True)
    target = models.CharField(lazy("target"), max_length=100, blank=True)
    unit = models.CharField(lazy("satuan"), max_length=60, blank=True)
    pagu = MoneyField(lazy("pagu"))
    proposals = models.JSONField(lazy("usulan"), default=list, blank=True)
    vanished_at = models.DateTimeField(lazy("hilang dari rencana kerja"), null=True, blank=True)

    class Meta:
        verbose_name = lazy("sub kegiatan")
        verbose_name_plural = lazy("sub kegiatan")
        ordering: ClassVar = ["sub_activity_code"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["fiscal_year", "agency", "sub_activity_code"], name="sub_activity_once_per_agency_year"
            ),
            models.CheckConstraint(condition=Q(pagu__gte=0), name="pagu_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.sub_activity_code} {self.sub_activity_name}"


class PlanDifference(models.Model):
    """A change seen in the work plan that nobody has accepted yet; one per sub kegiatan and field."""

    item = models.ForeignKey(PlanItem, on_delete=models.PROTECT, related_name="differences")
    field = models.CharField(lazy("yang berubah"), max_length=40)
    old_value = models.TextField(lazy("tersimpan"))
    new_value = models.TextField(lazy("di e-planning"))
    seen_at = models.DateTimeField(lazy("terlihat sejak"))

    class Meta:
        verbose_name = lazy("perubahan rencana kerja")
        verbose_name_plural = lazy("perubahan rencana kerja")
        constraints: ClassVar = [models.UniqueConstraint(fields=["item", "field"], name="one_difference_per_field")]

    def __str__(self) -> str:
        return f"{self.item_id} {self.field}"
