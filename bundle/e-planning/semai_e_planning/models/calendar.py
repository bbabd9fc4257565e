"""Stage calendar: from when until when each stage of a year's planning is open."""

from __future__ import annotations

import datetime

from django.db import models
from django.utils.translation import gettext_lazy as lazy
from semai_kit.models import YearRecord


class Stage(YearRecord):
    """One stage of one year. Which actions it allows stands in stages.yml under the same code."""

    code = models.SlugField(lazy("kode"), editable=False)
    title = models.CharField(lazy("tahap"), max_length=100)
    loop = models.CharField(lazy("siklus"), max_length=20, editable=False)
    position = models.PositiveSmallIntegerField(lazy("urutan"), editable=False)
    opens_on = models.DateField(lazy("dibuka"), null=True, blank=True)
    closes_on = models.DateField(lazy("ditutup"), null=True, blank=True)

    class Meta:
        verbose_name = lazy("tahap")
        verbose_name_plural = lazy("tahap")
        ordering = ["fiscal_year", "position"]
        constraints = [
            models.UniqueConstraint(fields=["fiscal_year", "code"], name="one_stage_per_year"),
            models.CheckConstraint(
                condition=models.Q(closes_on__gte=models.F("opens_on")) | models.Q(closes_on=None),
                name="stage_closes_after_opening",
                violation_error_message=lazy("Tanggal tutup tidak boleh mendahului tanggal buka."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.title} {self.fiscal_year}"

    def is_open(self, day: datetime.date) -> bool:
        if self.opens_on is None or self.closes_on is None:
            return False
        return self.opens_on <= day <= self.closes_on
