"""The contract planning.work-plan 1.0 as this app reads it: JSON in, frozen values out, nothing else gets through.

Errors name the place in the answer (`items[3].pagu`). Unknown keys are ignored so that 1.1 stays readable.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from .errors import WorkPlanInvalid
from .rules import MAXIMUM

CONTRACT = "planning.work-plan"


@dataclass(frozen=True)
class ProposalNote:
    number: str
    title: str
    village: str
    estimate: str

    def as_json(self) -> dict[str, str]:
        return {"number": self.number, "title": self.title, "village": self.village, "estimate": self.estimate}


@dataclass(frozen=True)
class WorkPlanItem:
    id: str
    agency_code: str
    program_code: str
    program_name: str
    activity_code: str
    activity_name: str
    sub_activity_code: str
    sub_activity_name: str
    indicator: str
    target: str
    unit: str
    pagu: Decimal
    proposals: tuple[ProposalNote, ...]

    @property
    def key(self) -> tuple[str, str]:
        return self.agency_code, self.sub_activity_code


@dataclass(frozen=True)
class WorkPlan:
    year: int
    items: tuple[WorkPlanItem, ...]


def _text(source: Mapping[str, Any], key: str, where: str, *, limit: int, required: bool = True) -> str:
    value = source.get(key)
    if value is None or value == "":
        if required:
            raise WorkPlanInvalid(f"{where}.{key}", "kosong")
        return ""
    if not isinstance(value, str | int | float):
        raise WorkPlanInvalid(f"{where}.{key}", "harus berupa teks")
    return str(value).strip()[:limit]


def _pagu(source: Mapping[str, Any], where: str) -> Decimal:
    value = source.get("pagu")
    try:
        pagu = Decimal(value) if isinstance(value, str) else None
    except InvalidOperation:
        pagu = None
    if pagu is None or not pagu.is_finite() or pagu < 0 or pagu > MAXIMUM:
        raise WorkPlanInvalid(f"{where}.pagu", f"bukan jumlah rupiah yang sah ({value!r})")
    return pagu.quantize(Decimal("0.01"))


def _proposals(source: Mapping[str, Any], where: str) -> tuple[ProposalNote, ...]:
    raw = source.get("proposals") or []
    if not isinstance(raw, list):
        raise WorkPlanInvalid(f"{where}.proposals", "harus berupa daftar")
    notes = []
    for index, entry in enumerate(raw):
        place = f"{where}.proposals[{index}]"
        if not isinstance(entry, dict):
            raise WorkPlanInvalid(place, "harus berupa objek")
        notes.append(
            ProposalNote(
                number=_text(entry, "number", place, limit=60, required=False),
                title=_text(entry, "title", place, limit=300, required=False),
                village=_text(entry, "village", place, limit=120, required=False),
                estimate=_text(entry, "estimate", place, limit=30, required=False),
            )
        )
    return tuple(notes)


def _item(source: Any, where: str) -> WorkPlanItem:
    if not isinstance(source, dict):
        raise WorkPlanInvalid(where, "harus berupa objek")
    return WorkPlanItem(
        id=_text(source, "id", where, limit=60),
        agency_code=_text(source, "agency_code", where, limit=60),
        program_code=_text(source, "program_code", where, limit=60),
        program_name=_text(source, "program_name", where, limit=400),
        activity_code=_text(source, "activity_code", where, limit=60),
        activity_name=_text(source, "activity_name", where, limit=400),
        sub_activity_code=_text(source, "sub_activity_code", where, limit=60),
        sub_activity_name=_text(source, "sub_activity_name", where, limit=400),
        indicator=_text(source, "indicator", where, limit=1000, required=False),
        target=_text(source, "target", where, limit=100, required=False),
        unit=_text(source, "unit", where, limit=60, required=False),
        pagu=_pagu(source, where),
        proposals=_proposals(source, where),
    )


def parse(payload: Any, year: int) -> WorkPlan:
    """Read an answer of `GET /work-plan?year=…`; refuses another year and a sub kegiatan named twice."""
    if not isinstance(payload, dict):
        raise WorkPlanInvalid("jawaban", "harus berupa objek")
    if payload.get("year") != year:
        raise WorkPlanInvalid("year", f"tahun {payload.get('year')!r}, yang diminta {year}")
    raw = payload.get("items")
    if not isinstance(raw, list):
        raise WorkPlanInvalid("items", "harus berupa daftar")
    items = tuple(_item(source, f"items[{index}]") for index, source in enumerate(raw))
    seen: set[tuple[str, str]] = set()
    for index, item in enumerate(items):
        if item.key in seen:
            raise WorkPlanInvalid(f"items[{index}]", f"sub kegiatan {item.sub_activity_code} tertulis dua kali")
        seen.add(item.key)
    return WorkPlan(year=year, items=items)
