"""Internal evaluation of an OPD and the recommendations that follow from it."""

from __future__ import annotations

import datetime

from django.db import models
from semai_kit.models import Account, Agency, Stateful, YearRecord
from semai_kit.roles import Place, allowed_at

from .. import reference
from ..scoring import Scheme


class Evaluation(YearRecord, Stateful):
    """One evaluation per OPD and year; `scheme_id` keeps the worksheet it was made with."""

    YEAR_STAGE = "reporting"
    WORKFLOW = "semai_e_sakip:data/evaluation_states.yml"

    agency = models.ForeignKey(Agency, models.PROTECT, related_name="+", verbose_name="OPD")
    scheme_id = models.CharField("lembar kerja", max_length=40, editable=False)
    total = models.DecimalField("nilai", max_digits=5, decimal_places=2, null=True, blank=True, editable=False)
    band = models.CharField("predikat", max_length=10, blank=True, editable=False)
    summary = models.TextField("ringkasan hasil", max_length=4000, blank=True)

    class Meta:
        verbose_name = "evaluasi internal"
        verbose_name_plural = "evaluasi internal"
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
    criterion = models.CharField("kriteria", max_length=20)
    claimed = models.CharField("nilai mandiri", max_length=5, blank=True)
    claim_note = models.TextField("penjelasan OPD", max_length=2000, blank=True)
    granted = models.CharField("nilai APIP", max_length=5, blank=True)
    grant_note = models.TextField("catatan APIP", max_length=2000, blank=True)

    class Meta:
        verbose_name = "jawaban evaluasi"
        verbose_name_plural = "jawaban evaluasi"
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

    agency = models.ForeignKey(Agency, models.PROTECT, related_name="+", verbose_name="OPD")
    evaluation = models.ForeignKey(
        Evaluation, models.PROTECT, null=True, blank=True, related_name="recommendations", verbose_name="evaluasi"
    )
    text = models.TextField("rekomendasi", max_length=2000)
    deadline = models.DateField("batas waktu")
    answer = models.TextField("tindak lanjut", max_length=3000, blank=True)

    class Meta:
        verbose_name = "rekomendasi"
        verbose_name_plural = "rekomendasi"
        ordering = ["deadline", "pk"]

    def __str__(self) -> str:
        return self.text[:80]

    def permission_place(self) -> Place:
        return Place(agency=self.agency)

    def may_view_attachments(self, account: Account) -> bool:
        return allowed_at(account, "recommendation.view", self.permission_place())

    def is_overdue(self, today: datetime.date) -> bool:
        return not self.workflow().state(self.state).terminal and self.deadline < today
