"""Fictitious budget content made through the app's own services: lines, a returned and a locked RKA, remarks.

Works on the stored copy of the work plan; when nothing is stored it asks planning first, and when planning cannot
be reached it makes the personas only and says so.
"""

from dataclasses import dataclass
from decimal import Decimal
from importlib.resources import files
from typing import Any

import yaml
from semai_kit import audit
from semai_kit.models import Account, Agency, FiscalYear
from semai_kit.sample import lead_agency, persona, refuse_real
from semai_kit.years import default_year

from ..models import FundingSource, PackCode, PlanItem, Remark, Rka, RkaLine
from ..selectors.standards import labelled, usable_items
from .flow import add_remark, answer_remark, move_rka
from .lines import PLAIN_FIELDS, LineEntry, add_line, change_line
from .plan import bring_plan
from .sample_execution import agree_and_shift, agree_ceilings
from .sample_standards import add_standards, change_standard

STAGES = ("resent", "filled", "tapd", "locked", "started")


@dataclass(frozen=True)
class Personas:
    planners: dict[int, Account]
    verifier: Account
    team: Account
    desk: Account


def load_sample(password: str) -> str:
    """Returns what was made, for the command to print."""
    refuse_real(Rka, PlanItem)
    year = default_year()
    if year is None:
        return "data contoh: belum ada tahun anggaran, tidak ada yang dibuat"
    note = ""
    if not PlanItem.objects.filter(fiscal_year=year).exists():
        outcome = bring_plan(year)
        note = "" if outcome.reachable else f"; rencana kerja belum dapat diambil ({outcome.problem})"
    rkas = _with_plan(year)
    people = _personas(password, [rka.agency for rka in rkas])
    if RkaLine.objects.exists():
        return "data contoh: sudah ada, tidak ada yang ditambah"
    if rkas:
        agree_ceilings(year, people.desk)
        add_standards(year, people.desk)
    for rka, stage in zip(rkas, STAGES, strict=False):
        _fill(rka, stage, people)
    if "locked" in STAGES[: len(rkas)]:
        rka = rkas[STAGES.index("locked")]
        agree_and_shift(rka, people.planners[rka.agency_id], people.verifier, people.team, people.desk)
    if rkas:
        change_standard(year, people.desk)
    made = RkaLine.objects.count()
    return f"data contoh: {made} rincian belanja pada {min(len(rkas), len(STAGES))} RKA{note}"


def _with_plan(year: FiscalYear) -> list[Rka]:
    rkas = Rka.objects.filter(fiscal_year=year).select_related("agency", "fiscal_year").order_by("agency__code")
    return list(rkas)


def _personas(password: str, agencies: list[Agency]) -> Personas:
    """`opd`, `opd2`, `opd3` … each for one OPD, `opd` for the same as in planning; the others see all of them."""
    planners = {}
    names = sample_content()["planners"]
    lead = lead_agency()
    for number, agency in enumerate(dict.fromkeys(([lead] if lead else []) + agencies), start=1):
        username = "opd" if number == 1 else f"opd{number}"
        name = names[(number - 1) % len(names)]
        planners[agency.pk] = persona(username, name, password, "opd", agency=agency)
    verifier = persona("verifikator", "Maria Yasinta Jelita", password, "verifikator")
    team = persona("tapd", "Yohanes Ndagung", password, "tapd")
    desk = persona("bpkad", "Fransiskus Hamid", password, "bpkad")
    persona("auditor", "Auditor Inspektorat", password, "auditor")
    return Personas(planners, verifier, team, desk)


def _fill(rka: Rka, stage: str, people: Personas) -> None:
    planner = people.planners[rka.agency_id]
    items = list(PlanItem.objects.filter(agency=rka.agency, fiscal_year=rka.fiscal_year, vanished_at__isnull=True))
    if stage == "started":
        items = items[: max(len(items) // 2, 1)]
    with audit.acting(planner):
        for item in items:
            _fill_item(rka, item, planner)
        if stage == "locked" and items:
            _add_grants(rka, max(items, key=lambda item: item.pagu), planner)
    if stage in ("resent", "tapd", "locked"):
        _advance(rka, stage, planner, people)


def _fill_item(rka: Rka, item: PlanItem, planner: Account) -> None:
    for line in _recipe(item)["lines"]:
        entry = _entry(item, line)
        if entry is not None:
            add_line(rka.pk, entry, planner)


def _add_grants(rka: Rka, item: PlanItem, planner: Account) -> None:
    """Lines of grants and social aid on what the recipe left of the largest pagu, for e-hibah to spend."""
    for line in sample_content()["grants"]:
        entry = _entry(item, line)
        if entry is not None:
            add_line(rka.pk, entry, planner)


def sample_content() -> dict[str, Any]:
    return yaml.safe_load((files("semai_e_budgeting") / "data" / "sample_lines.yml").read_text(encoding="utf-8"))


def _recipe(item: PlanItem) -> dict[str, Any]:
    name = f"{item.sub_activity_name} {item.activity_name}".lower()
    return next(
        recipe
        for recipe in sample_content()["recipes"]
        if "*" in recipe["for"] or any(word in name for word in recipe["for"])
    )


def _entry(item: PlanItem, line: dict[str, Any]) -> LineEntry | None:
    """A whole number of units that costs at most its share of the pagu; None when not even one fits."""
    price, tax = Decimal(line["price"]), Decimal(line.get("tax", 0))
    second, second_unit = line.get("second", (None, ""))
    each = price * (1 + tax / 100) * (second or 1)
    volume = int(item.pagu * Decimal(str(line["share"])) / each)
    if volume < 1:
        return None
    standard = labelled(usable_items(item.fiscal_year.year), line.get("standard", ""))
    return LineEntry(
        item_id=item.pk,
        account_id=PackCode.objects.get(code=line["account"], pack__code="belanja-050-5889-2021").pk,
        funding_id=FundingSource.objects.get(code=line["funding"]).pk,
        description=line["text"],
        volume_1=Decimal(volume),
        unit_1=line["unit"],
        volume_2=None if second is None else Decimal(second),
        unit_2=second_unit,
        unit_price=price,
        tax_percent=tax,
        location=line.get("location", ""),
        standard_id=standard.pk if standard else None,
    )


def _advance(rka: Rka, stage: str, planner: Account, people: Personas) -> None:
    _move(rka, "dikirim", planner)
    _move(rka, "asistensi", people.verifier)
    if stage == "resent":
        _return_and_resend(rka, planner, people)
        return
    _move(rka, "tapd", people.verifier)
    if stage == "locked":
        _move(rka, "kunci", people.team)


def _return_and_resend(rka: Rka, planner: Account, people: Personas) -> None:
    content = sample_content()
    remarks: list[Remark] = []
    with audit.acting(people.verifier):
        for remark in content["remarks"]:
            line = (
                RkaLine.objects.filter(rka=rka, description__startswith=remark["line"]).order_by("-total").first()
            )
            about = line.pk if line else None
            remarks.append(add_remark(rka.pk, remark["text"], people.verifier, line_id=about))
    _move(rka, "kembali", people.verifier, content["return_reason"])
    with audit.acting(planner):
        answer_remark(remarks[0].pk, content["answer"], planner)
        for changed in _objected(rka, remarks):
            change_line(changed.pk, _reduced(changed), planner)
    _move(rka, "dikirim", planner)


def _objected(rka: Rka, remarks: list[Remark]) -> list[RkaLine]:
    """Lines the remarks are about; without such lines the first one, so that the versions differ."""
    lines = RkaLine.objects.filter(rka=rka, volume_1__gt=1).order_by("pk")
    return list(lines.filter(pk__in=[remark.line_id for remark in remarks if remark.line_id])) or list(lines[:1])


def _reduced(line: RkaLine) -> LineEntry:
    plain = {name: getattr(line, name) for name in PLAIN_FIELDS}
    plain["volume_1"] = Decimal(max(int(line.volume_1 * 2 / 3), 1))
    return LineEntry(item_id=line.item_id, account_id=line.account_id, funding_id=line.funding_id, **plain)


def _move(rka: Rka, to: str, account: Account, reason: str = "") -> None:
    with audit.acting(account):
        move_rka(rka.pk, to, account, reason)
