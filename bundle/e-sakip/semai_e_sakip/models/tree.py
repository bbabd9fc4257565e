"""The cascading tree of one fiscal year and its indicators.

Each year has a copy of its own, so that a report of a past year stays as it was when the RPJMD changes.
"""

from __future__ import annotations

from decimal import Decimal

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as lazy
from semai_kit.models import Agency, YearRecord
from semai_kit.roles import Place

from .. import reference

FIGURE = {"max_digits": 18, "decimal_places": 2}


class PerformanceNode(YearRecord):
    """One misi, tujuan, sasaran, program, kegiatan or sub kegiatan.

    `external_id` names it in e-planning; empty for nodes the region entered here itself. `agency` is set from the
    program down. What e-planning no longer publishes is marked, never deleted.
    """

    parent = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="children")
    level = models.CharField(lazy("jenjang"), max_length=20)
    code = models.CharField(lazy("kode"), max_length=60)
    title = models.CharField(lazy("uraian"), max_length=400)
    agency = models.ForeignKey(Agency, models.PROTECT, null=True, blank=True, verbose_name=lazy("OPD"))
    external_id = models.CharField(lazy("kunci e-planning"), max_length=60, blank=True, editable=False)
    vanished_at = models.DateTimeField(lazy("hilang dari e-planning"), null=True, blank=True, editable=False)

    class Meta:
        verbose_name = lazy("butir pohon kinerja")
        verbose_name_plural = lazy("butir pohon kinerja")
        ordering = ["code", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["fiscal_year", "external_id"], condition=~Q(external_id=""), name="node_once_per_year"
            ),
        ]
        indexes = [models.Index(fields=["fiscal_year", "level"]), models.Index(fields=["fiscal_year", "agency"])]

    def __str__(self) -> str:
        return f"{self.code} {self.title}"

    @property
    def level_title(self) -> str:
        return reference.level(self.level).title

    @property
    def is_local(self) -> bool:
        return not self.external_id

    def place(self) -> Place:
        return Place(agency=self.agency)


class Indicator(YearRecord):
    """A measure of a node. Name, unit, direction and yearly targets of a published one belong to e-planning.

    `agency` measures it and answers for it: the node's own OPD, or the one chosen for an indicator of the region.
    """

    node = models.ForeignKey(PerformanceNode, models.PROTECT, related_name="indicators", verbose_name=lazy("butir"))
    agency = models.ForeignKey(Agency, models.PROTECT, null=True, blank=True, verbose_name=lazy("OPD pengampu"))
    name = models.CharField(lazy("indikator"), max_length=300)
    unit = models.CharField(lazy("satuan"), max_length=60, blank=True)
    polarity = models.CharField(lazy("arah"), max_length=20, default="higher")
    accumulation = models.CharField(lazy("angka tahun dari triwulan"), max_length=20, default="latest")
    baseline = models.DecimalField(lazy("kondisi awal"), null=True, blank=True, **FIGURE)
    work_plan_target = models.DecimalField(lazy("target RKPD"), null=True, blank=True, editable=False, **FIGURE)
    formula = models.TextField(lazy("rumus"), max_length=1000, blank=True)
    source = models.CharField(lazy("sumber data"), max_length=200, blank=True)
    responsible = models.CharField(lazy("penanggung jawab"), max_length=160, blank=True)
    is_key = models.BooleanField(lazy("indikator kinerja utama (IKU)"), default=False)
    external_id = models.CharField(lazy("kunci e-planning"), max_length=60, blank=True, editable=False)
    vanished_at = models.DateTimeField(lazy("hilang dari e-planning"), null=True, blank=True, editable=False)

    class Meta:
        verbose_name = lazy("indikator")
        verbose_name_plural = lazy("indikator")
        ordering = ["node__code", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["fiscal_year", "external_id"], condition=~Q(external_id=""), name="indicator_once_per_year"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_local(self) -> bool:
        return not self.external_id

    def place(self) -> Place:
        """Where it is measured; its words are kept where the node belongs."""
        return Place(agency=self.agency)

    @property
    def target(self) -> Decimal | None:
        """The target of the record's own year: the RKPD's, else the RPJMD's; reads the prefetched targets."""
        return self.target_of(self.fiscal_year.year) if self.work_plan_target is None else self.work_plan_target

    def target_of(self, year: int) -> Decimal | None:
        return next((target.value for target in self.targets.all() if target.year == year), None)

    @property
    def last_target(self) -> AnnualTarget | None:
        """The target of the last year that has one: the end of the period."""
        return max(self.targets.all(), key=lambda target: target.year, default=None)

    def quarter_targets(self) -> tuple[Decimal | None, ...]:
        found = {target.quarter: target.value for target in self.quarters.all()}
        return tuple(found.get(quarter) for quarter in reference.QUARTERS)

    @property
    def is_defined(self) -> bool:
        """Whoever reads the figure can tell how it was made and who answers for it."""
        return bool(self.formula and self.source and self.responsible)

    @property
    def polarity_title(self) -> str:
        return reference.rule_for(self.fiscal_year.year).polarity(self.polarity).title

    @property
    def accumulation_title(self) -> str:
        return next(a.title for a in reference.accumulations() if a.id == self.accumulation)


class AnnualTarget(models.Model):
    """What an indicator should reach in one year of the period."""

    indicator = models.ForeignKey(Indicator, models.CASCADE, related_name="targets", verbose_name=lazy("indikator"))
    year = models.PositiveSmallIntegerField(lazy("tahun"))
    value = models.DecimalField(lazy("target"), **FIGURE)

    class Meta:
        verbose_name = lazy("target tahunan")
        verbose_name_plural = lazy("target tahunan")
        ordering = ["year"]
        constraints = [models.UniqueConstraint(fields=["indicator", "year"], name="one_target_per_indicator_year")]

    def __str__(self) -> str:
        return f"{self.indicator} {self.year}: {self.value}"


class QuarterTarget(models.Model):
    """What an indicator should reach by the end of one quarter of its fiscal year."""

    indicator = models.ForeignKey(
        Indicator, models.CASCADE, related_name="quarters", verbose_name=lazy("indikator")
    )
    quarter = models.PositiveSmallIntegerField(lazy("triwulan"))
    value = models.DecimalField(lazy("target"), **FIGURE)

    class Meta:
        verbose_name = lazy("target triwulan")
        verbose_name_plural = lazy("target triwulan")
        ordering = ["quarter"]
        constraints = [
            models.UniqueConstraint(fields=["indicator", "quarter"], name="one_target_per_indicator_quarter"),
            models.CheckConstraint(condition=Q(quarter__range=(1, 4)), name="quarter_target_of_four"),
        ]

    def __str__(self) -> str:
        return f"{self.indicator} {reference.quarter_title(self.quarter)}: {self.value}"
