"""LKjIP: a document built from the data, whose texts people may replace section by section."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as lazy
from semai_kit.models import Agency, Stateful, YearRecord
from semai_kit.roles import Place

from .. import reference


class Report(YearRecord, Stateful):
    """The LKjIP of an OPD, or of the region when `agency` is empty."""

    YEAR_STAGE = "reporting"
    WORKFLOW = "semai_e_sakip:data/report_states.yml"

    agency = models.ForeignKey(
        Agency, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=lazy("OPD")
    )
    outline_id = models.CharField(lazy("susunan"), max_length=40, editable=False)
    frozen = models.JSONField(lazy("isi saat dikirim"), null=True, editable=False)

    class Meta:
        verbose_name = lazy("LKjIP")
        verbose_name_plural = lazy("LKjIP")
        ordering = ["agency__code"]
        constraints = [
            models.UniqueConstraint(fields=["fiscal_year", "agency"], name="one_report_per_agency"),
            models.UniqueConstraint(
                fields=["fiscal_year"], condition=Q(agency=None), name="one_report_for_the_region"
            ),
        ]

    def __str__(self) -> str:
        return f"LKjIP {self.agency or 'daerah'} {self.fiscal_year}"

    @property
    def outline(self) -> reference.Outline:
        return reference.outline(self.outline_id)

    def permission_place(self) -> Place:
        return Place(agency=self.agency)


class ReportText(models.Model):
    """A section in somebody's own words, instead of the one made from the data."""

    report = models.ForeignKey(Report, models.CASCADE, related_name="texts")
    section = models.CharField(lazy("bagian"), max_length=40)
    text = models.TextField(lazy("naskah"), max_length=20000)

    class Meta:
        verbose_name = lazy("naskah LKjIP")
        verbose_name_plural = lazy("naskah LKjIP")
        constraints = [models.UniqueConstraint(fields=["report", "section"], name="one_text_per_section")]

    def __str__(self) -> str:
        return f"{self.report} {self.section}"
