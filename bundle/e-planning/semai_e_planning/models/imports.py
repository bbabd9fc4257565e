"""Spreadsheets of usulan waiting between preview and confirmation."""

from django.db import models
from semai_kit.models import YearRecord


class ProposalImport(YearRecord):
    """The uploaded sheet as it came and what was read from it; gone once confirmed or withdrawn."""

    file_name = models.CharField("nama berkas", max_length=200)
    content = models.BinaryField("isi berkas")

    class Meta:
        verbose_name = "impor usulan"
        verbose_name_plural = "impor usulan"
        ordering = ["-pk"]

    def __str__(self) -> str:
        return self.file_name
