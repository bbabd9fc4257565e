"""KUA-PPAS: what may be budgeted per OPD, program, kegiatan and sub kegiatan; and how pagu changed over time."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as lazy
from semai_kit.languages import official
from semai_kit.models import Agency, WrittenOnce, YearRecord
from semai_kit.money import MoneyField

from .plan import PlanItem


class CeilingDocument(YearRecord):
    """One KUA-PPAS (or its Perubahan). It is a draft until agreed; of each stage the newest agreed one holds."""

    class Stage(models.TextChoices):
        INITIAL = "murni", lazy("KUA-PPAS")
        CHANGE = "perubahan", lazy("Perubahan KUA-PPAS")

    stage = models.CharField(lazy("jenis"), max_length=20, choices=Stage.choices, default=Stage.INITIAL)
    number = models.PositiveSmallIntegerField(lazy("urutan"))
    note = models.CharField(lazy("keterangan"), max_length=200, blank=True)
    agreement = models.CharField(lazy("nomor nota kesepakatan"), max_length=100, blank=True)
    agreed_on = models.DateField(lazy("tanggal kesepakatan"), null=True, blank=True)

    class Meta:
        verbose_name = lazy("KUA-PPAS")
        verbose_name_plural = lazy("KUA-PPAS")
        ordering: ClassVar = ["-number"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["fiscal_year", "number"], name="ceiling_document_number_once")
        ]

    def __str__(self) -> str:
        with official():  # the audit trail keeps it
            return f"{self.get_stage_display()} {self.fiscal_year.year} nomor {self.number}"

    @property
    def is_agreed(self) -> bool:
        return self.agreed_on is not None


class Ceiling(models.Model):
    """The most that lines under one code of one OPD may sum to; an empty code is the OPD as a whole."""

    class Level(models.TextChoices):
        AGENCY = "agency", lazy("OPD")
        PROGRAM = "program", lazy("Program")
        ACTIVITY = "activity", lazy("Kegiatan")
        SUB_ACTIVITY = "sub_activity", lazy("Sub kegiatan")

    document = models.ForeignKey(CeilingDocument, on_delete=models.PROTECT, related_name="ceilings")
    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="ceilings", verbose_name=lazy("OPD"))
    level = models.CharField(lazy("tingkat"), max_length=20, choices=Level.choices)
    code = models.CharField(lazy("kode"), max_length=60, blank=True)
    name = models.CharField(lazy("uraian"), max_length=400)
    amount = MoneyField(lazy("plafon"))

    class Meta:
        verbose_name = lazy("plafon")
        verbose_name_plural = lazy("plafon")
        ordering: ClassVar = ["agency__code", "code"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["document", "agency", "code"], name="one_ceiling_per_code"),
            models.CheckConstraint(condition=Q(amount__gte=0), name="ceiling_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.name}".strip()


class PaguChange(WrittenOnce):
    """A pagu of e-planning that an OPD accepted: what it was and what it became."""

    item = models.ForeignKey(PlanItem, on_delete=models.PROTECT, related_name="pagu_changes")
    old = MoneyField(lazy("semula"))
    new = MoneyField(lazy("menjadi"))
    accepted_at = models.DateTimeField(lazy("diterima"), auto_now_add=True)
    accepted_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name = lazy("perubahan pagu")
        verbose_name_plural = lazy("perubahan pagu")
        ordering: ClassVar = ["-accepted_at", "-id"]

    def __str__(self) -> str:
        return f"{self.item_id} {self.old} {self.new}"
