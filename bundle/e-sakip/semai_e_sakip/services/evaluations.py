"""Internal evaluation: the OPD claims, the evaluator grants, the score is computed; recommendations follow."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils.translation import gettext as _
from semai_kit import attachments, roles, workflow
from semai_kit.models import Account, Agency, Attachment, FiscalYear
from semai_kit.roles import Place

from .. import reference
from ..errors import Incomplete, NotEditable, RuleBroken
from ..models import Evaluation, EvaluationAnswer, Recommendation
from ..scoring import score
from . import gates
from .telling import tell

CLAIMING, SENT, ASSESSING, DONE = "mandiri", "dikirim", "dinilai", "selesai"
REPORTED = "diproses"
EVIDENCE_LIMIT = 6


@dataclass(frozen=True)
class RecommendationContent:
    text: str
    deadline: datetime.date


@transaction.atomic
def open_evaluation(account: Account, agency: Agency, year: FiscalYear) -> Evaluation:
    """Begin an OPD's evaluation with the worksheet in force for the year."""
    gates.require(account, "evaluation.open", Place(agency=agency), year, gates.REPORTING)
    if Evaluation.objects.filter(agency=agency, fiscal_year=year).exists():
        raise RuleBroken(_("Evaluasi {agency} tahun {year} sudah dibuka.").format(agency=agency, year=year.year))
    scheme = reference.in_force(reference.schemes(), year.year)
    evaluation = Evaluation.objects.create(fiscal_year=year, agency=agency, scheme_id=scheme.id, created_by=account)
    for criterion in scheme.criteria:
        EvaluationAnswer.objects.create(evaluation=evaluation, criterion=criterion.id)
    tell(evaluation, account)
    return evaluation


@transaction.atomic
def claim(account: Account, answer: EvaluationAnswer, grade: str, note: str) -> EvaluationAnswer:
    """What the OPD thinks of itself on one criterion, and why."""
    row = _locked_answer(answer)
    _require_state(account, row.evaluation, "evaluation.answer", CLAIMING)
    _require_grade(row.evaluation, grade)
    row.claimed, row.claim_note = grade, note.strip()
    row.full_clean()
    row.save()
    return row


@transaction.atomic
def grant(account: Account, answer: EvaluationAnswer, grade: str, note: str) -> EvaluationAnswer:
    """What the evaluator finds; a grade other than the claimed one needs a note."""
    row = _locked_answer(answer)
    _require_state(account, row.evaluation, "evaluation.assess", ASSESSING)
    _require_grade(row.evaluation, grade)
    if grade != row.claimed and not note.strip():
        raise RuleBroken(_("Nilai berbeda dari penilaian mandiri; tulis catatannya."))
    row.granted, row.grant_note = grade, note.strip()
    row.full_clean()
    row.save()
    return row


@transaction.atomic
def attach_evidence(account: Account, answer: EvaluationAnswer, upload: UploadedFile) -> Attachment:
    row = _locked_answer(answer)
    _require_state(account, row.evaluation, "evaluation.answer", CLAIMING)
    if attachments.of(row).count() >= EVIDENCE_LIMIT:
        raise RuleBroken(_("Paling banyak {limit} bukti untuk satu kriteria.").format(limit=EVIDENCE_LIMIT))
    return attachments.attach(row, upload, account)


@transaction.atomic
def summarise(account: Account, evaluation: Evaluation, text: str) -> Evaluation:
    row = _locked(evaluation)
    _require_state(account, row, "evaluation.assess", ASSESSING)
    row.summary = text.strip()
    row.full_clean()
    row.save()
    return row


@transaction.atomic
def move(account: Account, evaluation: Evaluation, to: str, reason: str = "") -> Evaluation:
    """One step; the score is set when the evaluation ends and taken back when it is opened again."""
    row = _locked(evaluation)
    if to in (SENT, DONE):
        problems = problems_of(row, to)
        if problems:
            raise Incomplete(_("Evaluasi"), problems)
    workflow.transition(row, to, account, reason)
    result = score(row.scheme, granted_grades(row)) if to == DONE else None
    row.total, row.band = (result.total, result.band.id) if result else (None, "")
    row.save(update_fields=["total", "band"])
    tell(row, account, reason=reason)
    return row


def problems_of(evaluation: Evaluation, to: str) -> list[str]:
    """Criteria without a grade, named together."""
    field = "claimed" if to == SENT else "granted"
    missing = list(evaluation.answers.filter(**{field: ""}).values_list("criterion", flat=True))
    if not missing:
        return []
    whose = _("penilaian mandiri") if to == SENT else _("penilaian APIP")
    return [_("Belum ada {whose} untuk kriteria {missing}.").format(whose=whose, missing=", ".join(missing))]


def claimed_grades(evaluation: Evaluation) -> dict[str, str]:
    return {answer.criterion: answer.claimed for answer in evaluation.answers.all()}


def granted_grades(evaluation: Evaluation) -> dict[str, str]:
    return {answer.criterion: answer.granted for answer in evaluation.answers.all()}


@transaction.atomic
def recommend(
    account: Account,
    agency: Agency,
    year: FiscalYear,
    content: RecommendationContent,
    evaluation: Evaluation | None = None,
) -> Recommendation:
    gates.require(account, "recommendation.edit", Place(agency=agency), year, gates.REPORTING)
    row = Recommendation(fiscal_year=year, agency=agency, evaluation=evaluation, created_by=account)
    row.text, row.deadline = content.text.strip(), content.deadline
    row.full_clean()
    row.save()
    tell(row, account)
    return row


@transaction.atomic
def change_recommendation(
    account: Account, recommendation: Recommendation, content: RecommendationContent
) -> Recommendation:
    """Reword it or move its deadline, while nobody has answered it."""
    gates.require(
        account,
        "recommendation.edit",
        recommendation.permission_place(),
        recommendation.fiscal_year,
        gates.REPORTING,
    )
    row = Recommendation.objects.select_for_update(of=("self",)).get(pk=recommendation.pk)
    if row.state != "terbuka":
        raise NotEditable(
            _("Rekomendasi ini “{state_title}”, jadi tidak dapat diubah.").format(state_title=_(row.state_title))
        )
    row.text, row.deadline = content.text.strip(), content.deadline
    row.full_clean()
    row.save()
    return row


@transaction.atomic
def move_recommendation(
    account: Account, recommendation: Recommendation, to: str, reason: str = ""
) -> Recommendation:
    """One step; what the OPD reports becomes its answer."""
    row = Recommendation.objects.select_for_update(of=("self",)).select_related("agency", "fiscal_year")
    locked = row.get(pk=recommendation.pk)
    workflow.transition(locked, to, account, reason)
    if to == REPORTED:
        locked.answer = reason.strip()
        locked.save(update_fields=["answer", "updated_at"])
    tell(locked, account, reason=reason)
    return locked


@transaction.atomic
def attach_proof(account: Account, recommendation: Recommendation, upload: UploadedFile) -> Attachment:
    """Proof of what was done, while the recommendation is open."""
    place = recommendation.permission_place()
    gates.require(account, "recommendation.answer", place, recommendation.fiscal_year, gates.REPORTING)
    if recommendation.workflow().state(recommendation.state).terminal:
        raise NotEditable(_("Rekomendasi ini sudah selesai."))
    if attachments.of(recommendation).count() >= EVIDENCE_LIMIT:
        raise RuleBroken(_("Paling banyak {limit} bukti untuk satu rekomendasi.").format(limit=EVIDENCE_LIMIT))
    return attachments.attach(recommendation, upload, account)


def _locked(evaluation: Evaluation) -> Evaluation:
    rows = Evaluation.objects.select_for_update(of=("self",)).select_related("agency", "fiscal_year")
    return rows.get(pk=evaluation.pk)


def _locked_answer(answer: EvaluationAnswer) -> EvaluationAnswer:
    """The evaluation's row is locked first, so that nobody answers while it moves on."""
    evaluation = _locked(answer.evaluation)
    row = EvaluationAnswer.objects.get(pk=answer.pk)
    row.evaluation = evaluation
    return row


def _require_state(account: Account, evaluation: Evaluation, permission: str, state: str) -> None:
    gates.require(account, permission, evaluation.permission_place(), evaluation.fiscal_year, gates.REPORTING)
    if evaluation.state != state:
        wanted = _(evaluation.workflow().state(state).title)
        raise NotEditable(
            _("Evaluasi ini “{state_title}”; isian ini hanya dapat diubah selagi “{wanted}”.").format(
                state_title=_(evaluation.state_title), wanted=wanted
            )
        )


def _require_grade(evaluation: Evaluation, grade: str) -> None:
    if evaluation.scheme.grade(grade) is None:
        raise RuleBroken(
            _("Nilai “{grade}” tidak ada pada lembar kerja {basis}.").format(
                grade=grade, basis=evaluation.scheme.basis
            )
        )


def may_assess(account: Account, evaluation: Evaluation) -> bool:
    return evaluation.state == ASSESSING and roles.allowed_at(
        account, "evaluation.assess", evaluation.permission_place()
    )


def may_claim(account: Account, evaluation: Evaluation) -> bool:
    return evaluation.state == CLAIMING and roles.allowed_at(
        account, "evaluation.answer", evaluation.permission_place()
    )
