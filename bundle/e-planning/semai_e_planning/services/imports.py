"""Usulan from a spreadsheet: checked against every rule, then written all at once as drafts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _
from semai_kit.models import Account, Agency, FiscalYear, Village
from semai_kit.refusals import Refused
from semai_kit.roles import allowed_at
from semai_kit.spreadsheets import CellError, SheetRow

from .. import geography
from ..errors import RuleBroken
from ..models import PriorityTheme, Proposal, ProposalKind
from . import gates, proposals

PERMISSION = "proposal.submit"  # who may enter usulan of any source


@dataclass(frozen=True)
class _Known:
    """Rows the codes and titles of a sheet may name, read once."""

    kinds: Mapping[str, ProposalKind]
    themes: Mapping[str, PriorityTheme]
    villages: Mapping[str, Village]
    agencies: Mapping[str, Agency]
    sources: Mapping[str, Proposal.Source]


def check(account: Account, year: FiscalYear, rows: Sequence[SheetRow]) -> list[CellError]:
    """What stands in the way of writing these rows. Raises StageClosed, YearClosed. Writes nothing."""
    gates.require_stage(year, PERMISSION)
    known = _known(account)
    return [error for row in rows for error in _faults(account, year, row, known)]


@transaction.atomic
def write(account: Account, year: FiscalYear, rows: Sequence[SheetRow]) -> int:
    """Write every row as a draft, or none; returns how many."""
    faults = check(account, year, rows)
    if faults:
        raise RuleBroken(_("Baris {row}: {message}").format(row=faults[0].row, message=faults[0].message))
    known = _known(account)
    for row in rows:
        proposals.create(account, year, _source(row, known), _content(row, known))
    return len(rows)


def _known(account: Account) -> _Known:
    return _Known(
        kinds={kind.title: kind for kind in ProposalKind.objects.filter(is_active=True)},
        themes={theme.title: theme for theme in PriorityTheme.objects.filter(is_active=True)},
        villages={village.code: village for village in Village.objects.current().select_related("district")},
        agencies={agency.code: agency for agency in Agency.objects.current()},
        sources={source.official_title: source for source in proposals.writing_sources(account)},
    )


def _faults(account: Account, year: FiscalYear, row: SheetRow, known: _Known) -> list[CellError]:
    unreadable = [*_unknown_codes(row, known), *_no_degrees(row), *_not_theirs(account, row, known)]
    if unreadable:
        return [CellError(row.number, key, message) for key, message in unreadable]
    source = _source(row, known)
    try:
        gates.require_stage(year, proposals.WRITING[source])
        proposals.check(_content(row, known), year, source)
    except ValidationError as error:
        return [CellError(row.number, key, " ".join(texts)) for key, texts in error.message_dict.items()]
    except Refused as refusal:
        return [CellError(row.number, "", refusal.message)]
    return []


def _unknown_codes(row: SheetRow, known: _Known) -> list[tuple[str, str]]:
    code, office = row.values["village"], row.values["agency"]
    faults = []
    if code not in known.villages:
        faults.append(("village", _("Kode desa: {code} tidak ada di daftar desa.").format(code=code)))
    if office not in known.agencies:
        faults.append(("agency", _("Kode OPD: {office} tidak ada di daftar OPD.").format(office=office)))
    return faults


def _not_theirs(account: Account, row: SheetRow, known: _Known) -> list[tuple[str, str]]:
    """The source is not told, or the account may not write it for the place or OPD of the row."""
    if not row.values.get("source") and len(known.sources) > 1:
        titles = ", ".join(known.sources)
        return [("source", _("Asal usulan: pilih salah satu dari {titles}.").format(titles=titles))]
    source = _source(row, known)
    village, agency = known.villages.get(row.values["village"]), known.agencies.get(row.values["agency"])
    if village is None or agency is None and source == Proposal.Source.AGENCY:
        return []
    if allowed_at(account, proposals.WRITING[source], proposals.place_of(source, village, agency)):
        return []
    if source == Proposal.Source.AGENCY:
        return [("agency", _("Kode OPD: Anda tidak dapat menulis usulan untuk {agency}.").format(agency=agency))]
    return [("village", _("Kode desa: Anda tidak dapat menulis usulan untuk {village}.").format(village=village))]


def _source(row: SheetRow, known: _Known) -> Proposal.Source:
    title = row.values.get("source")
    return known.sources[title] if title else next(iter(known.sources.values()))


def _no_degrees(row: SheetRow) -> list[tuple[str, str]]:
    faults = []
    for key, title in (("latitude", _("Lintang")), ("longitude", _("Bujur"))):
        try:
            _degrees(row.values.get(key) or "")
        except ValueError:
            faults.append((key, _("{title}: tulis derajat desimal, misalnya -8,612345.").format(title=title)))
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
