"""Applications for grants in every state, written in bulk as the seven steps leave them."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db import transaction
from django.utils import timezone
from semai_e_hibah import reference, rules
from semai_e_hibah.models import Amount, Applicant, Application, GrantLine, RuleResult, Waiver
from semai_e_hibah.services import codes
from semai_kit import audit, numbering
from semai_kit.models import Account, Agency, FiscalYear, Village

from tests.bench.kabupaten import size
from tests.bench.kabupaten.filling.history import BATCH, Step, passed

CHANCE = size.chance()
MILLION = Decimal(1_000_000)
KINDS = {"hibah-lembaga": 30, "hibah-kelompok": 45, "bansos-individu": 25}  # in hundredths
ACCOUNTS = {"5.1.05": "5.1.05.05.02.0001", "5.1.06": "5.1.06.01.01.0001"}
ROAD = (
    "draf", "diajukan", "kepala_daerah", "klasifikasi", "rekomendasi", "verifikasi", "tapd", "disetujui",
    "ditetapkan", "nphd", "dicairkan", "selesai",
)  # fmt: skip
DOERS = {
    "diajukan": "tata_usaha", "kurang": "tata_usaha", "kepala_daerah": "tata_usaha", "klasifikasi": "kepala_daerah",
    "rekomendasi": "tim_pertimbangan", "verifikasi": "opd", "tapd": "tim_pertimbangan", "disetujui": "tapd",
    "ditetapkan": "kepala_daerah", "nphd": "opd", "dicairkan": "bpkad", "selesai": "opd",
    "ditolak": "tim_pertimbangan", "ditarik": "tata_usaha", "batal": "opd",
}  # fmt: skip
# How far an application went before it left the road.
ENDED_AFTER = {"kurang": "diajukan", "ditolak": "klasifikasi", "ditarik": "draf", "batal": "ditetapkan"}
REASONS = {
    "kurang": "Surat keterangan domisili belum ditandatangani kepala desa.",
    "ditolak": "Kegiatan yang sama sudah dibiayai dana desa pada tahun ini.",
    "ditarik": "Kegiatan ditunda oleh kelompok.",
    "batal": "Penerima mengundurkan diri sebelum perjanjian.",
}
ASKED = {
    "kepala_daerah": "diajukan",
    "tapd": "verifikasi",
    "disetujui": "tapd",
}  # states the rules are asked before
EVERY_AGAIN = 10  # one applicant in so many asks again the year after
EVERY_RETURNED = 5  # one application in so many comes back from the verifiers once
WORKS = (
    "Rehabilitasi atap kapela",
    "Lantai jemur padi",
    "Alat peraga taman kanak-kanak",
    "Bibit ternak",
    "Sumur bor",
)


@dataclass(frozen=True)
class Desks:
    """Who acts: one account per role, and the evaluator of each OPD."""

    by_role: Mapping[str, Account]
    evaluators: Mapping[int, Account]

    def of(self, role: str, agency: Agency | None) -> Account:
        return self.evaluators[agency.pk] if role == "opd" and agency else self.by_role[role]


class Filing:
    """The applications of one year."""

    def __init__(self, year: FiscalYear, desks: Desks, villages: Sequence[Village]) -> None:
        self.year, self.desks, self.villages = year, desks, villages
        self.lines: dict[tuple[int, str], list[GrantLine]] = {}
        for line in GrantLine.objects.filter(fiscal_year=year).select_related("agency"):
            self.lines.setdefault((line.agency_id, line.account_code), []).append(line)
        self.agencies = [Agency.objects.get(pk=key) for key in sorted({agency for agency, _ in self.lines})]
        self.rules = rules.set_of(year.year)
        self.serial = 0

    @transaction.atomic
    def enter(self, states: Sequence[str]) -> list[Application]:
        """Write one application per state, with all that the way there brings."""
        rows = audit.bulk_create([self._application(state) for state in states])
        applicants = audit.bulk_create([self._applicant(row) for row in rows])
        audit.bulk_create([amount for row in rows for amount in self._amounts(row)])
        RuleResult.objects.bulk_create([result for row in rows for result in self._results(row)], batch_size=BATCH)
        again = {applicant.application_id for applicant in applicants if "lagi" in applicant.identity}
        audit.bulk_create([self._waiver(row) for row in rows if row.pk in again and _beyond(row, "diajukan")])
        passed((row, self.steps(row)) for row in rows)
        return rows

    def steps(self, row: Application) -> list[Step]:
        """Return the way of an application, with a turn back for some."""
        return [
            Step(origin, to, self.desks.of(DOERS[to], row.agency), row.last_reason if to == row.state else "")
            for origin, to in self._moves(row)
        ]

    def _moves(self, row: Application) -> Iterator[tuple[str, str]]:
        way = way_to(row.state)
        if "tapd" in way and row.pk % EVERY_RETURNED == 0:
            place = way.index("verifikasi")
            way = [*way[: place + 1], "rekomendasi", *way[place:]]
        yield from zip(way, way[1:], strict=False)

    def _application(self, state: str) -> Application:
        self.serial += 1
        kind = reference.kind(CHANCE.choices(list(KINDS), list(KINDS.values()))[0])
        village = CHANCE.choice(self.villages)
        most = int((kind.maximum or 500 * MILLION) / MILLION)
        row = Application(
            fiscal_year=self.year,
            created_by=self.desks.by_role["tata_usaha"],
            number=numbering.take("registration", self.year),
            kind_id=kind.id,
            title=f"{CHANCE.choice(WORKS)} {village.name} nomor {self.serial}",
            purpose="Dikerjakan bersama warga dan dipakai seluruh anggota. " * 4,
            village=village,
            asked=CHANCE.randint(max(1, most // 10), most) * MILLION,
            state=state,
            state_since=timezone.now() - datetime.timedelta(minutes=CHANCE.randint(1, 60_000)),
            last_reason=REASONS.get(state, ""),
        )
        row.code_digest = codes.digest(row.number, "-")
        if state not in ("draf", "ditarik"):
            row.filed_on = timezone.localdate() - datetime.timedelta(days=CHANCE.randint(1, 45))
        self._considered(row)
        return row

    def _considered(self, row: Application) -> None:
        """The OPD, the amounts and the budget line that the way to this state brings."""
        way = way_to(row.state)
        if "rekomendasi" in way:
            row.agency = CHANCE.choices(self.agencies, size.shares(1000, len(self.agencies)))[0]
        if "verifikasi" in way:
            row.recommended = row.asked * 3 / 4
        if "disetujui" in way:
            row.approved = row.asked / 2
            row.grant_line = CHANCE.choice(self.lines[row.agency_id, ACCOUNTS[row.kind.account]])

    def _applicant(self, row: Application) -> Applicant:
        """Numbers nobody holds: there is no regency 99 and no district 99."""
        serial = int(row.number.rpartition("-")[2])
        again = serial % EVERY_AGAIN == 0
        key = f"lagi-{serial}" if again else f"{self.year.year}-{serial}"
        person = row.kind.is_person
        name = f"Contoh {key}"
        return Applicant(
            application=row,
            form_id=row.kind.forms[0],
            name=name if person else f"Kelompok Mekar {row.village.name} {key}",
            person_name=name,
            nik=f"5399991408{serial:06d}",
            deed_number="" if person else key,
            registered_on=None if person else datetime.date(2018, 3, 7),
            address="Lingkungan Contoh RT 001",
            phone=f"+62812{serial:07d}",
            bank_name="Bank NTT",
            bank_account=f"990{serial:07d}1",
            bank_holder=name,
            identity=f"{'nik' if person else 'deed'}:{key}",
        )

    def _amounts(self, row: Application) -> Iterator[Amount]:
        stages = Amount.Stage
        given = (
            (stages.ASKED, row.asked, "tata_usaha", ""),
            (stages.RECOMMENDED, row.recommended, "opd", "Layak dibantu menurut hasil peninjauan lapangan."),
            (stages.APPROVED, row.approved, "tapd", ""),
        )
        for stage, amount, role, note in given:
            if amount is not None:
                doer = self.desks.of(role, row.agency)
                yield Amount(application=row, stage=stage, amount=amount, note=note, account=doer)

    def _results(self, row: Application) -> Iterator[RuleResult]:
        way = way_to(row.state)
        for step in ASKED:
            for rule in self.rules.rules if step in way else ():
                if not rule.kinds or row.kind_id in rule.kinds:
                    yield RuleResult(
                        application=row, step=step, rule_set=self.rules.id, rule_id=rule.id, title=rule.title,
                        basis=rule.basis, passed=True,
                    )  # fmt: skip

    def _waiver(self, row: Application) -> Waiver:
        account = self.desks.by_role["tim_pertimbangan"]
        return Waiver(application=row, rule_id="tidak-berturut", reason="Ditugaskan daerah.", account=account)


def way_to(state: str) -> list[str]:
    """Return the states an application was in, this one last."""
    last = ENDED_AFTER.get(state, state)
    way = list(ROAD[: ROAD.index(last) + 1])
    return way if last == state else [*way, state]


def _beyond(row: Application, state: str) -> bool:
    return state in way_to(row.state)[:-1]
