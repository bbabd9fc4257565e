"""Action plan, quarterly measurement and what was spent."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as lazy
from semai_kit.models import Account, Agency, Stateful, YearRecord
from semai_kit.money import MoneyField
from semai_kit.roles import Place, allowed_at

from .. import reference
from .tree import FIGURE, Indicator

IN_YEAR = Q(quarter__range=(1, 4))


class ActionStep(YearRecord):
    """Rencana aksi: what is done in a quarter to reach an indicator's target."""

    indicator = models.ForeignKey(Indicator, models.PROTECT, related_name="steps", verbose_name=lazy("indikator"))
    quarter = models.PositiveSmallIntegerField(lazy("triwulan"))
    activity = models.CharField(lazy("langkah aksi"), max_length=300)
    output = models.CharField(lazy("keluaran"), max_length=200, blank=True)
    responsible = models.CharField(lazy("pelaksana"), max_length=160, blank=True)

    class Meta:
        verbose_name = lazy("langkah aksi")
        verbose_name_plural = lazy("langkah aksi")
        ordering = ["quarter", "pk"]
        constraints = [models.CheckConstraint(condition=IN_YEAR, name="action_step_of_four")]

    def __str__(self) -> str:
        return self.activity

    @property
    def quarter_title(self) -> str:
        return reference.quarter_title(self.quarter)


class Measurement(YearRecord, Stateful):
    """What an indicator really reached by the end of a quarter, with evidence."""

    WORKFLOW = "semai_e_sakip:data/measurement_states.yml"

    indicator = models.ForeignKey(
        Indicator, models.PROTECT, related_name="measurements", verbose_name=lazy("indikator")
    )
    quarter = models.PositiveSmallIntegerField(lazy("triwulan"))
    realised = models.DecimalField(lazy("realisasi"), **FIGURE)
    analysis = models.TextField(lazy("analisis capaian"), max_length=3000, blank=True)
    obstacle = models.TextField(lazy("hambatan"), max_length=2000, blank=True)
    remedy = models.TextField(lazy("rencana perbaikan"), max_length=2000, blank=True)

    class Meta:
        verbose_name = lazy("pengukuran")
        verbose_name_plural = lazy("pengukuran")
        ordering = ["indicator__node__code", "indicator__pk", "quarter"]
        constraints = [
            models.UniqueConstraint(fields=["indicator", "quarter"], name="one_measurement_per_quarter"),
            models.CheckConstraint(condition=IN_YEAR, name="measurement_of_four"),
        ]

    def __str__(self) -> str:
        return f"{self.indicator} {self.quarter_title}"

    @property
    def quarter_title(self) -> str:
        return reference.quarter_title(self.quarter)

    def permission_place(self) -> Place:
        return self.indicator.place()

    def may_view_attachments(self, account: Account) -> bool:
        return allowed_at(account, "measurement.view", self.permission_place())


class ProgramSpending(YearRecord):
    """What an OPD spent on a program from January to the end of a quarter."""

    agency = models.ForeignKey(Agency, models.PROTECT, related_name="+", verbose_name=lazy("OPD"))
    program_code = models.CharField(lazy("kode program"), max_length=60)
    quarter = models.PositiveSmallIntegerField(lazy("triwulan"))
    spent = MoneyField(lazy("realisasi anggaran sampai triwulan ini"))

    class Meta:
        verbose_name = lazy("realisasi anggaran program")
        verbose_name_plural = lazy("realisasi anggaran program")
        ordering = ["program_code", "quarter"]
        constraints = [
            models.UniqueConstraint(
                fields=["fiscal_year", "agency", "program_code", "quarter"], name="one_spending_per_quarter"
            ),
            models.CheckConstraint(condition=IN_YEAR, name="spending_of_four"),
            models.CheckConstraint(condition=Q(spent__gte=0), name="spending_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.program_code} {reference.quarter_title(self.quarter)}"
