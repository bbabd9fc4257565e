"""Performance of a year: tree and budget as others publish them, definitions, measurements with evidence."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.contenttypes.models import ContentType
from semai_e_sakip.achievement import rounded
from semai_e_sakip.models import (
    ActionStep,
    AnnualTarget,
    BudgetItem,
    Indicator,
    Measurement,
    ProgramSpending,
    QuarterTarget,
)
from semai_kit import audit
from semai_kit.models import Account, Agency, Attachment, FiscalYear

from tests.bench.kabupaten import size
from tests.bench.kabupaten.filling.history import BATCH, Step, passed

CHANCE = size.chance()
QUARTERS = (1, 2, 3, 4)
PERIOD = range(2025, 2030)
PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\n%%EOF\n"
REACHED = ("1.02", "0.97", "1.05", "0.86", "1.00")  # parts of the target, by turns
# In hundredths: the quarter that is being measured. "" has not been begun.
NEWEST = {"terverifikasi": 40, "dikirim": 30, "dikembalikan": 5, "draf": 10, "": 15}
ROADS = {
    "draf": (),
    "dikirim": ("dikirim",),
    "dikembalikan": ("dikirim", "dikembalikan"),
    "terverifikasi": ("dikirim", "terverifikasi"),
}
PLANNED = ((1, "Menyusun rencana kerja dan daftar penerima"), (3, "Memantau hasil di lapangan"))
EVERY_UNDEFINED = 20  # one indicator in so many has no formula yet
EVERY_WITHOUT_AGENCY = 5  # one indicator of the region in so many has no OPD that measures it
WORDS = "Pelaksanaan bergeser karena cuaca; pekerjaan dikejar pada triwulan berikutnya bersama kecamatan. "


def tree(year: FiscalYear, agencies: Sequence[Agency]) -> dict[str, Any]:
    """What e-planning publishes: the same nodes and indicators in each year of the period."""
    nodes = list(_nodes(agencies))
    period = {"title": "RPJMD 2025–2029", "start_year": PERIOD[0], "end_year": PERIOD[-1], "vision": "Maju bersama"}
    return {
        "year": year.year,
        "period": period,
        "nodes": nodes,
        "indicators": [_indicator(number, node) for number, node in enumerate(nodes) if node["level"] != "misi"],
    }


def documents(year: FiscalYear, agencies: Sequence[Agency]) -> dict[str, Any]:
    """What e-budgeting publishes: money for each sub kegiatan."""
    nodes = {node["id"]: node for node in _nodes(agencies)}
    items = []
    for node in nodes.values():
        if node["level"] == "sub_kegiatan":
            program = nodes[nodes[node["parent_id"]]["parent_id"]]
            items.append(
                {
                    "agency_code": node["agency_code"],
                    "program_code": program["code"],
                    "program_name": program["title"],
                    "sub_activity_code": node["code"],
                    "sub_activity_name": node["title"],
                    "total": f"{200 + len(items) % 900}000000.00",
                }
            )
    return {"year": year.year, "items": items}


def _nodes(agencies: Sequence[Agency]) -> Iterator[dict[str, Any]]:
    """The region's part, then programs, kegiatan and sub kegiatan of each OPD; parents first."""
    above: list[dict[str, Any]] = []
    for level, count in (("misi", size.MISSIONS), ("tujuan", size.GOALS), ("sasaran", size.OBJECTIVES)):
        parents, above = above, []
        for number in range(count):
            parent = parents[number % len(parents)] if parents else None
            code = f"{parent['code']}.{number + 1}" if parent else str(number + 1)
            above.append(_node(level, code, parent, ""))
        yield from above
    programs = size.shares(size.PROGRAMS)
    activities = size.shares(size.ACTIVITIES)
    for place, count in enumerate(size.shares(size.SUB_ACTIVITIES)):
        agency = agencies[place].code
        rows = above
        for level, wanted in (
            ("program", programs[place]),
            ("kegiatan", activities[place]),
            ("sub_kegiatan", count),
        ):
            parents, rows = rows, []
            for number in range(wanted):
                parent = parents[(number + (place if level == "program" else 0)) % len(parents)]
                head = agency[:4] if level == "program" else parent["code"]
                rows.append(_node(level, f"{head}.{number + 1:02d}", parent, agency))
            yield from rows


def _node(level: str, code: str, parent: dict[str, Any] | None, agency: str) -> dict[str, Any]:
    return {
        "id": f"{level}-{code}",
        "parent_id": parent["id"] if parent else "",
        "level": level,
        "code": code,
        "title": f"Meningkatnya layanan {level.replace('_', ' ')} {code} bagi warga kabupaten",
        "agency_code": agency,
    }


def _indicator(number: int, node: dict[str, Any]) -> dict[str, Any]:
    higher = number % 7 > 0
    return {
        "id": f"i-{node['id']}",
        "node_id": node["id"],
        "name": f"Persentase layanan yang memenuhi standar pada {node['code']}",
        "unit": "persen",
        "direction": "higher" if higher else "lower",
        "baseline": "40.00",
        "targets": [{"year": year, "value": f"{50 + 4 * place if higher else 40 - 4 * place}.00"}
                    for place, year in enumerate(PERIOD)],
    }  # fmt: skip


def define(year: FiscalYear, agencies: Sequence[Agency]) -> list[Indicator]:
    """Formulas, IKU, quarter targets, two steps of the action plan; returns the indicators that are measured."""
    rows = list(Indicator.objects.filter(fiscal_year=year).select_related("node", "agency").order_by("pk"))
    keyed: set[int | None] = set()
    for number, row in enumerate(rows):
        row.is_key = row.node.agency_id is None or (row.node.level == "program" and row.agency_id not in keyed)
        keyed.add(row.agency_id)
        if row.node.agency_id is None and number % EVERY_WITHOUT_AGENCY:
            row.agency = agencies[number % len(agencies)]
        if number % EVERY_UNDEFINED:
            row.formula = "Layanan yang memenuhi standar dibagi seluruh layanan, kali seratus"
            row.source, row.responsible = "Laporan bidang teknis", "Kepala bidang pengampu"
    Indicator.objects.bulk_update(rows, ["is_key", "agency", "formula", "source", "responsible"], batch_size=500)
    targets = dict(
        AnnualTarget.objects.filter(indicator__fiscal_year=year, year=year.year).values_list("indicator", "value")
    )
    audit.bulk_create(
        [
            QuarterTarget(indicator=row, quarter=quarter, value=_on_the_way(targets[row.pk], quarter))
            for row in rows
            for quarter in QUARTERS
        ]
    )
    audit.bulk_create(
        [
            ActionStep(fiscal_year=year, indicator=row, quarter=quarter, activity=activity, output="Laporan")
            for row in rows
            for quarter, activity in PLANNED
        ]
    )  # fmt: skip
    return [row for row in rows if row.agency_id is not None]


def _on_the_way(target: Decimal, quarter: int) -> Decimal:
    """On a straight way from the state before to the year's target."""
    return rounded(Decimal(40) + (target - 40) * quarter / 4)


def measure(
    rows: Sequence[Indicator], owners: dict[int, Account], verifier: Account, *, ended: bool
) -> list[Measurement]:
    """Measurements of four quarters with their evidence; all are verified in a year that has ended."""
    made = []
    for quarter in QUARTERS:
        done = ended or quarter < QUARTERS[-1]
        for number, row in enumerate(rows):
            state = "terverifikasi" if done else CHANCE.choices(list(NEWEST), list(NEWEST.values()))[0]
            if state:
                made.append(_measurement(row, quarter, state, Decimal(REACHED[number % len(REACHED)]), owners))
    made = audit.bulk_create(made)
    _evidence(made, owners)
    passed((one, _steps(one, owners, verifier)) for one in made)
    return made


def _measurement(
    row: Indicator, quarter: int, state: str, share: Decimal, owners: dict[int, Account]
) -> Measurement:
    target = _on_the_way(Decimal(50), quarter)
    missed = share < 1
    return Measurement(
        fiscal_year_id=row.fiscal_year_id,
        indicator=row,
        quarter=quarter,
        realised=rounded(target * (share if row.polarity == "higher" else 2 - share)),
        analysis=WORDS * 2 if missed else "",
        obstacle=WORDS if missed else "",
        remedy=WORDS if missed else "",
        state=state,
        created_by=owners[row.agency_id],
    )


def _steps(one: Measurement, owners: dict[int, Account], verifier: Account) -> list[Step]:
    states = ("draf", *ROADS[one.state])
    return [
        Step(origin, to, owners[one.indicator.agency_id] if to == "dikirim" else verifier)
        for origin, to in zip(states, states[1:], strict=False)
    ]


def _evidence(measurements: Sequence[Measurement], owners: dict[int, Account]) -> None:
    """A small file for each, written past the upload form, which would take a quarter of an hour."""
    folder = Path(settings.MEDIA_ROOT) / "attachments"
    folder.mkdir(parents=True, exist_ok=True)
    kind, digest = ContentType.objects.get_for_model(Measurement), hashlib.sha256(PDF).hexdigest()
    rows = [
        Attachment(
            content_type=kind,
            object_id=one.pk,
            file=f"bukti-{one.pk}.pdf",
            name=f"rekap-triwulan-{one.quarter}.pdf",
            media_type="application/pdf",
            size=len(PDF),
            digest=digest,
            created_by=owners[one.indicator.agency_id],
        )
        for one in measurements
    ]
    for row in rows:
        (folder / row.file).write_bytes(PDF)
    audit.bulk_create(rows)


def spend(year: FiscalYear, quarters: Sequence[int]) -> None:
    """What was spent on each program until each quarter."""
    budgets: dict[tuple[int, str], Decimal] = {}
    for item in BudgetItem.objects.filter(fiscal_year=year):
        key = (item.agency_id, item.program_code)
        budgets[key] = budgets.get(key, Decimal(0)) + item.total
    ProgramSpending.objects.bulk_create(
        [
            ProgramSpending(
                fiscal_year=year, agency_id=agency, program_code=code, quarter=quarter,
                spent=rounded(total * (quarter * 23) / 100),
            )
            for (agency, code), total in budgets.items()
            for quarter in quarters
        ],
        batch_size=BATCH,
    )  # fmt: skip
