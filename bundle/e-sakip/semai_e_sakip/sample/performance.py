"""Sample tree (where none was published), definitions, action plan, measurements and spending."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from semai_kit import audit
from semai_kit.models import Account, Agency, FiscalYear
from semai_kit.sample import urusan_of

from ..achievement import rounded
from ..models import Indicator, Measurement, PerformanceNode
from ..selectors.achievements import with_figures
from ..selectors.budgets import programs
from ..services import measurements as measuring
from ..services import tree as writing
from .people import People, content

LEVELS = ("tujuan", "sasaran", "program")
QUARTERS = (1, 2)
SECOND_QUARTER = ("dikembalikan", "draf", "dikirim", "")
NO_QUARTERS: Mapping[int, Decimal] = {}
EVIDENCE = (
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\n"
    b"trailer<</Root 1 0 R>>\n%%EOF\n"
)


def enter(people: People, year: FiscalYear) -> None:
    if not PerformanceNode.objects.filter(fiscal_year=year).exists():
        with audit.acting(people.organisation):
            _enter_tree(people, year)
    rows = Indicator.objects.filter(fiscal_year=year, node__level__in=LEVELS, vanished_at=None)
    for indicator in with_figures(rows).order_by("node__code", "pk"):
        _define(people, indicator)
    measured = with_figures(rows.filter(agency__in=people.by_agency)).order_by("node__code", "pk")
    for number, indicator in enumerate(measured):
        _measure(people, indicator, number)
    for agency in people.agencies:
        _spend(people, year, agency)


def _enter_tree(people: People, year: FiscalYear) -> None:
    for mission in content("tree.yml")["missions"]:
        top = _node(people, year, None, mission)
        for goal in mission["goals"]:
            aim = _node(people, year, top, goal)
            for objective in goal["objectives"]:
                target = _node(people, year, aim, objective)
                for program in objective["programs"]:
                    _node(people, year, target, program, _agency_of(people, program["urusan"]))


def _agency_of(people: People, urusan: str) -> Agency:
    return next((one for one in people.agencies if urusan in urusan_of(one)), people.agencies[0])


def _node(
    people: People,
    year: FiscalYear,
    parent: PerformanceNode | None,
    entry: Mapping[str, Any],
    agency: Agency | None = None,
) -> PerformanceNode:
    details = writing.NodeContent(str(entry["code"]), entry["title"], agency)
    node = writing.add_node(people.organisation, year, parent, details)
    if "indicator" in entry:
        words = entry["indicator"]
        wording = writing.IndicatorWording(
            words["name"], words["unit"], words["polarity"], Decimal(words["baseline"]), Decimal(words["target"])
        )
        definition = writing.IndicatorDefinition("", "", "", "latest", False, NO_QUARTERS)
        writing.add_indicator(people.organisation, node, wording, definition)
    return node


def _owner(people: People, indicator: Indicator) -> Account | None:
    """Its OPD, or Bagian Organisasi above the programs; None for an OPD without persona."""
    agency = indicator.node.agency_id
    return people.organisation if agency is None else people.by_agency.get(agency)


def _keeper(people: People, node: PerformanceNode) -> Agency:
    """The OPD of the first program below, the lead OPD where a persona of that one is missing."""
    below = PerformanceNode.objects.filter(agency__in=people.by_agency, parent=node).first()
    return below.agency if below and below.agency else people.agencies[0]


def _define(people: People, indicator: Indicator) -> None:
    owner = _owner(people, indicator)
    if owner is None or indicator.target is None:
        return
    words = content("content.yml")["definitions"]
    definition = writing.IndicatorDefinition(
        **words,
        accumulation="latest",
        is_key=indicator.node.level in ("tujuan", "sasaran"),
        quarters=_quarters(indicator),
        agency=_keeper(people, indicator.node),
    )
    with audit.acting(owner):
        writing.change_indicator(owner, indicator, None, definition)


def _quarters(indicator: Indicator) -> dict[int, Decimal]:
    """On a straight way from the baseline to the year's target."""
    target = indicator.target or Decimal(0)
    start = indicator.baseline if indicator.baseline is not None else Decimal(0)
    return {quarter: rounded(start + (target - start) * quarter / 4) for quarter in (1, 2, 3, 4)}


def _measure(people: People, indicator: Indicator, number: int) -> None:
    """The first quarter verified; the second returned, begun, sent or not entered, by turns."""
    owner = people.by_agency[indicator.agency_id]
    if indicator.target is None:
        return
    words = content("content.yml")
    for quarter, (activity, output) in enumerate(words["steps"], start=1):
        step = measuring.StepContent(quarter, activity, output, words["definitions"]["responsible"])
        with audit.acting(owner):
            measuring.save_step(owner, indicator, step)
    share = Decimal(words["reached"][number % len(words["reached"])])
    first = _enter(owner, indicator, 1, share)
    _move(owner, first, measuring.SENT)
    _move(people.organisation, first, measuring.VERIFIED)
    turn = SECOND_QUARTER[number % len(SECOND_QUARTER)]
    if turn == "":
        return
    second = _enter(owner, indicator, 2, share)
    if turn != "draf":
        _move(owner, second, measuring.SENT)
    if turn == "dikembalikan":
        _move(people.organisation, second, turn, words["return_reason"])


def _enter(owner: Account, indicator: Indicator, quarter: int, share: Decimal) -> Measurement:
    words = content("content.yml")
    target = indicator.quarter_targets()[quarter - 1] or Decimal(0)
    better = indicator.polarity == "higher"
    realised = rounded(target * (share if better else 2 - share))
    missed = share < 1
    details = measuring.MeasurementContent(
        realised,
        words["analysis"] if missed else "",
        words["obstacle"] if missed else "",
        words["remedy"] if missed else "",
    )
    with audit.acting(owner):
        measurement = measuring.measure(owner, indicator, quarter, details)
        proof = SimpleUploadedFile(f"rekap-triwulan-{quarter}.pdf", EVIDENCE, "application/pdf")
        measuring.attach_evidence(owner, measurement, proof)
    return measurement


def _move(account: Account, measurement: Measurement, to: str, reason: str = "") -> None:
    with audit.acting(account):
        measuring.move(account, measurement, to, reason)


def _spend(people: People, year: FiscalYear, agency: Agency) -> None:
    owner = people.by_agency[agency.pk]
    for program in programs(year, agency):
        for quarter, share in zip(QUARTERS, (Decimal("0.18"), Decimal("0.43")), strict=True):
            with audit.acting(owner):
                measuring.set_spending(owner, year, agency, program.code, quarter, rounded(program.budget * share))
