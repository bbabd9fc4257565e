"""Internal evaluation of an OPD and the recommendations that follow from it."""

from __future__ import annotations

import datetime

from django.db import models
from django.utils.translation import gettext_lazy as lazy
from semai_kit.models import Account, Agency, Stateful, YearRecord
from semai_kit.roles import Place, allowed_at

from .. import reference
from ..scoring import Scheme


class Evaluation(YearRecord, Stateful):
    """One evaluation per OPD and year; `scheme_id` keeps the worksheet it was made with."""

    YEAR_STAGE = "reporting"
    WORKFLOW = "semai_e_sakip:data/evaluation_states.yml"

    agency = models.ForeignKey(Agency, models.PROTECT, related_name="+", verbose_name=lazy("OPD"))
    scheme_id = models.CharField(lazy("lembar kerja"), max_length=40, editable=False)
    total = models.DecimalField(
        lazy("nilai"), max_digits=5, decimal_places=2, null=True, blank=True, editable=False
    )
    band = models.CharField(lazy("predikat"), max_length=10, blank=True, editable=False)
    summary = models.TextField(lazy("ringkasan hasil"), max_length=4000, blank=True)

    class Meta:
        verbose_name = lazy("evaluasi internal")
        verbose_name_plural = lazy("evaluasi internal")
        ordering = ["agency__code"]
        constraints = [models.UniqueConstraint(fields=["fiscal_year", "agency"], name="one_evaluation_per_agency")]

    def __str__(self) -> str:
        return f"Evaluasi {self.agency} {self.fiscal_year}"

    @property
    def scheme(self) -> Scheme:
        return reference.scheme(self.scheme_id)

    def permission_place(self) -> Place:
        return Place(agency=self.agency)


class EvaluationAnswer(models.Model):
    """One criterion: what the OPD claims and what the evaluator grants, each with its note."""

    evaluation = models.ForeignKey(Evaluation, models.PROTECT, related_name="answers")
    criterion = models.CharField(lazy("kriteria"), max_length=20)
    claimed = models.CharField(lazy("nilai mandiri"), max_length=5, blank=True)
    claim_note = models.TextField(lazy("penjelasan OPD"), max_length=2000, blank=True)
    granted = models.CharField(lazy("nilai APIP"), max_length=5, blank=True)
    grant_note = models.TextField(lazy("catatan APIP"), max_length=2000, blank=True)

    class Meta:
        verbose_name = lazy("jawaban evaluasi")
        verbose_name_plural = lazy("jawaban evaluasi")
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["evaluation", "criterion"], name="one_answer_per_criterion")]

    def __str__(self) -> str:
        return f"{self.evaluation} {self.criterion}"

    def may_view_attachments(self, account: Account) -> bool:
        return allowed_at(account, "evaluation.view", self.evaluation.permission_place())


class Recommendation(YearRecord, Stateful):
    """What an OPD is asked to mend, by when, and what came of it."""

    YEAR_STAGE = "reporting"
    WORKFLOW = "semai_e_sakip:data/recommendation_states.yml"

    agency = models.ForeignKey(Agency, models.PROTECT, related_name="+", verbose_name=lazy("OPD"))
    evaluation = models.ForeignKey(
        Evaluation,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="recommendations",
        verbose_name=lazy("evaluasi"),
    )
    text = models.TextField(lazy("rekomendasi"), max_length=2000)
    deadline = models.DateField(lazy("batas waktu"))
    answer = models.TextField(lazy("tindak lanjut"), max_length=3000, blank=True)

    class Meta:
        verbose_name = lazy("rekomendasi")
        verbose_name_plural = lazy("rekomendasi")
        ordering = ["deadline", "pk"]

    def __str__(self) -> str:
        return self.text[:80]

    def permission_place(self) -> Place:
        return Place(agency=self.agency)

    def may_view_attachments(self, account: Account) -> bool:
        return allowed_at(account, "recommendation.view", self.permission_place())

    def is_overdue(self, today: datetime.date) -> bool:
        return not self.workflow().state(self.state).terminal and self.deadline < today
