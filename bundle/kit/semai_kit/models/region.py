"""Agencies (OPD), districts and villages. Codes come from the region file; rows are closed, never deleted."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as lazy


class CurrentQuerySet(models.QuerySet):
    """Rows that are valid today; closed rows stay for old records."""

    def current(self) -> CurrentQuerySet:
        return self.filter(Q(valid_until__isnull=True) | Q(valid_until__gte=timezone.localdate()))

    def at(self, day: date) -> CurrentQuerySet:
        """Rows that were in force on that day."""
        return self.filter(Q(valid_until__isnull=True) | Q(valid_until__gte=day), valid_from__lte=day)


class Place(models.Model):
    """A coded thing of the region that may be closed but never disappears."""

    code = models.CharField(lazy("kode"), max_length=40, unique=True)
    name = models.CharField(lazy("nama"), max_length=200)
    valid_from = models.DateField(lazy("berlaku sejak"), default=timezone.localdate)
    valid_until = models.DateField(lazy("berlaku sampai"), null=True, blank=True)

    objects = CurrentQuerySet.as_manager()

    class Meta:
        abstract = True
        ordering = ["code"]

    def __str__(self) -> str:
        return self.name

    @property
    def is_current(self) -> bool:
        return self.valid_until is None or self.valid_until >= timezone.localdate()


@dataclass(frozen=True)
class AgencyIdentity:
    """What an agency was called on a day, and who headed it."""

    code: str
    name: str
    short_name: str
    head_title: str
    head_name: str
    head_nip: str


class Agency(Place):
    """Perangkat daerah (OPD)."""

    short_name = models.CharField(lazy("nama singkat"), max_length=80)
    head_title = models.CharField(lazy("jabatan kepala"), max_length=120, blank=True)
    head_name = models.CharField(lazy("nama kepala"), max_length=160, blank=True)
    head_nip = models.CharField(lazy("NIP kepala"), max_length=18, blank=True)
    merged_into = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="predecessors", verbose_name=lazy("digabung ke")
    )

    class Meta(Place.Meta):
        verbose_name = lazy("perangkat daerah")
        verbose_name_plural = lazy("perangkat daerah")

    def at(self, day: date) -> AgencyIdentity:
        """The identity of that day; before the first known name, the first one."""
        known = self.names.filter(since__lte=day).order_by("-since").first() or self.names.order_by("since").first()
        said = known or self
        return AgencyIdentity(self.code, said.name, said.short_name, said.head_title, said.head_name, said.head_nip)


class District(Place):
    """Kecamatan."""

    class Meta(Place.Meta):
        verbose_name = lazy("kecamatan")
        verbose_name_plural = lazy("kecamatan")


class Village(Place):
    """Desa or kelurahan."""

    district = models.ForeignKey(District, models.PROTECT, related_name="villages", verbose_name=lazy("kecamatan"))

    class Meta(Place.Meta):
        verbose_name = lazy("desa/kelurahan")
        verbose_name_plural = lazy("desa/kelurahan")
