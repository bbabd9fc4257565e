"""Reference data shipped as YAML in data/: kinds of grants, legal forms, documents, filing limits.

Read on first use. Eligibility rules are read by `rules`, states and roles by the kit.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml
from django.utils.translation import gettext_lazy as lazy

DATA = Path(__file__).parent / "data"
PERSON = "perorangan"
HUNDRED = Decimal(100)


class ReferenceInvalid(Exception):
    """A data file of the app contradicts itself; the message names the entry."""


@dataclass(frozen=True)
class Choice:
    id: str
    title: str


@dataclass(frozen=True)
class LegalForm:
    """What an applicant is; `needs` names the papers of it: deed, npwp."""

    id: str
    title: str
    needs: frozenset[str]


@dataclass(frozen=True)
class Stage:
    """A share of the agreement that is paid at once; percent of the whole."""

    title: str
    percent: Decimal
    after_report: bool = False


@dataclass(frozen=True)
class Kind:
    """A kind of grant or social aid. `maximum` in rupiah, None without limit."""

    id: str
    title: str
    summary: str
    agreement: str
    account: str
    applicant: str
    forms: tuple[str, ...]
    maximum: Decimal | None
    documents: tuple[str, ...]
    stages: tuple[Stage, ...]
    report_days: int
    report_latest: str

    @property
    def is_person(self) -> bool:
        return self.applicant == "person"

    def report_due(self, paid_on: datetime.date, year: int) -> datetime.date:
        """So many days after payment, and not later than a day of the year after the fiscal year."""
        latest = day_of(year + 1, self.report_latest)
        return max(min(paid_on + datetime.timedelta(days=self.report_days), latest), paid_on)


@dataclass(frozen=True)
class FilingLimits:
    """Limits against robots: ages in seconds, (attempts, seconds) per action."""

    usual_window: tuple[str, str]
    least_seconds: int
    most_seconds: int
    per_address: dict[str, tuple[int, int]]
    per_number: dict[str, tuple[int, int]]
    draft_days: int
    upload_bytes: int
    reminders: tuple[int, ...]


def day_of(year: int, month_day: str) -> datetime.date:
    month, day = month_day.split("-")
    return datetime.date(year, int(month), int(day))


def usual_day(text: str, year: int) -> datetime.date:
    """'-1 05-31' is 31 May of the year before."""
    shift, month_day = text.split()
    return day_of(year + int(shift), month_day)


def read(name: str) -> dict[str, Any]:
    """A YAML file of data/."""
    return yaml.safe_load((DATA / name).read_text(encoding="utf-8"))


@lru_cache(maxsize=1)
def kinds() -> tuple[Kind, ...]:
    """Every kind, checked against forms and documents; raises ReferenceInvalid."""
    return tuple(_kind(entry) for entry in read("kinds.yml")["kinds"])


def kind(kind_id: str) -> Kind:
    found = next((entry for entry in kinds() if entry.id == kind_id), None)
    if found is None:
        raise ReferenceInvalid(f"kinds.yml: no kind {kind_id!r}")
    return found


def kind_choices() -> list[tuple[str, str]]:
    return [(entry.id, lazy(entry.title)) for entry in kinds()]


@lru_cache(maxsize=1)
def legal_forms() -> tuple[LegalForm, ...]:
    return tuple(LegalForm(e["id"], e["title"], frozenset(e["needs"])) for e in read("kinds.yml")["forms"])


def legal_form(form_id: str) -> LegalForm:
    return next((f for f in legal_forms() if f.id == form_id), LegalForm(form_id, form_id, frozenset()))


@lru_cache(maxsize=1)
def documents() -> tuple[Choice, ...]:
    return tuple(Choice(**entry) for entry in read("kinds.yml")["documents"])


def document(document_id: str) -> Choice:
    return next((d for d in documents() if d.id == document_id), Choice(document_id, document_id))


@lru_cache(maxsize=1)
def banks() -> tuple[str, ...]:
    return tuple(read("kinds.yml")["banks"])


@lru_cache(maxsize=1)
def filing() -> FilingLimits:
    entry = read("filing.yml")
    return FilingLimits(
        usual_window=tuple(entry["usual_window"]),
        least_seconds=entry["form_seconds"]["least"],
        most_seconds=entry["form_seconds"]["most"],
        per_address={action: tuple(limit) for action, limit in entry["per_address"].items()},
        per_number={action: tuple(limit) for action, limit in entry["per_number"].items()},
        draft_days=entry["draft_days"],
        upload_bytes=entry["upload_mb"] * 1024 * 1024,
        reminders=tuple(sorted(entry["reminders"])),
    )


def _kind(entry: dict[str, Any]) -> Kind:
    stages = tuple(Stage(s["title"], Decimal(s["percent"]), s.get("after_report", False)) for s in entry["stages"])
    _check(entry, stages)
    return Kind(
        id=entry["id"],
        title=entry["title"],
        summary=entry["summary"],
        agreement=entry["agreement"],
        account=entry["account"],
        applicant=entry["applicant"],
        forms=tuple(entry["forms"]),
        maximum=Decimal(entry["maximum"]) if entry.get("maximum") else None,
        documents=tuple(entry["documents"]),
        stages=stages,
        report_days=entry["report"]["days"],
        report_latest=entry["report"]["latest"],
    )


def _check(entry: dict[str, Any], stages: tuple[Stage, ...]) -> None:
    unknown = set(entry["forms"]) - {f.id for f in legal_forms()}
    unknown |= set(entry["documents"]) - {d.id for d in documents()}
    if unknown:
        raise ReferenceInvalid(f"kinds.yml: {entry['id']} names unknown {sorted(unknown)}")
    if sum(stage.percent for stage in stages) != HUNDRED:
        raise ReferenceInvalid(f"kinds.yml: the stages of {entry['id']} must add up to 100 percent")
