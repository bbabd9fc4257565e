"""Who received before this app was in use: rules about repeated awards and missing reports look here too."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as lazy
from semai_kit.money import MoneyField

from .. import masking, reference


class EarlierAward(models.Model):
    """A grant or aid of an earlier year, taken over from the region's own list. Name and key are personal."""

    year = models.PositiveSmallIntegerField(lazy("tahun anggaran"))
    kind_id = models.SlugField(lazy("jenis"), max_length=40)
    form_id = models.SlugField(lazy("bentuk"), max_length=40)
    name = models.CharField(lazy("nama penerima"), max_length=160)
    identity = models.CharField(lazy("kunci pemohon"), max_length=100, db_index=True, editable=False)
    title = models.CharField(lazy("kegiatan"), max_length=160)
    amount = MoneyField(lazy("nilai"))
    reported = models.BooleanField(lazy("laporan sudah diterima"))
    created_at = models.DateTimeField(lazy("dicatat"), auto_now_add=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", editable=False
    )

    PERSONAL = ("name", "identity")

    class Meta:
        verbose_name = lazy("penerima terdahulu")
        verbose_name_plural = lazy("penerima terdahulu")
        ordering = ["-year", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["year", "identity", "title"], name="one_earlier_award_per_activity")
        ]

    def __str__(self) -> str:
        return f"penerima terdahulu {self.pk}"

    @property
    def kind_title(self) -> str:
        return reference.kind(self.kind_id).title

    @property
    def public_name(self) -> str:
        """An organisation by its name, a person masked."""
        return masking.name(self.name) if self.form_id == reference.PERSON else self.name
