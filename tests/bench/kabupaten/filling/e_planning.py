"""e-planning: an RPJMD down to sub kegiatan, the Renja of each OPD, and the usulan of a year at every desk."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from decimal import Decimal

from django.contrib.contenttypes.models import ContentType
from django.utils import timezone
from semai_e_planning.models import (
    AnnualPlan,
    IndicatorTarget,
    NodeCeiling,
    NodeIndicator,
    PlanNode,
    PlanPeriod,
    PriorityTheme,
    Proposal,
    ProposalKind,
    WorkPlan,
    WorkPlanItem,
)
from semai_kit import audit
from semai_kit.models import Account, Agency, FiscalYear, TransitionLog, Village

from tests.bench.kabupaten import size
from tests.bench.kabupaten.filling import rkpd
from tests.bench.kabupaten.filling.people import page, person

CHANCE = size.chance()
MILLION = Decimal(1_000_000)
YEARS = range(2025, 2030)
# In hundredths: what a region looks like in the weeks before its RKPD is enacted.
STATES = {
    "draf": 4, "diajukan": 10, "verifikasi_kecamatan": 12, "verifikasi_opd": 14, "verifikasi_bappeda": 10,
    "diterima": 12, "ditunda": 8, "ditolak": 8, "masuk_renja": 22,
}  # fmt: skip
ROAD = (
    "draf",
    "diajukan",
    "verifikasi_kecamatan",
    "verifikasi_opd",
    "verifikasi_bappeda",
    "diterima",
    "masuk_renja",
)
WORKS = (
    "Rabat beton jalan",
    "Drainase",
    "Rehabilitasi ruang kelas",
    "Sumur bor",
    "Jembatan",
    "Bibit ternak",
    "Talud",
)


def fill() -> list[dict[str, str]]:
    """Fill, and return the pages to measure."""
    year = FiscalYear.objects.get(year=size.YEAR)
    agencies = list(Agency.objects.order_by("code"))
    village = Village.objects.select_related("district").order_by("code").first()
    assert village is not None
    people = {
        "bappeda": person("bappeda", "bappeda"),
        "auditor": person("auditor", "auditor"),
        "kecamatan": person("kecamatan", "kecamatan", district=village.district),
        "desa": person("desa", "desa", village=village),
        "opd": person("opd", "opd", agency=agencies[0]),
        "dprd": person("dprd", "dprd"),
        "inspektorat": person("inspektorat", "inspektorat"),
        "kepala_daerah": person("kepala", "kepala_daerah"),
    }
    planners = {
        agency.pk: person(f"opd-{place:02d}", "opd", agency=agency) for place, agency in enumerate(agencies)
    }
    rkpd.open_calendar(year)
    with audit.acting(people["bappeda"]):
        tree = _tree(agencies)
        items = _work_plans(year, tree, people["bappeda"])
        _proposals(year, items, agencies, people)
    rkpd.determine(tree, people, planners)
    return _pages(year, agencies[0], village)


def _tree(agencies: list[Agency]) -> dict[int, list[PlanNode]]:
    """The RPJMD; returns the sub kegiatan by OPD."""
    period = PlanPeriod.objects.create(
        title="RPJMD 2025–2029",
        start_year=YEARS[0],
        end_year=YEARS[-1],
        decree="Perda 1/2025",
        vision="Maju bersama",
    )
    aims: list[PlanNode] = []
    for level, count, above in (("misi", 5, 0), ("tujuan", 10, 5), ("sasaran", 20, 10)):
        codes = [_aim_code(place, level) for place in range(count)]
        parents = [aims[place % above] if above else None for place in range(count)]
        aims = _nodes(period, level, [(p, code, p and p.agency) for p, code in zip(parents, codes, strict=True)])
    found: dict[int, list[PlanNode]] = {}
    for agency, count in zip(agencies, size.shares(size.SUB_ACTIVITIES), strict=True):
        found[agency.pk] = _of_agency(period, aims, agency, count)
    return found


def _aim_code(place: int, level: str) -> str:
    depth = {"misi": (5,), "tujuan": (5, 10), "sasaran": (5, 10, 20)}[level]
    return ".".join(str(place % width + 1) for width in depth)


def _of_agency(period: PlanPeriod, aims: list[PlanNode], agency: Agency, count: int) -> list[PlanNode]:
    head = agency.code[:4]
    programs = _nodes(
        period,
        "program",
        [(aims[n % len(aims)], f"{head}.{n + 1:02d}", agency) for n in range(max(1, count // 12))],
    )
    activities = _nodes(
        period,
        "kegiatan",
        [
            (programs[n % len(programs)], f"{programs[n % len(programs)].code}.2.{n + 1:02d}", agency)
            for n in range(max(1, count // 4))
        ],
    )
    return _nodes(
        period,
        "sub_kegiatan",
        [
            (activities[n % len(activities)], f"{activities[n % len(activities)].code}.{n + 1:04d}", agency)
            for n in range(count)
        ],
    )


def _nodes(
    period: PlanPeriod, level: str, wanted: list[tuple[PlanNode | None, str, Agency | None]]
) -> list[PlanNode]:
    """Nodes of one level with an indicator each, its targets, and the ceilings of programs."""
    nodes = audit.bulk_create(
        [
            PlanNode(
                period=period, parent=parent, level=level, code=code, title=f"Uraian {level} {code}", agency=agency
            )
            for parent, code, agency in wanted
        ]
    )
    indicators = NodeIndicator.objects.bulk_create(
        [
            NodeIndicator(node=node, name=f"Capaian {node.code}", unit="persen", baseline=Decimal(40))
            for node in nodes
        ]
    )
    IndicatorTarget.objects.bulk_create(
        [
            IndicatorTarget(indicator=row, year=year, value=Decimal(50 + 5 * place))
            for row in indicators
            for place, year in enumerate(YEARS)
        ]
    )
    if level == "program":
        NodeCeiling.objects.bulk_create(
            [NodeCeiling(node=node, year=year, amount=9000 * MILLION) for node in nodes for year in YEARS]
        )
    return nodes


def _work_plans(
    year: FiscalYear, tree: dict[int, list[PlanNode]], account: Account
) -> dict[int, list[WorkPlanItem]]:
    """Renja of each OPD within its pagu, all approved but that of the largest, which is still being made."""
    AnnualPlan.objects.create(fiscal_year=year)
    return {
        agency: rkpd.enter_work_plan(year, agency, nodes, account, "disetujui" if place else "draf")
        for place, (agency, nodes) in enumerate(tree.items())
    }


def _proposals(
    year: FiscalYear, items: dict[int, list[WorkPlanItem]], agencies: list[Agency], people: dict[str, Account]
) -> None:
    kinds, themes = list(ProposalKind.objects.all()), list(PriorityTheme.objects.all())
    weights = size.shares(1000)
    ranks: dict[int, int] = {}
    villages = list(Village.objects.select_related("district").order_by("code"))
    share = size.PROPOSALS // len(villages)
    for village in villages:
        rows = []
        for number in range(1, share + 1):
            state = CHANCE.choices(list(STATES), list(STATES.values()))[0]
            agency = CHANCE.choices(agencies, weights)[0]
            council = CHANCE.random() < 0.1
            row = Proposal(
                fiscal_year=year,
                created_by=people["dprd" if council else "bappeda"],
                source=Proposal.Source.COUNCIL if council else Proposal.Source.MUSRENBANG,
                number=None if state == "draf" else f"{year.year}/{village.code}/{number:04d}",
                title=f"{CHANCE.choice(WORKS)} {village.name} nomor {number}",
                description="Diusulkan warga dalam musyawarah desa. " * 3,
                kind=CHANCE.choice(kinds),
                theme=CHANCE.choice(themes),
                district=village.district,
                village=village,
                rw=f"{CHANCE.randint(1, 9):03d}",
                rt=f"{CHANCE.randint(1, 9):03d}",
                location="Dusun Timur",
                volume=Decimal(CHANCE.randint(1, 900)),
                unit="meter",
                estimate=CHANCE.randint(20, 500) * MILLION,
                proposer="Kepala dusun",
                agency=agency,
                state=state,
            )
            rows.append(_placed(row, number, ranks, items))
        _logged(audit.bulk_create(rows), people["bappeda"])


def _placed(row: Proposal, number: int, ranks: dict[int, int], items: dict[int, list[WorkPlanItem]]) -> Proposal:
    """What a row of this state has besides: its ranks, since when, why not, and where the Renja holds it."""
    if row.state == "draf":
        return row
    row.rank_village, row.state_since = (
        number,
        timezone.now() - datetime.timedelta(minutes=CHANCE.randint(1, 90_000)),
    )
    if row.state != "diajukan":
        ranks[row.district_id] = ranks.get(row.district_id, 0) + 1
        row.rank_district = ranks[row.district_id]
    if row.state in ("ditunda", "ditolak"):
        row.last_reason = "Belum menjadi kewenangan kabupaten pada tahun ini; diusulkan lewat dana desa."
    if row.state == "masuk_renja":
        row.work_plan_item = CHANCE.choice(items[row.agency_id])
    return row


def _logged(rows: list[Proposal], account: Account) -> None:
    kind = ContentType.objects.get_for_model(Proposal)
    TransitionLog.objects.bulk_create(
        [
            TransitionLog(
                content_type=kind, object_id=row.pk, from_state=start, to_state=end, account=account,
                reason=row.last_reason if end == row.state else "",
            )
            for row in rows
            for start, end in _steps(row.state)
        ]
    )  # fmt: skip


def _steps(state: str) -> Iterator[tuple[str, str]]:
    passed = ROAD[: ROAD.index(state) + 1] if state in ROAD else (*ROAD[:5], state)
    yield from zip(passed, passed[1:], strict=False)


def _pages(year: FiscalYear, largest: Agency, village: Village) -> list[dict[str, str]]:
    plans = WorkPlan.objects.filter(fiscal_year=year)
    plan = plans.get(agency=largest)
    other = plans.exclude(agency=largest).order_by("agency__code").first()
    proposal = Proposal.objects.filter(state="masuk_renja").order_by("pk").first()
    changed = WorkPlan.objects.get(fiscal_year__year=rkpd.YEAR, agency=largest)
    assert other is not None
    assert proposal is not None
    district = village.district_id
    last = size.PROPOSALS // 50
    return [
        page("bappeda", "beranda", "planning:home"),
        page("kecamatan", "beranda kecamatan", "planning:home"),
        page("bappeda", "usulan, halaman pertama", "planning:proposals"),
        page("bappeda", "usulan, halaman terakhir", "planning:proposals", query=f"page={last}"),
        page("bappeda", "usulan menurut biaya", "planning:proposals", query="sort=-estimate"),
        page("bappeda", "usulan menurut OPD, halaman 200", "planning:proposals", query="sort=agency&page=200"),
        page("bappeda", "usulan, cari kata", "planning:proposals", query="cari=jembatan"),
        page("bappeda", "usulan satu kecamatan dan status", "planning:proposals",
             query=f"district={district}&state=diterima"),
        page("opd", "usulan OPD terbesar", "planning:proposals"),
        page("bappeda", "satu usulan", "planning:proposal", [proposal.pk]),
        page("bappeda", "antrean Bappeda", "planning:queue", ["verifikasi_bappeda"]),
        page("kecamatan", "antrean kecamatan", "planning:queue", ["verifikasi_kecamatan"]),
        page("opd", "antrean OPD", "planning:queue", ["verifikasi_opd"]),
        page("bappeda", "daftar peringkat", "planning:rankings"),
        page("desa", "peringkat desa", "planning:village-ranking", [village.pk]),
        page("kecamatan", "peringkat kecamatan", "planning:district-ranking", [district]),
        page("bappeda", "hasil per desa, memilih", "planning:per-village"),
        page("bappeda", "hasil per desa, satu kecamatan", "planning:per-village", query=f"kecamatan={district}"),
        page("bappeda", "hasil per desa, satu desa", "planning:per-village", query=f"desa={village.pk}"),
        page("kecamatan", "berita acara", "planning:minutes", [district]),
        page("bappeda", "RPJMD", "planning:five-year-plan"),
        page("bappeda", "keselarasan RPJMD dan Renja", "planning:consistency"),
        page("bappeda", "Renja OPD", "planning:work-plans"),
        page("opd", "Renja OPD terbesar", "planning:work-plan", [plan.pk]),
        page("bappeda", "Renja OPD lain", "planning:work-plan", [other.pk]),
        page("opd", "usulan untuk Renja", "planning:take-proposals", [plan.pk]),
        page("bappeda", "RKPD", "planning:annual-plan"),
        page("bappeda", "RKPD yang diubah", "planning:annual-plan", year=rkpd.YEAR),
        page("bappeda", "satu versi RKPD", "planning:annual-plan-version", [1], year=rkpd.YEAR),
        page("bappeda", "semula dan menjadi", "planning:compare-versions", year=rkpd.YEAR),
        page("bappeda", "semula dan menjadi, semua", "planning:compare-versions", query="semua=1", year=rkpd.YEAR),
        page("bappeda", "bandingkan versi", "planning:compare-versions", query="lama=0&baru=1", year=rkpd.YEAR),
        page("opd-00", "Renja yang diubah, OPD terbesar", "planning:work-plan", [changed.pk], year=rkpd.YEAR),
        page("bappeda", "kalender", "planning:calendar"),
        page("auditor", "jejak audit", "kit:audit"),
        page("auditor", "jejak audit, cari", "kit:audit", query="record=jembatan"),
    ]  # fmt: skip
