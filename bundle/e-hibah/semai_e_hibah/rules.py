"""Eligibility: rules are data (data/rules.yml), checks are pure functions of facts.

The newest set in force in a year counts. A check returns the fault as an Indonesian sentence, or "".
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Any

from django.utils.formats import date_format
from semai_kit.money import rupiah

from . import reference
from .reference import Kind, ReferenceInvalid


@dataclass(frozen=True)
class Facts:
    """What the rules look at. `amount` is the figure considered; years and numbers are of one applicant."""

    kind: Kind
    form: str
    registered_on: datetime.date | None
    filed_on: datetime.date
    closes_on: datetime.date | None
    fiscal_year: int
    amount: Decimal
    awarded_years: tuple[int, ...] = ()
    unreported: tuple[str, ...] = ()
    same_year: tuple[str, ...] = ()


@dataclass(frozen=True)
class Rule:
    """One rule of a set, with the legal text it comes from. `local`: its figures are the region's own decision."""

    id: str
    check: str
    title: str
    basis: str
    waivable: bool
    local: bool
    kinds: tuple[str, ...]
    parameters: Mapping[str, Any]


@dataclass(frozen=True)
class RuleSet:
    id: str
    decree: str
    from_year: int
    rules: tuple[Rule, ...]


@dataclass(frozen=True)
class Finding:
    """What a rule says about the facts; `fault` is empty when it is met."""

    rule: Rule
    fault: str

    @property
    def passed(self) -> bool:
        return not self.fault


def evaluate(facts: Facts, rule_set: RuleSet) -> list[Finding]:
    """Every rule of the set that concerns the kind, in file order."""
    concerned = [rule for rule in rule_set.rules if not rule.kinds or facts.kind.id in rule.kinds]
    return [Finding(rule, CHECKS[rule.check](facts, rule.parameters)) for rule in concerned]


@lru_cache(maxsize=1)
def sets() -> tuple[RuleSet, ...]:
    return parse(reference.read("rules.yml"))


def set_of(year: int) -> RuleSet:
    """The newest set that was in force in a fiscal year."""
    known = [entry for entry in sets() if entry.from_year <= year]
    if not known:
        raise ReferenceInvalid(f"rules.yml: no set of rules for {year}")
    return max(known, key=lambda entry: entry.from_year)


def parse(document: Mapping[str, Any]) -> tuple[RuleSet, ...]:
    """Read the file's content; raises ReferenceInvalid for an unknown check, kind or a repeated id."""
    made = []
    for entry in document["sets"]:
        rules = tuple(_rule(given) for given in entry["rules"])
        if len({rule.id for rule in rules}) != len(rules):
            raise ReferenceInvalid(f"rules.yml: set {entry['id']} names a rule twice")
        made.append(RuleSet(entry["id"], entry["decree"], entry["from_year"], rules))
    return tuple(made)


def _rule(entry: Mapping[str, Any]) -> Rule:
    if entry["check"] not in CHECKS:
        raise ReferenceInvalid(f"rules.yml: {entry['id']}: unknown check {entry['check']!r}")
    unknown = set(entry.get("kinds", ())) - {kind.id for kind in reference.kinds()}
    if unknown:
        raise ReferenceInvalid(f"rules.yml: {entry['id']}: unknown kinds {sorted(unknown)}")
    own = {"id", "check", "title", "basis", "waivable", "local", "kinds"}
    return Rule(
        id=entry["id"],
        check=entry["check"],
        title=entry["title"],
        basis=entry["basis"].strip(),
        waivable=entry["waivable"],
        local=entry.get("local", False),
        kinds=tuple(entry.get("kinds", ())),
        parameters={name: value for name, value in entry.items() if name not in own},
    )


def _legal_form(facts: Facts, parameters: Mapping[str, Any]) -> str:
    if facts.form in facts.kind.forms:
        return ""
    allowed = ", ".join(reference.legal_form(form).title for form in facts.kind.forms)
    return f"{reference.legal_form(facts.form).title} tidak dapat menerima jenis ini; yang dapat: {allowed}."


def _registered_years(facts: Facts, parameters: Mapping[str, Any]) -> str:
    years = int(parameters["years"])
    if facts.registered_on is None:
        return "Tanggal akta atau terdaftar tidak diisi."
    if _years_between(facts.registered_on, facts.filed_on) >= years:
        return ""
    return (
        f"Terdaftar sejak {_day(facts.registered_on)}, belum {years} tahun pada saat mengajukan "
        f"({_day(facts.filed_on)})."
    )


def _repeat_award(facts: Facts, parameters: Mapping[str, Any]) -> str:
    if facts.form in parameters.get("exempt_forms", ()):
        return ""
    gap = int(parameters["gap_years"])
    close = [year for year in facts.awarded_years if 0 < facts.fiscal_year - year <= gap]
    if not close:
        return ""
    return f"Sudah menerima pada tahun {', '.join(map(str, sorted(close)))}; jeda paling sedikit {gap} tahun."


def _deadline(facts: Facts, parameters: Mapping[str, Any]) -> str:
    if facts.closes_on is None:
        return "Masa pengajuan tahun ini belum ditetapkan."
    if facts.filed_on <= facts.closes_on:
        return ""
    return f"Diajukan {_day(facts.filed_on)}, lewat dari tenggat {_day(facts.closes_on)}."


def _maximum(facts: Facts, parameters: Mapping[str, Any]) -> str:
    limit = facts.kind.maximum
    if limit is None or facts.amount <= limit:
        return ""
    return f"Nilai {rupiah(facts.amount)} melebihi batas {rupiah(limit)}."


def _unreported(facts: Facts, parameters: Mapping[str, Any]) -> str:
    if not facts.unreported:
        return ""
    return f"Laporan belum diterima dan sudah lewat tenggat untuk permohonan {', '.join(facts.unreported)}."


def _once_a_year(facts: Facts, parameters: Mapping[str, Any]) -> str:
    if not facts.same_year:
        return ""
    return f"Pemohon yang sama sudah mengajukan {', '.join(facts.same_year)} untuk tahun {facts.fiscal_year}."


def _years_between(start: datetime.date, end: datetime.date) -> int:
    return end.year - start.year - ((end.month, end.day) < (start.month, start.day))


def _day(day: datetime.date) -> str:
    return date_format(day, "j F Y")


CHECKS: Mapping[str, Callable[[Facts, Mapping[str, Any]], str]] = {
    "legal_form": _legal_form,
    "registered_years": _registered_years,
    "repeat_award": _repeat_award,
    "deadline": _deadline,
    "maximum": _maximum,
    "unreported": _unreported,
    "once_a_year": _once_a_year,
}
