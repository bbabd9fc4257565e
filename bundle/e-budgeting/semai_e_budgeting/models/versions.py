"""Versions of an RKA (written once, guarded by the triggers of VERSION_TABLES) and the remarks on them."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as lazy
from semai_kit.models import WrittenOnce
from semai_kit.money import MoneyField

from .plan import PlanItem
from .rka import LineFields, Rka

VERSION_TABLES = (
    "semai_e_budgeting_rkaversion",
    "semai_e_budgeting_rkaversionitem",
    "semai_e_budgeting_rkaversionline",
    "semai_e_budgeting_dpaversion",
    "semai_e_budgeting_paguchange",
    "semai_e_budgeting_codedecision",
)


class RkaVersion(WrittenOnce):
    """Version n of an RKA, made by sending it."""

    rka = models.ForeignKey(Rka, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveSmallIntegerField(lazy("nomor versi"))
    total = MoneyField(lazy("jumlah"))
    made_at = models.DateTimeField(lazy("dibuat"), auto_now_add=True)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name = lazy("versi RKA")
        verbose_name_plural = lazy("versi RKA")
        ordering: ClassVar = ["number"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["rka", "number"], name="version_number_once")]

    def __str__(self) -> str:
        return f"{self.label} {self.rka}"

    @property
    def label(self) -> str:
        return f"Versi {self.number}"


class RkaVersionItem(WrittenOnce):
    """A sub kegiatan as it stood in a version, with the pagu of that moment."""

    version = models.ForeignKey(RkaVersion, on_delete=models.PROTECT, related_name="items")
    sub_activity_code = models.CharField(max_length=60)
    sub_activity_name = models.CharField(max_length=400)
    program_name = models.CharField(max_length=400)
    activity_name = models.CharField(max_length=400)
    pagu = MoneyField()
    total = MoneyField()

    class Meta:
        ordering: ClassVar = ["sub_activity_code"]

    def __str__(self) -> str:
        return f"{self.sub_activity_code} {self.sub_activity_name}"


class RkaVersionLine(LineFields, WrittenOnce):
    """A budget line as it stood in a version; codes and names are copied, not referred to."""

    version = models.ForeignKey(RkaVersion, on_delete=models.PROTECT, related_name="lines")
    line_id = models.PositiveBigIntegerField()
    sub_activity_code = models.CharField(max_length=60)
    sub_activity_name = models.CharField(max_length=400)
    account_code = models.CharField(max_length=40)
    account_name = models.CharField(max_length=300)
    funding_code = models.CharField(max_length=20)
    funding_name = models.CharField(max_length=200)

    class Meta:
        ordering: ClassVar = ["sub_activity_code", "account_code", "line_id"]
        indexes: ClassVar = [models.Index(fields=["version", "line_id"])]

    def __str__(self) -> str:
        return self.description


class Remark(models.Model):
    """A comment of asistensi or TAPD on an RKA, on one sub kegiatan or one line."""

    rka = models.ForeignKey(Rka, on_delete=models.PROTECT, related_name="remarks")
    version = models.ForeignKey(RkaVersion, on_delete=models.PROTECT, null=True, related_name="remarks")
    item = models.ForeignKey(PlanItem, on_delete=models.PROTECT, null=True, blank=True, related_name="remarks")
    line_id = models.PositiveBigIntegerField(null=True, blank=True)
    line_text = models.CharField(max_length=300, blank=True)
    text = models.TextField(lazy("catatan"), max_length=2000)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    written_at = models.DateTimeField(lazy("ditulis"), auto_now_add=True)
    answer = models.TextField(lazy("tanggapan OPD"), max_length=2000, blank=True)
    answered_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    answered_at = models.DateTimeField(lazy("ditanggapi"), null=True)

    class Meta:
        verbose_name = lazy("catatan asistensi")
        verbose_name_plural = lazy("catatan asistensi")
        ordering: ClassVar = ["written_at", "id"]

    def __str__(self) -> str:
        return self.text[:60]
