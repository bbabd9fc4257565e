"""Perjanjian Kinerja: chosen from the tree, frozen when submitted, replaced only by a Perubahan."""

from __future__ import annotations

import datetime
from collections.abc import Collection
from dataclasses import dataclass
from decimal import Decimal

from django.db import transaction
from django.db.models import Min, Q, QuerySet, Sum
from django.utils.translation import gettext as _
from semai_kit import numbering, roles, workflow
from semai_kit.models import Account, FiscalYear
from semai_kit.workflow import Transition

from .. import reference
from ..errors import Incomplete, NotEditable, RuleBroken
from ..models import Agreement, AgreementProgram, AgreementTarget, BudgetItem, Indicator, PerformanceNode, Position
from . import gates
from .telling import tell

DRAFT, SUBMITTED, APPROVED, SIGNED, REPLACED = "draf", "diajukan", "disetujui", "ditandatangani", "digantikan"
NUMBERS = "perjanjian-kinerja"
BY_SUPERIOR = frozenset({"agreement.approve"})


@dataclass(frozen=True)
class Party:
    """A signatory as the document names them."""

    name: str
    position: str
    rank: str
    nip: str


@transaction.atomic
def open_agreement(account: Account, position: Position, year: FiscalYear) -> Agreement:
    """The draft of an official's agreement for the year, with the indicators such an official usually has."""
    gates.require(account, "agreement.edit", position.place(), year)
    if Agreement.objects.filter(position=position, fiscal_year=year).exists():
        raise RuleBroken(
            _("{title} sudah mempunyai Perjanjian Kinerja tahun {year}.").format(
                title=position.title, year=year.year
            )
        )
    agreement = Agreement.objects.create(
        fiscal_year=year, position=position, agency=position.agency, created_by=account
    )
    usual = candidates(agreement).filter(node__level__in=reference.official_kind(position.kind).levels)
    _set_targets(agreement, usual)
    _set_programs(agreement, [code for code, _, _ in programs_of(agreement)])
    return agreement


def candidates(agreement: Agreement) -> QuerySet[Indicator]:
    """Indicators an agreement may hold: those of the OPD and those of the region above it."""
    rows = Indicator.objects.filter(fiscal_year=agreement.fiscal_year, vanished_at=None)
    rows = rows.select_related("node", "fiscal_year").prefetch_related("targets")
    if agreement.agency_id is None:
        return rows.filter(node__agency=None)
    above = PerformanceNode.objects.filter(level="sasaran", children__agency=agreement.agency_id)
    return rows.filter(Q(agency=agreement.agency_id) | Q(node__in=above))


def programs_of(agreement: Agreement) -> list[tuple[str, str, Decimal]]:
    """Programs of the OPD (of every OPD for the head of the region) with their budget: code, name, rupiah."""
    grouped = _budget_of(agreement).order_by("program_code").values("program_code")
    rows = grouped.annotate(name=Min("program_name"), budget=Sum("total"))
    return [(row["program_code"], row["name"], row["budget"]) for row in rows]


@transaction.atomic
def choose(
    account: Account, agreement: Agreement, indicators: Collection[int], programs: Collection[str]
) -> Agreement:
    """Set what the draft holds; figures are those of today until it is submitted."""
    locked = _draft(account, agreement)
    _set_targets(locked, candidates(locked).filter(pk__in=list(indicators)))
    _set_programs(locked, programs)
    return locked


@transaction.atomic
def move(
    account: Account, agreement: Agreement, to: str, reason: str = "", signed_on: datetime.date | None = None
) -> Agreement:
    """One step: submitting freezes figures and names, signing dates it and replaces the agreement before it."""
    locked = Agreement.objects.select_for_update(of=("self",)).select_related(
        "agency", "fiscal_year", "position__official__agency", "position__superior__official__agency"
    )
    row = locked.get(pk=agreement.pk)
    if to == REPLACED:
        raise RuleBroken(_("PK digantikan dengan sendirinya ketika PK Perubahan ditandatangani."))
    _require_superior(account, row, to)
    if to == SUBMITTED:
        _freeze(row)
    if to == SIGNED:
        _sign(row, signed_on)
    workflow.transition(row, to, account, reason)
    if to == SIGNED and row.revision:
        _replace_former(row)
    tell(row, account, reason=reason, place=row.superior_place() if to == SUBMITTED else None)
    return row


def available(account: Account, agreement: Agreement) -> list[Transition]:
    """Steps to offer: the superior's only to whoever acts for the superior, the automatic one to nobody."""
    return [
        step
        for step in workflow.available(agreement, account)
        if step.to != REPLACED
        and (
            step.permission not in BY_SUPERIOR
            or roles.allowed_at(account, step.permission, agreement.superior_place())
        )
    ]


@transaction.atomic
def open_revision(account: Account, agreement: Agreement) -> Agreement:
    """The draft of a PK Perubahan: same indicators and programs, with the figures of today.

    Programs whose budget came only after the former was submitted come along: it could not hold them.
    """
    gates.require(account, "agreement.edit", agreement.permission_place(), agreement.fiscal_year)
    if agreement.state != SIGNED:
        raise RuleBroken(_("PK Perubahan dibuat dari PK yang sudah ditandatangani."))
    newest = Agreement.objects.filter(position=agreement.position, fiscal_year=agreement.fiscal_year)
    if newest.order_by("-revision").values_list("revision", flat=True)[0] != agreement.revision:
        raise RuleBroken(_("PK Perubahan yang lebih baru sudah ada."))
    revision = Agreement.objects.create(
        fiscal_year=agreement.fiscal_year,
        position=agreement.position,
        agency=agreement.agency,
        revision=agreement.revision + 1,
        created_by=account,
    )
    _set_targets(revision, Indicator.objects.filter(agreed__agreement=agreement))
    known = set(agreement.programs.values_list("code", flat=True))
    _set_programs(revision, known | _arrived_after(agreement))
    return revision


def left_out(agreement: Agreement) -> list[tuple[str, str, Decimal]]:
    """Programs with a budget that the agreement does not hold: code, name, rupiah."""
    chosen = {program.code for program in agreement.programs.all()}
    return [row for row in programs_of(agreement) if row[0] not in chosen]


def problems_of(agreement: Agreement) -> list[str]:
    """Everything that keeps a draft from being submitted, as full sentences."""
    problems = []
    targets = list(agreement.targets.select_related("indicator").order_by("pk"))
    if not targets:
        problems.append(_("Belum ada indikator yang dipilih."))
    problems += [
        _("Indikator “{name}” belum mempunyai target tahun ini.").format(name=t.name)
        for t in targets
        if t.target is None
    ]
    position = agreement.position
    if position.superior is None and position.agency is not None:
        problems.append(_("Atasan {title} belum diisi pada daftar penanda tangan.").format(title=position.title))
    return problems


def _budget_of(agreement: Agreement) -> QuerySet[BudgetItem]:
    """Sub kegiatan with a budget, of the OPD or of every one for the head of the region."""
    rows = BudgetItem.objects.filter(fiscal_year=agreement.fiscal_year)
    return rows if agreement.agency_id is None else rows.filter(agency=agreement.agency_id)


def _draft(account: Account, agreement: Agreement) -> Agreement:
    gates.require(account, "agreement.edit", agreement.permission_place(), agreement.fiscal_year)
    row = Agreement.objects.select_for_update(of=("self",)).select_related(
        "agency", "fiscal_year", "position__official"
    )
    locked = row.get(pk=agreement.pk)
    if locked.state != DRAFT:
        raise NotEditable(
            _("PK ini “{state_title}”, jadi isinya tidak dapat diubah.").format(state_title=_(locked.state_title))
        )
    return locked


def _set_targets(agreement: Agreement, indicators: QuerySet[Indicator]) -> None:
    """Bring the rows to these indicators, with words and figures of today."""
    wanted = {row.pk: row for row in indicators.select_related("node", "fiscal_year").prefetch_related("targets")}
    agreement.targets.exclude(indicator__in=wanted).delete()
    known = {row.indicator_id: row for row in agreement.targets.all()}
    for key, indicator in wanted.items():
        row = known.get(key) or AgreementTarget(agreement=agreement, indicator=indicator)
        row.objective, row.name, row.unit = indicator.node.title, indicator.name, indicator.unit
        row.target = indicator.target
        row.save()


def _set_programs(agreement: Agreement, codes: Collection[str]) -> None:
    wanted = {code: (name, total) for code, name, total in programs_of(agreement) if code in codes}
    agreement.programs.exclude(code__in=wanted).delete()
    known = {row.code: row for row in agreement.programs.all()}
    for code, (name, total) in wanted.items():
        row = known.get(code) or AgreementProgram(agreement=agreement, code=code)
        row.name, row.budget = name, total
        row.save()


def _arrived_after(agreement: Agreement) -> set[str]:
    """Codes of programs without any budget on the day the agreement was submitted."""
    submitted = workflow.history(agreement).filter(to_state=SUBMITTED).order_by("-pk")
    moment = submitted.values_list("at", flat=True)[0]
    earlier = _budget_of(agreement).filter(created_at__lte=moment).values_list("program_code", flat=True)
    return {code for code, _, _ in programs_of(agreement)} - set(earlier)


def _freeze(agreement: Agreement) -> None:
    """Copy figures, budgets and both parties as they are now; afterwards nothing of it follows its source."""
    _set_targets(agreement, Indicator.objects.filter(agreed__agreement=agreement))
    _set_programs(agreement, list(agreement.programs.values_list("code", flat=True)))
    problems = problems_of(agreement)
    if problems:
        raise Incomplete(_("Perjanjian Kinerja"), problems)
    _copy_party(agreement, "signer", agreement.position)
    _copy_party(agreement, "superior", agreement.position.superior)
    agreement.save()


def _copy_party(agreement: Agreement, side: str, position: Position | None) -> None:
    """An empty party stays empty: the head of the region answers to the public."""
    values = {
        "name": position.official.name if position else "",
        "position": position.title if position else "",
        "rank": position.official.rank if position else "",
        "nip": position.official.nip if position else "",
    }
    for name, value in values.items():
        setattr(agreement, f"{side}_{name}", value)


def _sign(agreement: Agreement, signed_on: datetime.date | None) -> None:
    if signed_on is None:
        raise RuleBroken(_("Isi tanggal penandatanganan."))
    agreement.signed_on = signed_on
    agreement.number = numbering.take(NUMBERS, agreement.fiscal_year, agency=agreement.agency)
    agreement.save()


def _replace_former(agreement: Agreement) -> None:
    former = Agreement.objects.filter(
        position=agreement.position, fiscal_year=agreement.fiscal_year, revision=agreement.revision - 1
    ).first()
    if former is not None and former.state == SIGNED:
        workflow.transition(former, REPLACED, None, f"Digantikan {agreement.title} nomor {agreement.number}.")


def _require_superior(account: Account, agreement: Agreement, to: str) -> None:
    step = agreement.workflow().find(agreement.state, to)
    if step is not None and step.permission in BY_SUPERIOR:
        roles.require_at(account, step.permission, agreement.superior_place())


def parties(agreement: Agreement) -> tuple[Party, Party | None]:
    """Signer and superior: as frozen at submission, or as they are today while it is a draft."""
    if agreement.state == DRAFT:
        _copy_party(agreement, "signer", agreement.position)
        _copy_party(agreement, "superior", agreement.position.superior)
    signer, superior = (
        Party(*(getattr(agreement, f"{side}_{name}") for name in ("name", "position", "rank", "nip")))
        for side in ("signer", "superior")
    )
    return signer, superior if superior.name else None
