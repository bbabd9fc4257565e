"""Reference data with validity: codes by pack (accounts; programs and activities), sources of funds."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as lazy


class CodePack(models.Model):
    """One list of codes with the decree that states it and the years it is valid for."""

    class Kind(models.TextChoices):
        """Shapes of their codes: data/code_kinds.yml."""

        ACCOUNT = "account", lazy("Kode rekening")
        PROGRAM = "program", lazy("Program, kegiatan, dan sub kegiatan")

    kind = models.CharField(lazy("jenis"), max_length=20, choices=Kind.choices, default=Kind.ACCOUNT)
    code = models.CharField(lazy("kode paket"), max_length=60, unique=True)
    title = models.CharField(lazy("nama paket"), max_length=200)
    decree = models.CharField(lazy("dasar hukum"), max_length=200)
    decree_date = models.DateField(lazy("tanggal keputusan"))
    valid_from_year = models.PositiveSmallIntegerField(lazy("berlaku mulai tahun"))
    valid_until_year = models.PositiveSmallIntegerField(lazy("berlaku sampai tahun"), null=True, blank=True)
    is_excerpt = models.BooleanField(lazy("kutipan"), default=False)
    note = models.TextField(lazy("catatan"), blank=True)

    class Meta:
        verbose_name = lazy("paket kode")
        verbose_name_plural = lazy("paket kode")
        ordering: ClassVar = ["code"]

    def __str__(self) -> str:
        return self.title


class PackCode(models.Model):
    """A node of the tree of a pack; only the deepest level of a branch may carry budget lines."""

    pack = models.ForeignKey(CodePack, on_delete=models.PROTECT, related_name="codes", verbose_name=lazy("paket"))
    code = models.CharField(lazy("kode"), max_length=40)
    name = models.CharField(lazy("uraian"), max_length=300)
    level = models.PositiveSmallIntegerField(lazy("tingkat"))
    postable = models.BooleanField(lazy("dapat dianggarkan"), default=False)

    class Meta:
        verbose_name = lazy("kode")
        verbose_name_plural = lazy("kode")
        ordering: ClassVar = ["code"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["pack", "code"], name="account_once_per_pack")]
        indexes: ClassVar = [models.Index(fields=["code"])]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


class FundingSource(models.Model):
    code = models.CharField(lazy("kode"), max_length=20, unique=True)
    name = models.CharField(lazy("sumber dana"), max_length=200)
    basis = models.CharField(lazy("dasar hukum"), max_length=200, blank=True)
    valid_from_year = models.PositiveSmallIntegerField(lazy("berlaku mulai tahun"))
    valid_until_year = models.PositiveSmallIntegerField(lazy("berlaku sampai tahun"), null=True, blank=True)

    class Meta:
        verbose_name = lazy("sumber dana")
        verbose_name_plural = lazy("sumber dana")
        ordering: ClassVar = ["name"]

    def __str__(self) -> str:
        return self.name
