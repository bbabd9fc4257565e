"""e-budgeting: a year from RKA to the Perubahan. Lines are written in bulk; every step after is the app's own."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from decimal import Decimal

from django.utils import timezone
from semai_e_budgeting.models import (
    FundingSource,
    PackCode,
    PaguChange,
    PlanDifference,
    PlanFetch,
    PlanItem,
    Remark,
    Rka,
    RkaLine,
)
from semai_e_budgeting.rules import amount_of
from semai_e_budgeting.services import ceilings, decrees, flow, reference, rounds
from semai_kit import audit
from semai_kit.models import Account, Agency, FiscalYear

from tests.bench.kabupaten import size
from tests.bench.kabupaten.filling.people import page, person

CHANCE = size.chance()
GOODS = (
    "Kertas HVS",
    "Honorarium narasumber",
    "Sewa kendaraan",
    "Cetak laporan",
    "Makan rapat",
    "Alat tulis kantor",
)
CODES, USED_CODES = 1500, 400  # sub rincian objek in the list of accounts, and how many of them lines use
EVERY = 10  # one pair of lines in so many moves money at each change
REASON = "Menyesuaikan hasil pembahasan."


def fill() -> list[dict[str, str]]:
    """Fill, and return the pages to measure."""
    year = FiscalYear.objects.get(year=size.YEAR)
    agencies = list(Agency.objects.order_by("code"))
    people = {role: person(role, role) for role in ("bpkad", "verifikator", "tapd", "auditor")}
    planners = {
        agency.pk: person(f"opd-{place:02d}", "opd", agency=agency) for place, agency in enumerate(agencies)
    }
    with audit.acting(people["bpkad"]):
        accounts = _accounts(people["bpkad"])
        rkas = _working_lines(year, agencies, accounts)
        document = ceilings.create_document(year, "murni", "", people["bpkad"])
        ceilings.agree(document.pk, "910/1", datetime.date(size.YEAR - 1, 8, 12), people["bpkad"])
    desk = Desk(year, rkas, people, planners)
    desk.whole_year()
    _waiting(rkas, people)
    now = timezone.now() + datetime.timedelta(
        minutes=25
    )  # fetched anew after half an hour: not while it is measured
    PlanFetch.objects.create(fiscal_year=year, tried_at=now, fetched_at=now, reachable=True)
    return _pages(rkas[0], document.pk, desk.decree)


def _accounts(account: Account) -> list[PackCode]:
    """A list as long as a decree's, beside the app's own excerpt; returns the codes that lines use."""
    pack = reference.create_pack(
        reference.PackEntry("uji", "Belanja daerah (uji)", "Keputusan uji", datetime.date(2026, 1, 2), 2026),
        account,
    )
    codes: dict[str, str] = {}
    for number in range(CODES):
        code = f"5.{number % 3 + 1}.{number % 5 + 11}.{number % 20 + 11}.{number % 60 + 11}.{number + 1000}"
        parts = code.split(".")
        for depth in range(1, len(parts) + 1):
            codes.setdefault(".".join(parts[:depth]), f"Belanja uji {'.'.join(parts[:depth])}")
    reference.import_accounts(pack.pk, [reference.CodeEntry(*pair) for pair in sorted(codes.items())], account)
    return list(PackCode.objects.filter(pack=pack, postable=True).order_by("pk")[:: CODES // USED_CODES])


def _working_lines(year: FiscalYear, agencies: list[Agency], accounts: list[PackCode]) -> list[Rka]:
    """Sub kegiatan with room above their lines, and the lines, per OPD; returns the RKA, largest first."""
    sources = list(FundingSource.objects.all())
    rkas = []
    parts = zip(agencies, size.shares(size.SUB_ACTIVITIES), size.shares(size.LINES), strict=True)
    for agency, item_count, line_count in parts:
        rka = Rka.objects.create(fiscal_year=year, agency=agency)
        items = [_item(year, agency, number, item_count) for number in range(item_count)]
        lines: list[RkaLine] = []
        while len(lines) < line_count:
            item = items[len(lines) // 2 % len(items)]
            lines += _pair(rka, item, CHANCE.choice(accounts), CHANCE.choice(sources))
        for item in items:
            item.pagu = item.pagu * 2 or Decimal(1_000_000)
        audit.bulk_create(items)
        for line in lines:
            line.item = line.item  # its key is known only now
        audit.bulk_create(lines[:line_count])
        rkas.append(rka)
    return rkas


def _item(year: FiscalYear, agency: Agency, number: int, count: int) -> PlanItem:
    head = agency.code[:4]
    program = f"{head}.{number % max(1, count // 12) + 1:02d}"
    activity = f"{program}.2.{number % max(1, count // 4) + 1:02d}"
    code = f"{activity}.{number + 1:04d}"
    return PlanItem(
        fiscal_year=year,
        agency=agency,
        external_id=code,
        program_code=program,
        program_name=f"Program {program}",
        activity_code=activity,
        activity_name=f"Kegiatan {activity}",
        sub_activity_code=code,
        sub_activity_name=f"Sub kegiatan {code} di {agency.name}",
        indicator="Jumlah keluaran",
        target="12",
        unit="dokumen",
        pagu=Decimal(0),
        proposals=[{"number": f"{size.YEAR}/{number}", "title": "Rabat beton jalan", "village": "Desa 01-01"}],
    )


def _pair(rka: Rka, item: PlanItem, account: PackCode, source: FundingSource) -> list[RkaLine]:
    """Two lines of one account, source and volume: money moves from one to the other without changing a sum."""
    volume = Decimal(CHANCE.randint(1, 60))
    found = []
    for _ in range(2):
        line = RkaLine(
            rka=rka,
            item=item,
            account=account,
            funding=source,
            description=f"{CHANCE.choice(GOODS)} {CHANCE.randint(1, 9999)}",
            specification="Menurut standar harga satuan daerah",
            volume_1=volume,
            unit_1="Paket",
            location="Kantor",
        )
        _price(line, Decimal(CHANCE.randint(50, 4000) * 1000))
        item.pagu += line.total
        found.append(line)
    return found


def _price(line: RkaLine, price: Decimal) -> None:
    amount = amount_of((line.volume_1, line.volume_2, line.volume_3), price, line.tax_percent)
    line.unit_price, line.net, line.tax, line.total = price, amount.net, amount.tax, amount.total


class Desk:
    """The people of a year, who send every RKA four times: twice before the APBD, a pergeseran, the Perubahan."""

    def __init__(
        self, year: FiscalYear, rkas: list[Rka], people: dict[str, Account], planners: dict[int, Account]
    ) -> None:
        self.year, self.rkas, self.people, self.planners = year, rkas, people, planners
        self.decree = 0

    def whole_year(self) -> None:
        for rka in self.rkas:
            self._steps(rka, "dikirim", "asistensi")
            self._remark(rka)
            self._steps(rka, "kembali")
            self._shift(rka)
            self._steps(rka, "dikirim", "asistensi", "tapd", "kunci")
        self._decree("apbd", "Perda 7", datetime.date(size.YEAR - 1, 12, 18))
        for kind, number, day in (("sub-kegiatan", "Perkada 3", 3), ("perubahan", "Perda 9", 9)):
            for rka in self.rkas:
                self._open(rka, kind)
                self._shift(rka)
                if kind == "perubahan":
                    self._more(rka)
                self._steps(rka, "dikirim", "asistensi", "tapd", "kunci")
            self._decree("perubahan" if kind == "perubahan" else "pergeseran", number, datetime.date(2027, day, 20))
        self._open(self.rkas[0], "sub-kegiatan")  # and one more is being made while pages are measured
        self._shift(self.rkas[0])

    def _steps(self, rka: Rka, *states: str) -> None:
        of_planner, of_team = ("dikirim",), ("kunci",)
        for state in states:
            who = "tapd" if state in of_team else "verifikator"
            account = self.planners[rka.agency_id] if state in of_planner else self.people[who]
            with audit.acting(account):
                flow.move_rka(rka.pk, state, account, REASON)

    def _open(self, rka: Rka, kind: str) -> None:
        with audit.acting(self.people["bpkad"]):
            rounds.open_for_round(rka.pk, kind, REASON, self.people["bpkad"])

    def _decree(self, kind: str, number: str, day: datetime.date) -> None:
        with audit.acting(self.people["bpkad"]):
            entry = decrees.DecreeEntry(kind, number, day)
            self.decree = decrees.register_decree(self.year, entry, self.people["bpkad"]).pk

    def _remark(self, rka: Rka) -> None:
        line = RkaLine.objects.filter(rka=rka).first()
        verifier = self.people["verifikator"]
        assert line is not None
        with audit.acting(verifier):
            for number in range(5):
                flow.add_remark(rka.pk, f"Lampirkan survei harga {number}.", verifier, line_id=line.pk)

    def _shift(self, rka: Rka) -> None:
        """Move money within some pairs."""
        pairs = _pairs(RkaLine.objects.filter(rka=rka).order_by("pk"))
        changed = []
        for first, second in pairs[CHANCE.randrange(EVERY) :: EVERY]:
            moved = min(first.unit_price, second.unit_price) // 2
            _price(first, first.unit_price + moved)
            _price(second, second.unit_price - moved)
            changed += [first, second]
        RkaLine.objects.bulk_update(changed, ["unit_price", "net", "total"], batch_size=500)

    def _more(self, rka: Rka) -> None:
        """A Perubahan drops some lines and brings others, within the pagu."""
        pairs = _pairs(RkaLine.objects.filter(rka=rka).select_related("item", "account", "funding").order_by("pk"))
        chosen = pairs[:: EVERY * 4]
        with audit.acting(self.planners[rka.agency_id]):
            fresh = [line for first, _ in chosen for line in _pair(rka, first.item, first.account, first.funding)]
            for line in fresh:
                _price(line, Decimal(25_000))
            RkaLine.objects.filter(pk__in=[line.pk for pair in chosen for line in pair]).delete()
            audit.bulk_create(fresh)


def _pairs(lines: Iterable[RkaLine]) -> list[tuple[RkaLine, RkaLine]]:
    """Lines that were made together: same sub kegiatan, account, source and volume."""
    found, before = [], None
    for line in lines:
        if before is not None and _alike(before) == _alike(line):
            found.append((before, line))
            before = None
        else:
            before = line
    return found


def _alike(line: RkaLine) -> tuple[int, int, int, Decimal]:
    return line.item_id, line.account_id, line.funding_id, line.volume_1


def _waiting(rkas: list[Rka], people: dict[str, Account]) -> None:
    """Differences from planning that wait for the largest OPD, and pagu that were accepted before."""
    agency = rkas[0].agency_id
    items = list(PlanItem.objects.filter(agency=agency).order_by("pk")[:100])
    PlanDifference.objects.bulk_create(
        [
            PlanDifference(
                item=item,
                field="pagu",
                old_value=str(item.pagu),
                new_value=str(item.pagu + 1),
                seen_at=timezone.now(),
            )
            for item in items
        ]
    )
    everyone = PlanItem.objects.order_by("pk")[::2]
    PaguChange.objects.bulk_create(
        [PaguChange(item=item, old=item.pagu - 1, new=item.pagu, accepted_by=people["bpkad"]) for item in everyone]
    )
    assert Remark.objects.filter(rka__in=rkas).exists()


def _pages(rka: Rka, document: int, decree: int) -> list[dict[str, str]]:
    largest = rka.pk
    item = PlanItem.objects.filter(agency=rka.agency_id).order_by("pk").first()
    assert item is not None
    versions = {"lama": 2, "baru": size.VERSIONS}
    dpas = {"lama": 1, "baru": 3}
    return [
        page("bpkad", "beranda", "budget:home"),
        page("opd-00", "beranda OPD", "budget:home"),
        page("bpkad", "RKA per OPD", "budget:rkas"),
        page("bpkad", "RKA per OPD, satu keadaan", "budget:rkas", query="keadaan=kunci"),
        page("opd-00", "RKA terbesar, pergeseran terbuka", "budget:rka", [largest]),
        page("tapd", "RKA terbesar, TAPD", "budget:rka", [largest]),
        page("opd-00", "rincian satu sub kegiatan", "budget:item", [largest, item.pk]),
        page("opd-00", "isian rincian baru", "budget:add-line", [largest, item.pk]),
        page("opd-00", "perubahan dari e-planning", "budget:differences", [largest]),
        page("opd-00", "kirim RKA, konfirmasi", "budget:confirm-move", [largest, "dikirim"]),
        page("bpkad", "satu versi RKA", "budget:version", [largest, size.VERSIONS]),
        page("bpkad", "bandingkan versi", "budget:compare", [largest], _query(versions)),
        page("bpkad", "bandingkan versi, semua rincian", "budget:compare", [largest], _query(versions, semua=1)),
        page("bpkad", "KUA-PPAS", "budget:ceiling-documents"),
        page("bpkad", "plafon KUA-PPAS", "budget:ceilings", [document]),
        page("bpkad", "pantauan pagu", "budget:pagu-monitor"),
        page("bpkad", "pantauan pagu, halaman terakhir", "budget:pagu-monitor", query="page=24"),
        page("bpkad", "DPA per OPD", "budget:dpas"),
        page("bpkad", "DPA terbesar", "budget:dpa", [largest]),
        page("bpkad", "satu versi DPA", "budget:dpa-version", [largest, 3]),
        page("bpkad", "semula dan menjadi", "budget:compare-dpas", [largest], _query(dpas)),
        page("bpkad", "semula dan menjadi, semua rincian", "budget:compare-dpas", [largest], _query(dpas, semua=1)),
        page("bpkad", "penetapan", "budget:decrees"),
        page("bpkad", "satu penetapan", "budget:decree", [decree]),
        page("bpkad", "catat penetapan", "budget:add-decree"),
        page("bpkad", "rekap per OPD", "budget:recap"),
        page("bpkad", "rekap per jenis", "budget:recap-accounts"),
        page("bpkad", "rekap per sub rincian", "budget:recap-accounts", query="tingkat=6"),
        page("bpkad", "rekap per sub rincian, satu OPD", "budget:recap-accounts",
             query=f"tingkat=6&opd={rka.agency.code}"),
        page("bpkad", "rekap per sumber dana", "budget:recap-funding"),
        page("bpkad", "kode rekening", "budget:accounts"),
        page("bpkad", "kode rekening, cari", "budget:accounts", query="cari=5.2"),
        page("bpkad", "kode rekening, halaman terakhir", "budget:accounts", query="page=35"),
        page("auditor", "jejak audit", "kit:audit"),
        page("auditor", "jejak audit, cari", "kit:audit", query="record=laporan"),
        page("opd-00", "pemberitahuan", "kit:notifications"),
    ]  # fmt: skip


def _query(words: dict[str, int], **more: int) -> str:
    return "&".join(f"{name}={value}" for name, value in {**words, **more}.items())
