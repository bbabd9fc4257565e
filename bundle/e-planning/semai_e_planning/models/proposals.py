"""Usulan: what a village, the council or Bappeda asks for, and where it stands."""

from __future__ import annotations

from decimal import Decimal

from django.core.validators import MinValueValidator, RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as lazy
from semai_kit.languages import official
from semai_kit.models import Account, Agency, District, Stateful, Village, YearRecord
from semai_kit.money import MoneyField
from semai_kit.roles import Place, allowed_at

digits = RegexValidator(r"^\d{1,3}$", lazy("Isi dengan angka, paling banyak tiga digit."))


class ProposalKind(models.Model):
    """Fisik, pemeliharaan, … loaded from reference.yml."""

    code = models.SlugField(lazy("kode"), unique=True)
    title = models.CharField(lazy("jenis"), max_length=100)
    is_active = models.BooleanField(lazy("dipakai"), default=True)

    class Meta:
        verbose_name = lazy("jenis usulan")
        verbose_name_plural = lazy("jenis usulan")
        ordering = ["pk"]

    def __str__(self) -> str:
        return self.title


class PriorityTheme(models.Model):
    """Priority of the year's RKPD that a proposal serves, loaded from reference.yml."""

    code = models.SlugField(lazy("kode"), unique=True)
    title = models.CharField(lazy("tema prioritas"), max_length=150)
    is_active = models.BooleanField(lazy("dipakai"), default=True)

    class Meta:
        verbose_name = lazy("tema prioritas")
        verbose_name_plural = lazy("tema prioritas")
        ordering = ["pk"]

    def __str__(self) -> str:
        return self.title


class Proposal(Stateful, YearRecord):
    """One usulan. The number is given at the first submission and never changes afterwards."""

    WORKFLOW = "semai_e_planning:data/proposal_states.yml"

    class Source(models.TextChoices):
        MUSRENBANG = "musrenbang", lazy("Musrenbang desa/kelurahan")
        DISTRICT = "kecamatan", lazy("Usulan kecamatan")
        AGENCY = "opd", lazy("Usulan OPD")
        COUNCIL = "pokir", lazy("Pokok pikiran DPRD")

        @property
        def official_title(self) -> str:
            """The title as spreadsheets write it, whatever language the page is in."""
            with official():
                return str(self.label)

    number = models.CharField(lazy("nomor"), max_length=40, unique=True, null=True, blank=True, editable=False)
    source = models.CharField(lazy("asal usulan"), max_length=20, choices=Source.choices, default=Source.MUSRENBANG)
    title = models.CharField(lazy("nama usulan"), max_length=200)
    description = models.TextField(lazy("alasan dan manfaat"), blank=True)
    kind = models.ForeignKey(ProposalKind, models.PROTECT, verbose_name=lazy("jenis"))
    theme = models.ForeignKey(PriorityTheme, models.PROTECT, verbose_name=lazy("tema prioritas"))
    district = models.ForeignKey(District, models.PROTECT, verbose_name=lazy("kecamatan"), editable=False)
    village = models.ForeignKey(Village, models.PROTECT, verbose_name=lazy("desa/kelurahan"))
    rw = models.CharField("RW", max_length=3, blank=True, validators=[digits])
    rt = models.CharField("RT", max_length=3, blank=True, validators=[digits])
    location = models.CharField(lazy("keterangan lokasi"), max_length=200, blank=True)
    latitude = models.DecimalField(lazy("lintang"), max_digits=8, decimal_places=6, null=True, blank=True)
    longitude = models.DecimalField(lazy("bujur"), max_digits=9, decimal_places=6, null=True, blank=True)
    volume = models.DecimalField(
        lazy("volume"), max_digits=14, decimal_places=2, validators=[MinValueValidator(Decimal("0.01"))]
    )
    unit = models.CharField(lazy("satuan"), max_length=40)
    estimate = MoneyField(lazy("perkiraan biaya"), validators=[MinValueValidator(Decimal(1))])
    verified_estimate = MoneyField(
        lazy("biaya hasil verifikasi"), null=True, blank=True, validators=[MinValueValidator(Decimal(1))]
    )
    proposer = models.CharField(lazy("pengusul"), max_length=150)
    agency = models.ForeignKey(Agency, models.PROTECT, verbose_name=lazy("OPD tujuan"))
    rank_village = models.PositiveSmallIntegerField(lazy("peringkat desa"), null=True, blank=True, editable=False)
    rank_district = models.PositiveSmallIntegerField(
        lazy("peringkat kecamatan"), null=True, blank=True, editable=False
    )
    last_reason = models.TextField(lazy("alasan terakhir"), blank=True, editable=False)
    state_since = models.DateTimeField(lazy("sejak"), null=True, blank=True, editable=False)
    work_plan_item = models.ForeignKey(
        "WorkPlanItem",
        models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="proposals",
        verbose_name=lazy("sub kegiatan Renja"),
    )
    carried_from = models.OneToOneField(
        "self",
        models.SET_NULL,
        null=True,
        blank=True,
        editable=False,
        related_name="carried_to",
        verbose_name=lazy("lanjutan dari"),
    )

    class Meta:
        verbose_name = lazy("usulan")
        verbose_name_plural = lazy("usulan")
        ordering = ["village__code", "rank_village", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(latitude=None, longitude=None)
                | models.Q(latitude__isnull=False, longitude__isnull=False),
                name="both_coordinates_or_none",
                violation_error_message=lazy("Isi lintang dan bujur, atau kosongkan keduanya."),
            )
        ]
        indexes = [
            models.Index(fields=["fiscal_year", "state"]),
            models.Index(fields=["fiscal_year", "agency", "state"]),
            models.Index(fields=["fiscal_year", "district", "state"]),
        ]

    def __str__(self) -> str:
        return f"{self.number or 'Draf'} {self.title}"

    @property
    def workflow_kind(self) -> str:
        """Each source walks its own way to Bappeda; proposal_states.yml says which."""
        return self.source

    def permission_place(self) -> Place:
        return Place(agency=self.agency, district=self.district, village=self.village)

    def may_view_attachments(self, account: Account) -> bool:
        return allowed_at(account, "proposal.view", self.permission_place())

    @property
    def agreed_estimate(self) -> Decimal:
        """The verified figure where an OPD gave one, else what was asked."""
        return self.estimate if self.verified_estimate is None else self.verified_estimate

    @property
    def coordinates(self) -> str:
        """'-8.612345, 120.468123' as map apps take it; empty without a point."""
        return f"{self.latitude}, {self.longitude}" if self.latitude is not None else ""

    @property
    def geo_address(self) -> str:
        """A geo: address (RFC 5870), which telephones open in their map."""
        return f"geo:{self.latitude},{self.longitude}" if self.latitude is not None else ""

    @property
    def place(self) -> str:
        """'RT 001/RW 002, Desa …' for lists."""
        parts = [f"RT {self.rt}" if self.rt else "", f"RW {self.rw}" if self.rw else ""]
        near = "/".join(part for part in parts if part)
        return ", ".join(part for part in (self.location, near, self.village.name) if part)
