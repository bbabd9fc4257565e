"""Applications of the sample, filed and moved through the app's own services by the personas."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from semai_kit import audit
from semai_kit.documents import official_pdf
from semai_kit.models import Agency, FiscalYear, Village

from ..models import Application, GrantLine
from ..services import budget, eligibility, filing, review
from .people import People

ROAD = ("diajukan", "kepala_daerah", "klasifikasi", "rekomendasi", "verifikasi", "tapd", "disetujui")
BEYOND = ("nphd", "waiting", "overdue", "selesai")


@dataclass
class Desk:
    """What entering needs at hand; `filed` grows."""

    people: People
    content: Mapping[str, Any]
    agencies: Mapping[str, Agency]
    villages: list[Village]
    filed: dict[str, Application]


def enter(desk: Desk, entry: Mapping[str, Any], year: FiscalYear) -> None:
    """File one application and walk it as far as its entry says, or as far as the budget allows."""
    counter = desk.people.counter
    with audit.acting(counter):
        content = _content(desk, entry, len(desk.filed) + 1)
        application = filing.file(content, account=counter, year=year).application
        for kind_id in application.kind.documents:
            filing.add_document(application, kind_id, paper(), counter)
        filing.submit(application, counter)
        if entry["to"] == "kurang":
            review.move(counter, application, "kurang", entry["reason"])
    desk.filed[entry["id"]] = application
    target = "disetujui" if entry["to"] in BEYOND else entry["to"]
    if target not in ROAD:
        return
    for state in ROAD[1 : ROAD.index(target) + 1]:
        if not _step(desk, entry, application, state):
            return


def _step(desk: Desk, entry: Mapping[str, Any], application: Application, state: str) -> bool:
    """Take one step; False when no budget line has room for it."""
    people, agency = desk.people, desk.agencies[entry["urusan"]]
    amount = Decimal(entry.get("grant", entry["asked"]))
    plain = {"kepala_daerah": people.counter, "klasifikasi": people.head, "tapd": people.board}
    if state in plain:
        _waive(desk, application)
        with audit.acting(plain[state]):
            review.move(plain[state], application, state)
    elif state == "rekomendasi":
        with audit.acting(people.board):
            review.classify(people.board, application, agency)
    elif state == "verifikasi":
        with audit.acting(people.evaluator(agency)):
            note = desk.content["reasons"]["recommend"]
            review.recommend(people.evaluator(agency), application, amount, note)
    else:
        return _decide(desk, application, amount)
    return True


def _decide(desk: Desk, application: Application, amount: Decimal) -> bool:
    fresh = Application.objects.get(pk=application.pk)
    lines = GrantLine.objects.filter(
        fiscal_year=fresh.fiscal_year, agency=fresh.agency, account_code__startswith=fresh.kind.account
    )
    roomy = [line for line in lines.filter(vanished_at=None) if line.ceiling - budget.committed(line) >= amount]
    if not roomy:
        return False
    with audit.acting(desk.people.tapd):
        review.decide(desk.people.tapd, fresh, amount, roomy[0])
    return True


def _waive(desk: Desk, application: Application) -> None:
    """Let what the sample shows as exceptions pass, with a reason, as Tim Pertimbangan would."""
    board = desk.people.board
    for judged in eligibility.judge(Application.objects.get(pk=application.pk)):
        if judged.stands_in_the_way and judged.finding.rule.waivable:
            with audit.acting(board):
                eligibility.waive(board, application, judged.finding.rule.id, desk.content["reasons"]["waive"])


def _content(desk: Desk, entry: Mapping[str, Any], number: int) -> filing.FilingContent:
    entries = desk.content["applications"]
    who = next((other for other in entries if other["id"] == entry.get("same_as")), entry)
    return filing.FilingContent(
        kind_id=entry["kind"],
        title=entry["title"],
        purpose=entry["purpose"],
        village=desk.villages[number % len(desk.villages)],
        asked=Decimal(entry["asked"]),
        applicant=_applicant(who, entries.index(who) + 1),
    )


def _applicant(entry: Mapping[str, Any], number: int) -> filing.ApplicantContent:
    """Numbers nobody holds: there is no regency 99 and no district 99."""
    is_person = entry["form"] == "perorangan"
    return filing.ApplicantContent(
        form_id=entry["form"],
        name="" if is_person else entry["name"],
        person_name=entry["person"],
        nik=f"5399991408{70 + number % 20}{number:04d}",
        npwp="" if is_person else f"00{number:03d}9999999000",
        deed_number="" if is_person else f"Contoh-{number:03d}/2018",
        registered_on=None if is_person else datetime.date(2018, 1 + number % 12, 7),
        address=f"Lingkungan Contoh RT {number:03d}",
        phone=f"0812000{number:05d}",
        email="",
        bank_name="Bank NTT",
        bank_account=f"990{number:07d}1",
        bank_holder=entry["person"] if is_person else entry["name"],
    )


def paper() -> SimpleUploadedFile:
    """A small PDF that says what it is."""
    return SimpleUploadedFile("contoh.pdf", _printed(), "application/pdf")


@lru_cache(maxsize=1)
def _printed() -> bytes:
    return official_pdf("Berkas contoh", "semai_e_hibah/sample_document.html", {})
