"""After the lock: decrees, the DPA of an OPD version by version, rounds that open it again, and the cash plan."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as lazy
from semai_kit.languages import official
from semai_kit.models import WrittenOnce, YearRecord
from semai_kit.money import MoneyField

from .rka import Rka
from .versions import RkaVersion, RkaVersionItem


class Decree(YearRecord):
    """The Perda or Perkada that agrees a budget: the APBD, a pergeseran, or the Perubahan."""

    class Kind(models.TextChoices):
        BUDGET = "apbd", lazy("APBD")
        SHIFT = "pergeseran", lazy("Pergeseran")
        CHANGE = "perubahan", lazy("Perubahan APBD")

    kind = models.CharField(lazy("jenis"), max_length=20, choices=Kind.choices)
    number = models.CharField(lazy("nomor Perda/Perkada"), max_length=100)
    decided_on = models.DateField(lazy("tanggal penetapan"))
    note = models.CharField(lazy("keterangan"), max_length=200, blank=True)

    class Meta:
        verbose_name = lazy("penetapan")
        verbose_name_plural = lazy("penetapan")
        ordering: ClassVar = ["decided_on", "id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["fiscal_year", "kind", "number"], name="decree_number_once"),
            models.UniqueConstraint(
                fields=["fiscal_year"], condition=Q(kind="apbd"), name="one_budget_decree_per_year"
            ),
        ]

    def __str__(self) -> str:
        with official():  # the audit trail keeps it
            return f"{self.get_kind_display()} {self.fiscal_year.year}, {self.number}"


class DpaVersion(WrittenOnce):
    """Version n of the DPA of an OPD; its lines are those of the RKA version that was locked."""

    rka = models.ForeignKey(Rka, on_delete=models.PROTECT, related_name="dpas")
    number = models.PositiveSmallIntegerField(lazy("versi"))
    label = models.CharField(lazy("nama"), max_length=60)
    document_number = models.CharField(lazy("nomor DPA"), max_length=120)
    decree = models.ForeignKey(
        Decree, on_delete=models.PROTECT, related_name="dpas", verbose_name=lazy("penetapan")
    )
    rka_version = models.OneToOneField(RkaVersion, on_delete=models.PROTECT, related_name="dpa")
    total = MoneyField(lazy("jumlah"))
    made_at = models.DateTimeField(lazy("diterbitkan"), auto_now_add=True)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name = lazy("DPA")
        verbose_name_plural = lazy("DPA")
        ordering: ClassVar = ["number"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["rka", "number"], name="dpa_number_once")]

    def __str__(self) -> str:
        return f"{self.label} {self.rka.agency.name}"


class Round(YearRecord):
    """One pergeseran or Perubahan of one OPD: what it started from, and what it became."""

    class Outcome(models.TextChoices):
        OPEN = "open", lazy("Disusun")
        AGREED = "agreed", lazy("Ditetapkan")
        DROPPED = "dropped", lazy("Dibatalkan")

    rka = models.ForeignKey(Rka, on_delete=models.PROTECT, related_name="rounds")
    number = models.PositiveSmallIntegerField(lazy("ke"))
    kind = models.CharField(lazy("jenis"), max_length=40)
    reason = models.TextField(lazy("alasan"), max_length=2000)
    base = models.ForeignKey(DpaVersion, on_delete=models.PROTECT, related_name="rounds")
    result = models.OneToOneField(DpaVersion, on_delete=models.PROTECT, null=True, related_name="round")
    outcome = models.CharField(lazy("hasil"), max_length=20, choices=Outcome.choices, default=Outcome.OPEN)

    class Meta:
        verbose_name = lazy("pergeseran")
        verbose_name_plural = lazy("pergeseran")
        ordering: ClassVar = ["number"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["rka", "number"], name="round_number_once"),
            models.UniqueConstraint(fields=["rka"], condition=Q(outcome="open"), name="one_open_round"),
        ]

    def __str__(self) -> str:
        return f"pergeseran ke-{self.number} {self.rka}"


class CashMonth(models.Model):
    """What a sub kegiatan of a DPA may draw in one month; its twelve months sum to its budget."""

    dpa = models.ForeignKey(DpaVersion, on_delete=models.PROTECT, related_name="cash_months")
    item = models.ForeignKey(RkaVersionItem, on_delete=models.PROTECT, related_name="cash_months")
    month = models.PositiveSmallIntegerField(lazy("bulan"))
    amount = MoneyField(lazy("jumlah"))

    class Meta:
        verbose_name = lazy("anggaran kas")
        verbose_name_plural = lazy("anggaran kas")
        ordering: ClassVar = ["item", "month"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["item", "month"], name="one_amount_per_month"),
            models.CheckConstraint(condition=Q(amount__gte=0), name="cash_not_negative"),
            models.CheckConstraint(condition=Q(month__gte=1, month__lte=12), name="month_of_the_year"),
        ]

    def __str__(self) -> str:
        return f"{self.item_id} {self.month}"
