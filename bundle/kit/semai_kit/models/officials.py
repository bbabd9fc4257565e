"""Who signs for the region or an agency, and from when until when."""

from __future__ import annotations

from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as lazy

from semai_kit.models.region import Agency


class OfficialQuerySet(models.QuerySet):
    def in_office(self, day: object = None) -> OfficialQuerySet:
        """Officials of that day (today); the one who came last first."""
        day = day or timezone.localdate()
        still = Q(valid_until__isnull=True) | Q(valid_until__gte=day)
        return self.filter(still, valid_from__lte=day).order_by("-valid_from", "-pk")


class Official(models.Model):
    """One person in one office for a time. Without an agency: the region's head, deputy or secretary."""

    class Acting(models.TextChoices):
        DEFINITIVE = "", lazy("Definitif")
        PLT = "Plt.", lazy("Plt. (pelaksana tugas)")
        PLH = "Plh.", lazy("Plh. (pelaksana harian)")
        PJ = "Pj.", lazy("Pj. (penjabat)")
        PJS = "Pjs.", lazy("Pjs. (penjabat sementara)")

    agency = models.ForeignKey(
        Agency,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="officials",
        verbose_name=lazy("perangkat daerah"),
    )
    title = models.CharField(lazy("jabatan"), max_length=120)
    acting = models.CharField(lazy("kedudukan"), max_length=5, choices=Acting.choices, blank=True, default="")
    name = models.CharField(lazy("nama dan gelar"), max_length=160)
    rank = models.CharField(lazy("pangkat/golongan"), max_length=80, blank=True)
    nip = models.CharField(
        lazy("NIP"),
        max_length=18,
        blank=True,
        validators=[RegexValidator(r"^\d{18}$", lazy("NIP terdiri dari 18 angka."))],
    )
    valid_from = models.DateField(lazy("sejak"), default=timezone.localdate)
    valid_until = models.DateField(lazy("sampai"), null=True, blank=True)

    objects = OfficialQuerySet.as_manager()

    class Meta:
        ordering = ["agency__code", "title", "-valid_from"]
        verbose_name = lazy("pejabat penanda tangan")
        verbose_name_plural = lazy("pejabat penanda tangan")
        constraints = [
            models.CheckConstraint(
                name="official_leaves_after_coming",
                condition=Q(valid_until__isnull=True) | Q(valid_until__gte=models.F("valid_from")),
                violation_error_message=lazy("Tanggal selesai tidak boleh mendahului tanggal mulai."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.acting} {self.title}: {self.name}".strip()
