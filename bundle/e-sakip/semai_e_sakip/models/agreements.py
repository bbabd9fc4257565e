"""Positions and their Perjanjian Kinerja. What was agreed is copied word by word when it is submitted."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as lazy
from semai_kit.models import Agency, Official, Stateful, YearRecord
from semai_kit.money import MoneyField
from semai_kit.roles import Place

from .. import reference
from .tree import FIGURE, Indicator


class Position(models.Model):
    """An official of the kit's list with what an agreement needs besides: the kind of office and the superior.

    Name, office, Plt./Pj. and dates are the kit's; another person in the same office is another position.
    """

    official = models.OneToOneField(Official, models.PROTECT, related_name="position", verbose_name=lazy("pejabat"))
    kind = models.CharField(lazy("jenis jabatan"), max_length=30)
    superior = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="subordinates", verbose_name=lazy("atasan")
    )

    class Meta:
        verbose_name = lazy("pejabat penanda tangan PK")
        verbose_name_plural = lazy("pejabat penanda tangan PK")
        ordering = ["official__agency__code", "pk"]

    def __str__(self) -> str:
        return f"{self.official.name}, {self.title}"

    @property
    def title(self) -> str:
        return f"{self.official.acting} {self.official.title}".strip()

    @property
    def agency(self) -> Agency | None:
        """Empty for the head of the region."""
        return self.official.agency

    @property
    def kind_title(self) -> str:
        return reference.official_kind(self.kind).title

    def place(self) -> Place:
        return Place(agency=self.agency)


class Agreement(YearRecord, Stateful):
    """Perjanjian Kinerja of one official in one year; `revision` 0 is the first, 1 the first Perubahan.

    Names and positions of both parties are copied at submission, so that a later change of office changes nothing.
    """

    WORKFLOW = "semai_e_sakip:data/agreement_states.yml"

    position = models.ForeignKey(Position, models.PROTECT, related_name="agreements", verbose_name=lazy("pejabat"))
    agency = models.ForeignKey(
        Agency, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=lazy("OPD")
    )
    revision = models.PositiveSmallIntegerField(lazy("perubahan ke-"), default=0, editable=False)
    number = models.CharField(lazy("nomor"), max_length=80, blank=True)
    signed_on = models.DateField(lazy("tanggal"), null=True, blank=True)
    signer_name = models.CharField(lazy("pihak pertama"), max_length=160, blank=True, editable=False)
    signer_position = models.CharField(lazy("jabatan pihak pertama"), max_length=200, blank=True, editable=False)
    signer_rank = models.CharField(max_length=60, blank=True, editable=False)
    signer_nip = models.CharField(max_length=18, blank=True, editable=False)
    superior_name = models.CharField(lazy("pihak kedua"), max_length=160, blank=True, editable=False)
    superior_position = models.CharField(lazy("jabatan pihak kedua"), max_length=200, blank=True, editable=False)
    superior_rank = models.CharField(max_length=60, blank=True, editable=False)
    superior_nip = models.CharField(max_length=18, blank=True, editable=False)

    class Meta:
        verbose_name = lazy("Perjanjian Kinerja")
        verbose_name_plural = lazy("Perjanjian Kinerja")
        ordering = ["agency__code", "position__pk", "revision"]
        constraints = [
            models.UniqueConstraint(
                fields=["fiscal_year", "position", "revision"], name="one_agreement_per_revision"
            )
        ]

    def __str__(self) -> str:
        return f"{self.title} {self.position.title} {self.fiscal_year}"

    @property
    def title(self) -> str:
        return "Perjanjian Kinerja" if not self.revision else f"Perjanjian Kinerja Perubahan ke-{self.revision}"

    def permission_place(self) -> Place:
        return Place(agency=self.agency)

    def superior_place(self) -> Place:
        """Where the superior of the signer works: the region itself for the head of an OPD."""
        superior = self.position.superior
        return Place(agency=superior.agency if superior else None)


class AgreementTarget(models.Model):
    """An indicator in an agreement, as it read when the agreement was submitted."""

    agreement = models.ForeignKey(Agreement, models.CASCADE, related_name="targets")
    indicator = models.ForeignKey(Indicator, models.PROTECT, related_name="agreed", verbose_name=lazy("indikator"))
    objective = models.CharField(lazy("sasaran"), max_length=400)
    name = models.CharField(lazy("indikator kinerja"), max_length=300)
    unit = models.CharField(lazy("satuan"), max_length=60, blank=True)
    target = models.DecimalField(lazy("target"), null=True, **FIGURE)

    class Meta:
        verbose_name = lazy("target Perjanjian Kinerja")
        verbose_name_plural = lazy("target Perjanjian Kinerja")
        ordering = ["indicator__node__code", "pk"]
        constraints = [models.UniqueConstraint(fields=["agreement", "indicator"], name="indicator_agreed_once")]

    def __str__(self) -> str:
        return self.name


class AgreementProgram(models.Model):
    """A program with its budget in an agreement, as it read when the agreement was submitted."""

    agreement = models.ForeignKey(Agreement, models.CASCADE, related_name="programs")
    code = models.CharField(lazy("kode"), max_length=60)
    name = models.CharField(lazy("program"), max_length=400)
    budget = MoneyField(lazy("anggaran"))
    note = models.CharField(lazy("keterangan"), max_length=120, blank=True)

    class Meta:
        verbose_name = lazy("program Perjanjian Kinerja")
        verbose_name_plural = lazy("program Perjanjian Kinerja")
        ordering = ["code"]
        constraints = [models.UniqueConstraint(fields=["agreement", "code"], name="program_agreed_once")]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"
