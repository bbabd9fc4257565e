"""Sample officials, Perjanjian Kinerja, evaluations with follow-up, and an LKjIP draft."""

from __future__ import annotations

import datetime
from typing import Any

from django.conf import settings
from django.utils import timezone
from semai_kit import audit
from semai_kit.models import Account, Agency, FiscalYear
from semai_kit.region import read_region

from ..models import Agreement, Evaluation, Position
from ..services import agreements, evaluations, reports
from ..services.positions import PositionContent, save_position
from .people import People, content

SIGNED_AGENCIES, EVALUATED_AGENCIES = 2, 2


def enter(people: People, year: FiscalYear) -> None:
    head, heads = _enter_positions(people)
    _agree(people, people.organisation, head, year, signer=people.head)
    for number, position in enumerate(heads):
        agency = position.agency
        if agency is None:
            continue
        signer = people.officials[agency.pk] if number < SIGNED_AGENCIES else None
        _agree(people, people.by_agency[agency.pk], position, year, signer=signer)
    for number, agency in enumerate(people.agencies[:EVALUATED_AGENCIES]):
        _evaluate(people, agency, year, finished=number == 0)
    _draft_report(people, year)


def _enter_positions(people: People) -> tuple[Position, list[Position]]:
    """Head of region, heads of the OPD and one secretary, so that an agreement of the second rank can be tried."""
    words, region = content("content.yml"), read_region(settings.SEMAI.region_file)
    chief = words["head_of_region"]
    name = region.head_name or chief["name"]
    head = _position(people, None, "kepala_daerah", region.head_title, {**chief, "name": name}, None)
    heads = []
    for agency, person in zip(people.agencies, words["heads"], strict=False):
        named = {**person, "name": agency.head_name} if agency.head_name else person
        title = f"{agency.head_title or 'Kepala'} {agency.name}".replace("Dinas Dinas", "Dinas")
        heads.append(
            _position(people, agency, "pimpinan_tinggi", title.replace("Badan Badan", "Badan"), named, head)
        )
    secretary = words["secretary"]
    title = f"{secretary['title']} {people.agencies[0].name}"
    _position(people, people.agencies[0], "administrator", title, secretary, heads[0])
    return head, heads


def _position(
    people: People,
    agency: Agency | None,
    kind: str,
    title: str,
    person: dict[str, Any],
    superior: Position | None,
) -> Position:
    details = PositionContent(
        agency=agency,
        kind=kind,
        title=title[:120],
        acting="",
        name=person["name"],
        nip=person.get("nip", ""),
        rank=person["rank"],
        superior=superior,
        valid_from=datetime.date(timezone.localdate().year, 1, 1),
        valid_until=None,
    )
    with audit.acting(people.organisation):
        return save_position(people.organisation, None, details)


def _agree(
    people: People, author: Account, position: Position, year: FiscalYear, signer: Account | None
) -> Agreement:
    """Submitted, and signed where a signer is given."""
    with audit.acting(author):
        agreement = agreements.open_agreement(author, position, year)
        if agreements.problems_of(agreement):
            return agreement
        agreement = agreements.move(author, agreement, agreements.SUBMITTED)
    if signer is None:
        return agreement
    with audit.acting(people.head):
        agreement = agreements.move(people.head, agreement, agreements.APPROVED)
    with audit.acting(signer):
        return agreements.move(signer, agreement, agreements.SIGNED, signed_on=timezone.localdate())


def _evaluate(people: People, agency: Agency, year: FiscalYear, *, finished: bool) -> None:
    words, owner, inspector = content("content.yml"), people.by_agency[agency.pk], people.inspector
    with audit.acting(inspector):
        evaluation = evaluations.open_evaluation(inspector, agency, year)
    with audit.acting(owner):
        for number, answer in enumerate(evaluation.answers.all()):
            grade = words["grades"][number % len(words["grades"])]
            evaluations.claim(owner, answer, grade, words["claim_note"])
        evaluation = evaluations.move(owner, evaluation, evaluations.SENT)
    if finished:
        _grant(people, evaluation)


def _grant(people: People, evaluation: Evaluation) -> None:
    words, inspector = content("content.yml"), people.inspector
    with audit.acting(inspector):
        evaluation = evaluations.move(inspector, evaluation, evaluations.ASSESSING)
        for number, answer in enumerate(evaluation.answers.all()):
            grade = words["granted"][number % len(words["granted"])]
            note = words["grant_note"] if grade != answer.claimed else ""
            evaluations.grant(inspector, answer, grade, note)
        evaluations.summarise(inspector, evaluation, words["summary"])
        evaluation = evaluations.move(inspector, evaluation, evaluations.DONE)
        deadline = timezone.localdate() + datetime.timedelta(days=60)
        made = [
            evaluations.recommend(
                inspector,
                evaluation.agency,
                evaluation.fiscal_year,
                evaluations.RecommendationContent(text, deadline),
                evaluation,
            )
            for text in words["recommendations"]
        ]
    owner = people.by_agency[evaluation.agency_id]
    with audit.acting(owner):
        evaluations.move_recommendation(owner, made[0], evaluations.REPORTED, words["follow_up"])


def _draft_report(people: People, year: FiscalYear) -> None:
    agency = people.agencies[0]
    owner = people.by_agency[agency.pk]
    with audit.acting(owner):
        report = reports.open_report(owner, agency, year)
        reports.save_text(owner, report, "isu", content("content.yml")["strategic_issue"])
