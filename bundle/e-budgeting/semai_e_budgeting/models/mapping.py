"""From one list of codes to the next: the mapping of two lists, and what officers decided where it is silent."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as lazy
from semai_kit.models import FiscalYear, WrittenOnce

from .reference import CodePack


class CodeMapping(models.Model):
    """One row of a mapping. An empty new code: the new list says that nothing follows."""

    old_pack = models.ForeignKey(
        CodePack, on_delete=models.PROTECT, related_name="mappings_from", verbose_name=lazy("paket lama")
    )
    new_pack = models.ForeignKey(
        CodePack, on_delete=models.PROTECT, related_name="mappings_to", verbose_name=lazy("paket baru")
    )
    old_code = models.CharField(lazy("kode lama"), max_length=60)
    new_code = models.CharField(lazy("kode baru"), max_length=60, blank=True)
    note = models.CharField(lazy("keterangan"), max_length=300, blank=True)

    class Meta:
        verbose_name = lazy("pemetaan kode")
        verbose_name_plural = lazy("pemetaan kode")
        ordering: ClassVar = ["old_code", "new_code"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["old_pack", "new_pack", "old_code", "new_code"], name="one_mapping_row_per_pair"
            )
        ]

    def __str__(self) -> str:
        return f"{self.old_code} → {self.new_code or 'tidak ada'}"


class CodeDecision(WrittenOnce):
    """What an officer decided for a code when it is carried into a year; the newest one of a code counts."""

    class Kind(models.TextChoices):
        ACCOUNT = "account", lazy("Kode rekening")
        PROGRAM = "program", lazy("Sub kegiatan")
        FUNDING = "funding", lazy("Sumber dana")

    fiscal_year = models.ForeignKey(FiscalYear, on_delete=models.PROTECT, related_name="code_decisions")
    kind = models.CharField(lazy("jenis"), max_length=20, choices=Kind.choices)
    old_code = models.CharField(lazy("kode lama"), max_length=60)
    new_code = models.CharField(lazy("kode baru"), max_length=60, blank=True)
    reason = models.CharField(lazy("alasan"), max_length=500)
    decided_at = models.DateTimeField(lazy("diputuskan"), auto_now_add=True)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name = lazy("keputusan kode")
        verbose_name_plural = lazy("keputusan kode")
        ordering: ClassVar = ["-decided_at", "-id"]

    def __str__(self) -> str:
        return f"{self.old_code} → {self.new_code or 'tidak dibawa'}"
