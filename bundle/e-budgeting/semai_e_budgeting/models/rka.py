"""The RKA of an OPD and its working lines; lines change only while the RKA is with the OPD."""

from decimal import Decimal
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as lazy
from semai_kit.models import Agency, Stateful, YearRecord
from semai_kit.money import MoneyField
from semai_kit.roles import Place

from .columns import VOLUME
from .plan import PlanItem
from .reference import FundingSource, PackCode
from .standards import StandardItem


class Rka(YearRecord, Stateful):
    """The budget work plan of one OPD in one year."""

    WORKFLOW = "semai_e_budgeting:data/rka_states.yml"

    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="rkas", verbose_name=lazy("OPD"))

    class Meta:
        verbose_name = lazy("RKA")
        verbose_name_plural = lazy("RKA")
        ordering: ClassVar = ["agency__code"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["fiscal_year", "agency"], name="one_rka_per_agency")
        ]

    def __str__(self) -> str:
        return f"RKA {self.agency.name} {self.fiscal_year.year}"

    def permission_place(self) -> Place:
        return Place(agency=self.agency)


class LineFields(models.Model):
    """Figures and words a budget line has both as working row and as version row."""

    description = models.CharField(lazy("uraian belanja"), max_length=300)
    specification = models.CharField(lazy("spesifikasi"), max_length=300, blank=True)
    volume_1 = models.DecimalField(lazy("koefisien 1"), **VOLUME)
    unit_1 = models.CharField(lazy("satuan 1"), max_length=30)
    volume_2 = models.DecimalField(lazy("koefisien 2"), null=True, blank=True, **VOLUME)
    unit_2 = models.CharField(lazy("satuan 2"), max_length=30, blank=True)
    volume_3 = models.DecimalField(lazy("koefisien 3"), null=True, blank=True, **VOLUME)
    unit_3 = models.CharField(lazy("satuan 3"), max_length=30, blank=True)
    unit_price = MoneyField(lazy("harga satuan"))
    tax_percent = models.DecimalField(lazy("PPN (%)"), max_digits=5, decimal_places=2, default=Decimal(0))
    net = MoneyField(lazy("sebelum PPN"))
    tax = MoneyField(lazy("PPN"))
    total = MoneyField(lazy("jumlah"))
    location = models.CharField(lazy("lokasi"), max_length=200, blank=True)
    note = models.CharField(lazy("keterangan"), max_length=300, blank=True)
    standard = models.ForeignKey(
        StandardItem,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=lazy("standar harga"),
    )
    standard_code = models.CharField(lazy("kode standar harga"), max_length=90, blank=True)
    standard_decree = models.CharField(lazy("keputusan standar harga"), max_length=200, blank=True)
    standard_unit = models.CharField(lazy("satuan standar harga"), max_length=30, blank=True)
    standard_price = MoneyField(lazy("harga menurut standar"), null=True, blank=True)
    price_reason = models.CharField(lazy("alasan harga di atas standar"), max_length=500, blank=True)

    class Meta:
        abstract = True

    @property
    def coefficients(self) -> list[tuple[Decimal, str]]:
        pairs = [(self.volume_1, self.unit_1), (self.volume_2, self.unit_2), (self.volume_3, self.unit_3)]
        return [(volume, unit) for volume, unit in pairs if volume is not None]

    @property
    def above_standard(self) -> bool:
        return self.standard_price is not None and self.unit_price > self.standard_price


class RkaLine(LineFields):
    """A working budget line: sub kegiatan x account code x item."""

    rka = models.ForeignKey(Rka, on_delete=models.PROTECT, related_name="lines")
    item = models.ForeignKey(
        PlanItem, on_delete=models.PROTECT, related_name="lines", verbose_name=lazy("sub kegiatan")
    )
    account = models.ForeignKey(
        PackCode, on_delete=models.PROTECT, related_name="lines", verbose_name=lazy("kode rekening")
    )
    funding = models.ForeignKey(
        FundingSource, on_delete=models.PROTECT, related_name="lines", verbose_name=lazy("sumber dana")
    )
    carried_from = models.OneToOneField(
        "RkaVersionLine", on_delete=models.PROTECT, null=True, editable=False, related_name="carried"
    )
    created_at = models.DateTimeField(lazy("dibuat"), auto_now_add=True)
    updated_at = models.DateTimeField(lazy("diubah"), auto_now=True)

    class Meta:
        verbose_name = lazy("rincian belanja")
        verbose_name_plural = lazy("rincian belanja")
        ordering: ClassVar = ["item__sub_activity_code", "account__code", "id"]
        constraints: ClassVar = [models.CheckConstraint(condition=Q(total__gte=0), name="line_total_not_negative")]

    def __str__(self) -> str:
        return self.description
