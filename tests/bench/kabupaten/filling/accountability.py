"""Who agreed to what and how it was judged: officials, Perjanjian Kinerja, evaluations, recommendations, LKjIP."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Sequence
from decimal import Decimal

from django.db import transaction
from django.utils import timezone
from semai_e_sakip import reference
from semai_e_sakip.models import (
    Agreement,
    AgreementProgram,
    AgreementTarget,
    AnnualTarget,
    BudgetItem,
    Evaluation,
    EvaluationAnswer,
    Indicator,
    Position,
    Recommendation,
)
from semai_e_sakip.scoring import score
from semai_e_sakip.services import agreements, reports
from semai_kit import audit, numbering
from semai_kit.models import Account, Agency, FiscalYear, Official

from tests.bench.kabupaten import size
from tests.bench.kabupaten.filling.history import Step, passed
from tests.bench.kabupaten.filling.performance import WORDS

CHANCE = size.chance()
STAFF = {"administrator": 35, "pengawas": 65}  # eselon III and IV, in hundredths
# In hundredths; those of a year that has ended are all signed.
RUNNING = {"ditandatangani": 88, "disetujui": 4, "diajukan": 5, "draf": 3}
AGREED_ROAD = ("draf", "diajukan", "disetujui", "ditandatangani")
EVERY_REVISED = 10  # one signed agreement in so many is replaced by a Perubahan
JUDGED = ("mandiri", "dikirim", "dinilai", "selesai")
FOLLOWED = {"terbuka": 30, "diproses": 30, "selesai": 35, "tidak_dapat": 5}
FOLLOWED_ROAD = {
    "terbuka": (), "diproses": ("diproses",), "selesai": ("diproses", "selesai"), "tidak_dapat": ("tidak_dapat",)
}  # fmt: skip
GRADES = ("BB", "B", "CC", "A", "B")


class Staff:
    """The officials of the region, and who acts for them."""

    def __init__(self, agencies: Sequence[Agency], people: dict[str, Account], owners: dict[int, Account]) -> None:
        self.agencies, self.people, self.owners = agencies, people, owners
        self.positions = self._positions()

    def owner(self, agency: int | None) -> Account:
        return self.owners[agency] if agency else self.people["organisasi"]

    def _positions(self) -> list[Position]:
        """The head of region, the heads of OPD below, and the officials of each OPD."""
        head = self._office([(None, "kepala_daerah", "Bupati", None)])
        chiefs = self._office(
            [(agency, "pimpinan_tinggi", f"Kepala {agency.name}", head[0]) for agency in self.agencies]
        )
        counts = size.shares(size.OFFICIALS)
        staff = [
            (chief.agency, kind, f"Kepala Bagian {number + 1} {chief.agency.name}", chief)
            for chief, count in zip(chiefs, counts, strict=True)
            for number, kind in enumerate(_kinds(count))
            if chief.agency
        ]
        return [*head, *chiefs, *self._office(staff)]

    def _office(self, wanted: Sequence[tuple[Agency | None, str, str, Position | None]]) -> list[Position]:
        officials = audit.bulk_create(
            [
                Official(
                    agency=agency, title=title[:120], name=f"Nama Contoh {number}, S.Sos., M.Si.", rank="Pembina",
                    nip=f"1975{number:014d}", valid_from=datetime.date(2025, 1, 2),
                )
                for number, (agency, _, title, _) in enumerate(wanted)
            ]
        )  # fmt: skip
        return audit.bulk_create(
            [
                Position(official=official, kind=kind, superior=superior)
                for official, (_, kind, _, superior) in zip(officials, wanted, strict=True)
            ]
        )


def _kinds(count: int) -> Iterator[str]:
    first = max(1, count * STAFF["administrator"] // 100)
    yield from ("administrator" if number < first else "pengawas" for number in range(count))


@transaction.atomic
def agree(year: FiscalYear, staff: Staff, *, ended: bool) -> None:
    """Every official's agreement with its indicators and programs, and a Perubahan of some, by the app itself."""
    rows = audit.bulk_create([_agreement(year, position, ended) for position in staff.positions])
    holdings = Holdings(year)
    held = [target for row in rows for target in holdings.targets(row)]
    audit.bulk_create(held)
    audit.bulk_create([program for row in rows for program in holdings.programs(row)])
    passed((row, _agreed_steps(row, staff)) for row in rows)
    signed = [row for row in rows if row.state == "ditandatangani"]
    for row in signed[::EVERY_REVISED]:
        _revise(row, staff, signed=row.pk % 2 == 0)


def _agreement(year: FiscalYear, position: Position, ended: bool) -> Agreement:
    state = "ditandatangani" if ended else CHANCE.choices(list(RUNNING), list(RUNNING.values()))[0]
    row = Agreement(fiscal_year=year, position=position, agency=position.agency, state=state)
    if state != "draf":
        row.signer_name, row.signer_position = position.official.name, position.title
        row.signer_rank, row.signer_nip = "Pembina", position.official.nip
        if position.superior:
            row.superior_name, row.superior_position = position.superior.official.name, position.superior.title
    if state == "ditandatangani":
        row.signed_on = datetime.date(min(year.year, timezone.localdate().year), 1, 20)
        row.number = numbering.take("perjanjian-kinerja", year)
    return row


def _agreed_steps(row: Agreement, staff: Staff) -> list[Step]:
    way = AGREED_ROAD[: AGREED_ROAD.index(row.state) + 1]
    who = {
        "diajukan": staff.owner(row.agency_id),
        "disetujui": staff.people["kepala_daerah"],
        "ditandatangani": staff.people["kepala_daerah"],
    }
    return [Step(origin, to, who[to]) for origin, to in zip(way, way[1:], strict=False)]


def _revise(row: Agreement, staff: Staff, *, signed: bool) -> None:
    owner, head = staff.owner(row.agency_id), staff.people["kepala_daerah"]
    with audit.acting(owner):
        revision = agreements.open_revision(owner, row)
        if not signed:
            return
        agreements.move(owner, revision, agreements.SUBMITTED)
    with audit.acting(head):
        agreements.move(head, revision, agreements.APPROVED)
        agreements.move(head, revision, agreements.SIGNED, signed_on=timezone.localdate())


class Holdings:
    """Which indicators and programs an official of each kind agrees to: those of his OPD, shared among equals."""

    def __init__(self, year: FiscalYear) -> None:
        levels = {kind.id: kind.levels for kind in reference.official_kinds()}
        rows = Indicator.objects.filter(fiscal_year=year).select_related("node").order_by("pk")
        self.indicators: dict[tuple[int | None, str], list[Indicator]] = {}
        for row in rows:
            for kind, named in levels.items():
                if row.node.level in named:
                    self.indicators.setdefault((row.node.agency_id, kind), []).append(row)
        self.values = dict(
            AnnualTarget.objects.filter(indicator__in=rows, year=year.year).values_list("indicator", "value")
        )
        self.budgets: dict[int | None, dict[str, tuple[str, Decimal]]] = {}
        for item in BudgetItem.objects.filter(fiscal_year=year):
            for agency in (item.agency_id, None):
                programs = self.budgets.setdefault(agency, {})
                total = programs.get(item.program_code, ("", Decimal(0)))[1] + item.total
                programs[item.program_code] = (item.program_name, total)
        self.turns: dict[tuple[int | None, str], int] = {}

    def targets(self, row: Agreement) -> Iterator[AgreementTarget]:
        key = (row.agency_id, row.position.kind)
        turn = self.turns[key] = self.turns.get(key, -1) + 1
        equals = max(1, self._equals(key))
        for indicator in self.indicators.get(key, [])[turn % equals :: equals]:
            yield AgreementTarget(
                agreement=row, indicator=indicator, objective=indicator.node.title, name=indicator.name,
                unit=indicator.unit, target=self.values[indicator.pk],
            )  # fmt: skip

    def _equals(self, key: tuple[int | None, str]) -> int:
        agency, kind = key
        if kind not in STAFF:
            return 1
        return Position.objects.filter(official__agency=agency, kind=kind).count()

    def programs(self, row: Agreement) -> Iterator[AgreementProgram]:
        whole = row.position.kind not in STAFF
        for code, (name, total) in list(self.budgets.get(row.agency_id, {}).items())[: None if whole else 2]:
            yield AgreementProgram(agreement=row, code=code, name=name, budget=total)


def judge(year: FiscalYear, staff: Staff, *, ended: bool) -> None:
    """The evaluation of each OPD with every criterion, and what is to be mended."""
    scheme = reference.in_force(reference.schemes(), year.year)
    rows = audit.bulk_create(
        [
            Evaluation(
                fiscal_year=year, agency=agency, scheme_id=scheme.id,
                state="selesai" if ended else JUDGED[place % len(JUDGED)],
            )
            for place, agency in enumerate(staff.agencies)
        ]
    )  # fmt: skip
    answers = audit.bulk_create([answer for row in rows for answer in _answers(row)])
    for row in rows:
        if row.state == "selesai":
            result = score(scheme, {one.criterion: one.granted for one in answers if one.evaluation_id == row.pk})
            row.total, row.band, row.summary = result.total, result.band.id, WORDS * 2
    Evaluation.objects.bulk_update(rows, ["total", "band", "summary"])
    inspector = staff.people["inspektorat"]
    passed((row, _steps(JUDGED[: JUDGED.index(row.state) + 1], staff, row.agency_id, inspector)) for row in rows)
    _recommend(year, rows, staff)


def _answers(row: Evaluation) -> Iterator[EvaluationAnswer]:
    at = JUDGED.index(row.state)
    for number, criterion in enumerate(row.scheme.criteria):
        answer = EvaluationAnswer(evaluation=row, criterion=criterion.id)
        if at or number % 2:
            answer.claimed, answer.claim_note = GRADES[number % len(GRADES)], WORDS
        if at == len(JUDGED) - 1 or (JUDGED[at] == "dinilai" and number % 2):
            answer.granted, answer.grant_note = GRADES[(number + 1) % len(GRADES)], WORDS
        yield answer


def _recommend(year: FiscalYear, evaluations: Sequence[Evaluation], staff: Staff) -> None:
    inspector, today = staff.people["inspektorat"], timezone.localdate()
    states = CHANCE.choices(list(FOLLOWED), list(FOLLOWED.values()), k=size.RECOMMENDATIONS)
    rows = audit.bulk_create(
        [
            Recommendation(
                fiscal_year=year,
                agency_id=evaluations[number % len(evaluations)].agency_id,
                evaluation=evaluations[number % len(evaluations)],
                text=f"Menetapkan rumus dan sumber data bagi setiap indikator program, butir {number}. {WORDS}",
                deadline=today + datetime.timedelta(days=CHANCE.randint(-90, 90)),
                answer="" if state in ("terbuka", "tidak_dapat") else WORDS,
                state=state,
                created_by=inspector,
            )
            for number, state in enumerate(states)
        ]
    )
    passed((row, _steps(("terbuka", *FOLLOWED_ROAD[row.state]), staff, row.agency_id, inspector)) for row in rows)


def _steps(way: Sequence[str], staff: Staff, agency: int, inspector: Account) -> list[Step]:
    by_owner = ("dikirim", "diproses")
    return [
        Step(origin, to, staff.owner(agency) if to in by_owner else inspector)
        for origin, to in zip(way, way[1:], strict=False)
    ]


def report(year: FiscalYear, staff: Staff, *, ended: bool) -> None:
    """The LKjIP of each OPD and of the region, with a text of its own; some have left the OPD and are kept."""
    for place, agency in enumerate((None, *staff.agencies)):
        owner = staff.owner(agency.pk if agency else None)
        with audit.acting(owner):
            row = reports.open_report(owner, agency, year)
            reports.save_text(owner, row, "isu", WORDS * 8)
            if ended or place % 4 == 3:
                reports.move(owner, row, reports.REVIEWED)
