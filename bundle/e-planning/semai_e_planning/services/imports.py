"""Usulan from a spreadsheet: checked against every rule, then written all at once as drafts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.db import transaction
from semai_kit.models import Account, Agency, FiscalYear, Village
from semai_kit.refusals import Refused
from semai_kit.roles import Place, allowed_at
from semai_kit.spreadsheets import CellError, SheetRow

from .. import geography
from ..errors import RuleBroken
from ..models import PriorityTheme, Proposal, ProposalKind
from . import gates, proposals

SOURCE = Proposal.Source.MUSRENBANG
PERMISSION = proposals.WRITING[SOURCE]


@dataclass(frozen=True)
class _Known:
    """Rows the codes and titles of a sheet may name, read once."""

    kinds: Mapping[str, ProposalKind]
    themes: Mapping[str, PriorityTheme]
    villages: Mapping[str, Village]
    agencies: Mapping[str, Agency]


def check(account: Account, year: FiscalYear, rows: Sequence[SheetRow]) -> list[CellError]:
    """What stands in the way of writing these rows. Raises StageClosed, YearClosed. Writes nothing."""
    gates.require_stage(year, PERMISSION)
    known = _known()
    return [error for row in rows for error in _faults(account, year, row, known)]


@transaction.atomic
def write(account: Account, year: FiscalYear, rows: Sequence[SheetRow]) -> int:
    """Write every row as a draft, or none; returns how many."""
    faults = check(account, year, rows)
    if faults:
        raise RuleBroken(f"Baris {faults[0].row}: {faults[0].message}")
    known = _known()
    for row in rows:
        proposals.create(account, year, SOURCE, _content(row, known))
    return len(rows)


def _known() -> _Known:
    return _Known(
        kinds={kind.title: kind for kind in ProposalKind.objects.filter(is_active=True)},
        themes={theme.title: theme for theme in PriorityTheme.objects.filter(is_active=True)},
        villages={village.code: village for village in Village.objects.current().select_related("district")},
        agencies={agency.code: agency for agency in Agency.objects.current()},
    )


def _faults(account: Account, year: FiscalYear, row: SheetRow, known: _Known) -> list[CellError]:
    unreadable = [*_unknown_codes(account, row, known), *_no_degrees(row)]
    if unreadable:
        return [CellError(row.number, key, message) for key, message in unreadable]
    try:
        proposals.check(_content(row, known), year, SOURCE)
    except ValidationError as error:
        return [CellError(row.number, key, " ".join(texts)) for key, texts in error.message_dict.items()]
    except Refused as refusal:
        return [CellError(row.number, "", refusal.message)]
    return []


def _unknown_codes(account: Account, row: SheetRow, known: _Known) -> list[tuple[str, str]]:
    code, office = row.values["village"], row.values["agency"]
    village = known.villages.get(code)
    faults = []
    if village is None:
        faults.append(("village", f"Kode desa: {code} tidak ada di daftar desa."))
    elif not allowed_at(account, PERMISSION, Place(district=village.district, village=village)):
        faults.append(("village", f"Kode desa: Anda tidak dapat menulis usulan untuk {village}."))
    if office not in known.agencies:
        faults.append(("agency", f"Kode OPD: {office} tidak ada di daftar OPD."))
    return faults


def _no_degrees(row: SheetRow) -> list[tuple[str, str]]:
    faults = []
    for key, title in (("latitude", "Lintang"), ("longitude", "Bujur")):
        try:
            _degrees(row.values.get(key) or "")
        except ValueError:
            faults.append((key, f"{title}: tulis derajat desimal, misalnya -8,612345."))
    return faults


def _content(row: SheetRow, known: _Known) -> proposals.ProposalContent:
    values = row.values
    return proposals.ProposalContent(
        title=values["title"],
        description=values.get("description") or "",
        kind=known.kinds[values["kind"]],
        theme=known.themes[values["theme"]],
        village=known.villages[values["village"]],
        rw=values.get("rw") or "",
        rt=values.get("rt") or "",
        location=values.get("location") or "",
        latitude=_degrees(values.get("latitude") or ""),
        longitude=_degrees(values.get("longitude") or ""),
        volume=values["volume"],
        unit=values["unit"],
        estimate=values["estimate"],
        proposer=values["proposer"],
        agency=known.agencies[values["agency"]],
    )


def _degrees(text: str) -> Decimal | None:
    """A coordinate of a cell, which the check has seen already."""
    return geography.parse_degrees(text) if text else None
