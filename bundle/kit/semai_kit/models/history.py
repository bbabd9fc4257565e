"""What agencies were called when, and which became which."""

from __future__ import annotations

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as lazy

from semai_kit.models.region import Agency


class AgencyName(models.Model):
    """Names and head of an agency from a day on, until the next row of it begins."""

    agency = models.ForeignKey(Agency, models.PROTECT, related_name="names", verbose_name=lazy("perangkat daerah"))
    since = models.DateField(lazy("sejak"), default=timezone.localdate)
    name = models.CharField(lazy("nama"), max_length=200)
    short_name = models.CharField(lazy("nama singkat"), max_length=80)
    head_title = models.CharField(lazy("jabatan kepala"), max_length=120, blank=True)
    head_name = models.CharField(lazy("nama kepala"), max_length=160, blank=True)
    head_nip = models.CharField(lazy("NIP kepala"), max_length=18, blank=True)

    class Meta:
        ordering = ["agency", "since"]
        verbose_name = lazy("nama perangkat daerah")
        verbose_name_plural = lazy("nama perangkat daerah")
        constraints = [models.UniqueConstraint(fields=["agency", "since"], name="one_name_per_day")]

    def __str__(self) -> str:
        return self.name


class AgencySuccession(models.Model):
    """One agency took over from another, wholly or in part; `basis` is the regulation that says so."""

    predecessor = models.ForeignKey(Agency, models.PROTECT, related_name="went_to", verbose_name=lazy("asal"))
    successor = models.ForeignKey(Agency, models.PROTECT, related_name="came_from", verbose_name=lazy("penerus"))
    on = models.DateField(lazy("berlaku sejak"))
    basis = models.CharField(lazy("dasar hukum"), max_length=200)

    class Meta:
        ordering = ["on", "pk"]
        verbose_name = lazy("perubahan perangkat daerah")
        verbose_name_plural = lazy("perubahan perangkat daerah")
        constraints = [
            models.UniqueConstraint(fields=["predecessor", "successor"], name="one_succession_per_pair"),
            models.CheckConstraint(
                condition=~models.Q(predecessor=models.F("successor")), name="no_agency_succeeds_itself"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.predecessor} → {self.successor}"
