"""Internal evaluation: list, worksheet, grades with evidence, summary."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.forms import BaseForm
from django.http import HttpRequest
from django.urls import reverse, reverse_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from semai_kit import attachments, roles
from semai_kit.models import Agency, Attachment

from ..forms.evaluations import AnswerForm, SummaryForm
from ..forms.measurements import UploadForm
from ..models import Evaluation, EvaluationAnswer
from ..scoring import Component, Criterion, Part, score
from ..selectors.evidence import evidence_of
from ..selectors.records import agencies_for, evaluations, recommendations
from ..services import evaluations as writing
from ..services import gates
from .measurements import uploaded
from .pages import Page, PostAction, RecordForm, StepsPage


@dataclass(frozen=True)
class Row:
    """A criterion of the worksheet with its answer and evidence."""

    criterion: Criterion
    part: Part
    answer: EvaluationAnswer
    evidence: tuple[Attachment, ...]


class EvaluationList(Page):
    permission = "evaluation.view"
    template_name = "semai_e_sakip/evaluations.html"
    title = lazy("Evaluasi internal")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        account = self.request.user
        rows = [(one, _band(one)) for one in evaluations(account, self.year)]
        have = {evaluation.agency_id for evaluation, _ in rows}
        openable = agencies_for(account, "evaluation.open") if self.year.is_open else []
        without = [agency for agency in openable if agency.pk not in have]
        return super().get_context_data(rows=rows, without=without, **kwargs)


def _band(evaluation: Evaluation) -> Any:
    return next((band for band in evaluation.scheme.bands if band.id == evaluation.band), None)


class OpenEvaluation(PostAction):
    permission = "evaluation.open"

    def load(self) -> Agency | None:
        return agencies_for(self.request.user, "evaluation.open").filter(pk=self.kwargs["pk"]).first()

    def act(self) -> str:
        writing.open_evaluation(self.request.user, self.record, self.request.fiscal_year)
        return _("Evaluasi {record} dibuka untuk penilaian mandiri.").format(record=self.record)

    def target(self) -> str:
        return reverse("sakip:evaluations")


class EvaluationDetail(StepsPage):
    permission = "evaluation.view"
    template_name = "semai_e_sakip/evaluation.html"
    back_url = reverse_lazy("sakip:evaluations")

    def load(self) -> Evaluation | None:
        return evaluations(self.request.user).filter(pk=self.kwargs["pk"]).first()

    def get_title(self) -> str:
        return _("Evaluasi {name}").format(name=self.record.agency.name)

    def take_step(self, to: str, reason: str) -> Evaluation:
        return writing.move(self.request.user, self.record, to, reason)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        evaluation, account = self.record, self.request.user
        scheme = evaluation.scheme
        answers = {answer.criterion: answer for answer in evaluation.answers.all()}
        return super().get_context_data(
            evaluation=evaluation,
            scheme=scheme,
            components=_components(evaluation, answers),
            claimed=score(scheme, {key: answer.claimed for key, answer in answers.items()}),
            granted=score(scheme, {key: answer.granted for key, answer in answers.items()}),
            may_claim=self.year_open and writing.may_claim(account, evaluation),
            may_assess=self.year_open and writing.may_assess(account, evaluation),
            recommendations=list(recommendations(account).filter(evaluation=evaluation)),
            may_recommend=gates.may(
                account, "recommendation.edit", evaluation.permission_place(), evaluation.fiscal_year
            ),
            **kwargs,
        )

    @property
    def year_open(self) -> bool:
        return self.record.fiscal_year.is_open


def _components(evaluation: Evaluation, answers: dict[str, EvaluationAnswer]) -> list[tuple[Component, list[Row]]]:
    scheme = evaluation.scheme
    files = evidence_of(list(answers.values()))
    return [
        (
            component,
            [
                Row(one, scheme.part(one.part), answers[one.id], files.get(answers[one.id].pk, ()))
                for one in component.criteria
                if one.id in answers
            ],
        )
        for component in scheme.components
    ]


class _AnswerPage:
    request: HttpRequest
    kwargs: dict[str, Any]
    record: EvaluationAnswer

    def load(self) -> EvaluationAnswer | None:
        rows = EvaluationAnswer.objects.select_related("evaluation__agency", "evaluation__fiscal_year")
        answer = rows.filter(pk=self.kwargs["pk"]).first()
        if answer is None or not roles.allowed_at(
            self.request.user, "evaluation.view", answer.evaluation.permission_place()
        ):
            return None
        return answer

    def page_of_evaluation(self) -> str:
        return reverse("sakip:evaluation", args=[self.record.evaluation_id]) + f"#k{self.record.criterion}"


class _GradeForm(_AnswerPage, RecordForm):
    form_class = AnswerForm
    template_name = "semai_e_sakip/answer.html"

    @property
    def criterion(self) -> Criterion:
        return next(c for c in self.record.evaluation.scheme.criteria if c.id == self.record.criterion)

    def get_intro(self) -> str:
        return _(self.criterion.text)

    def get_form_kwargs(self) -> dict[str, Any]:
        return {**super().get_form_kwargs(), "scheme": self.record.evaluation.scheme}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        files = list(attachments.of(self.record))
        return super().get_context_data(answer=self.record, evidence=files, upload=UploadForm(), **kwargs)

    def get_back_url(self) -> str:
        return self.page_of_evaluation()

    def get_success_url(self) -> str:
        return self.page_of_evaluation()


class Claim(_GradeForm):
    permission = "evaluation.answer"
    success_message = lazy("Penilaian mandiri disimpan.")

    def get_title(self) -> str:
        return _("Penilaian mandiri {criterion}").format(criterion=self.record.criterion)

    def get_initial(self) -> dict[str, Any]:
        return {"grade": self.record.claimed, "note": self.record.claim_note}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(may_attach=True, **kwargs)

    def perform(self, form: BaseForm) -> EvaluationAnswer:
        cleaned = form.cleaned_data
        return writing.claim(self.request.user, self.record, cleaned["grade"], cleaned["note"])


class Grant(_GradeForm):
    permission = "evaluation.assess"
    success_message = lazy("Penilaian APIP disimpan.")

    def get_title(self) -> str:
        return _("Penilaian APIP {criterion}").format(criterion=self.record.criterion)

    def get_initial(self) -> dict[str, Any]:
        return {"grade": self.record.granted or self.record.claimed, "note": self.record.grant_note}

    def perform(self, form: BaseForm) -> EvaluationAnswer:
        cleaned = form.cleaned_data
        return writing.grant(self.request.user, self.record, cleaned["grade"], cleaned["note"])


class AttachToAnswer(_AnswerPage, PostAction):
    permission = "evaluation.answer"

    def act(self) -> str:
        attachment = writing.attach_evidence(self.request.user, self.record, uploaded(self.request))
        return _("Bukti “{name}” diunggah.").format(name=attachment.name)

    def target(self) -> str:
        return reverse("sakip:claim", args=[self.record.pk])


class Summarise(RecordForm):
    permission = "evaluation.assess"
    form_class = SummaryForm
    title = lazy("Ringkasan hasil evaluasi")
    success_message = lazy("Ringkasan disimpan.")

    def load(self) -> Evaluation | None:
        return evaluations(self.request.user).filter(pk=self.kwargs["pk"]).first()

    def get_initial(self) -> dict[str, Any]:
        return {"text": self.record.summary}

    def perform(self, form: BaseForm) -> Evaluation:
        return writing.summarise(self.request.user, self.record, form.cleaned_data["text"])

    def get_back_url(self) -> str:
        return reverse("sakip:evaluation", args=[self.record.pk])

    def get_success_url(self) -> str:
        return self.get_back_url()
