"""Who received before this app was in use: rules about repeated awards and missing reports look here too."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from semai_kit.money import MoneyField

from .. import masking, reference


class EarlierAward(models.Model):
    """A grant or aid of an earlier year, taken over from the region's own list. Name and key are personal."""

    year = models.PositiveSmallIntegerField("tahun anggaran")
    kind_id = models.SlugField("jenis", max_length=40)
    form_id = models.SlugField("bentuk", max_length=40)
    name = models.CharField("nama penerima", max_length=160)
    identity = models.CharField("kunci pemohon", max_length=100, db_index=True, editable=False)
    title = models.CharField("kegiatan", max_length=160)
    amount = MoneyField("nilai")
    reported = models.BooleanField("laporan sudah diterima")
    created_at = models.DateTimeField("dicatat", auto_now_add=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", editable=False
    )

    PERSONAL = ("name", "identity")

    class Meta:
        verbose_name = "penerima terdahulu"
        verbose_name_plural = "penerima terdahulu"
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
