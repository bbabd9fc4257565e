"""Running numbers of documents: one counter per series, year and agency, and the register of what was given out."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as lazy

from semai_kit.models.region import Agency
from semai_kit.models.years import FiscalYear


class NumberCounter(models.Model):
    """The last number given out; its row is locked while the next one is taken."""

    series = models.CharField(lazy("seri"), max_length=60)
    fiscal_year = models.ForeignKey(
        FiscalYear, models.PROTECT, related_name="+", verbose_name=lazy("tahun anggaran")
    )
    scope = models.CharField(
        lazy("kode perangkat daerah"), max_length=40, blank=True
    )  # empty: the region counts as one
    last = models.PositiveIntegerField(lazy("nomor terakhir"), default=0)

    class Meta:
        verbose_name = lazy("penghitung nomor")
        verbose_name_plural = lazy("penghitung nomor")
        constraints = [
            models.UniqueConstraint(fields=["series", "fiscal_year", "scope"], name="one_counter_per_scope")
        ]

    def __str__(self) -> str:
        return f"{self.series} {self.fiscal_year}"


class IssuedNumber(models.Model):
    """One number as it stands on a document. Rows are only ever added."""

    series = models.CharField(lazy("seri"), max_length=60)
    fiscal_year = models.ForeignKey(
        FiscalYear, models.PROTECT, related_name="+", verbose_name=lazy("tahun anggaran")
    )
    agency = models.ForeignKey(
        Agency, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=lazy("perangkat daerah")
    )
    sequence = models.PositiveIntegerField(lazy("urutan"))
    text = models.CharField(lazy("nomor"), max_length=120)
    at = models.DateTimeField(lazy("waktu"), auto_now_add=True)
    account = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=lazy("oleh")
    )

    class Meta:
        ordering = ["pk"]
        verbose_name = lazy("nomor dokumen")
        verbose_name_plural = lazy("nomor dokumen")
        constraints = [models.UniqueConstraint(fields=["series", "text"], name="number_given_once")]

    def __str__(self) -> str:
        return self.text
