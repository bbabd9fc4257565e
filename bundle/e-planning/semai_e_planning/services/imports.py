"""Usulan from a spreadsheet: staged as sent, previewed against every rule, written all at once when confirmed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from semai_kit import spreadsheets
from semai_kit.models import Account, Agency, FiscalYear, Village
from semai_kit.refusals import Refused
from semai_kit.spreadsheets import CellError, Reading, SheetRow

from .. import sheets
from ..errors import RuleBroken
from ..models import PriorityTheme, Proposal, ProposalImport, ProposalKind
from . import gates, proposals

SOURCE = Proposal.Source.MUSRENBANG
PERMISSION = proposals.WRITING[SOURCE]


@dataclass(frozen=True)
class Preview:
    """What a staged sheet would write, and what stands in the way."""

    reading: Reading
    contents: tuple[proposals.ProposalContent, ...]

    @property
    def ok(self) -> bool:
        return self.reading.ok


@dataclass(frozen=True)
class _Known:
    """Rows the codes and titles of a sheet may name, read once."""

    kinds: Mapping[str, ProposalKind]
    themes: Mapping[str, PriorityTheme]
    villages: Mapping[str, Village]
    agencies: Mapping[str, Agency]
    writable: frozenset[int]


@transaction.atomic
def stage(account: Account, year: FiscalYear, upload: UploadedFile, writable: frozenset[int]) -> ProposalImport:
    """Keep an upload for preview; an unreadable file is refused at once. `writable`: villages of the account."""
    gates.require_stage(year, PERMISSION)
    if not writable:
        raise RuleBroken("Akun Anda tidak dapat menulis usulan untuk desa mana pun.")
    content = upload.read()
    spreadsheets.read(content, sheets.import_sheet())
    ProposalImport.objects.filter(created_by=account).delete()
    return ProposalImport.objects.create(
        fiscal_year=year, file_name=(upload.name or "usulan.xlsx")[-200:], content=content, created_by=account
    )


def preview(staged: ProposalImport, writable: frozenset[int]) -> Preview:
    """Read the staged sheet again under today's rules."""
    reading = spreadsheets.read(bytes(staged.content), sheets.import_sheet())
    known = _known(writable)
    contents: list[proposals.ProposalContent] = []
    errors: list[CellError] = []
    for row in reading.rows:
        content, wrong = _content(row, known, staged.fiscal_year)
        errors.extend(wrong)
        if content is not None:
            contents.append(content)
    return Preview(reading.with_errors(errors), tuple(contents))


@transaction.atomic
def confirm(account: Account, staged: ProposalImport, writable: frozenset[int]) -> int:
    """Write every row as a draft, or none; returns how many."""
    locked = ProposalImport.objects.select_for_update().filter(pk=staged.pk, created_by=account).first()
    if locked is None:
        raise RuleBroken("Impor ini sudah selesai atau dibatalkan.")
    found = preview(locked, writable)
    if not found.ok:
        raise RuleBroken("Masih ada baris yang salah. Unduh lembar perbaikan, betulkan, lalu unggah lagi.")
    for content in found.contents:
        proposals.create(account, locked.fiscal_year, SOURCE, content)
    locked.delete()
    return len(found.contents)


@transaction.atomic
def withdraw(account: Account, staged: ProposalImport) -> None:
    """Forget a staged sheet."""
    ProposalImport.objects.filter(pk=staged.pk, created_by=account).delete()


def _known(writable: frozenset[int]) -> _Known:
    return _Known(
        kinds={kind.title: kind for kind in ProposalKind.objects.filter(is_active=True)},
        themes={theme.title: theme for theme in PriorityTheme.objects.filter(is_active=True)},
        villages={village.code: village for village in Village.objects.current().select_related("district")},
        agencies={agency.code: agency for agency in Agency.objects.current()},
        writable=writable,
    )


def _content(
    row: SheetRow, known: _Known, year: FiscalYear
) -> tuple[proposals.ProposalContent | None, list[CellError]]:
    values = row.values
    village, agency = known.villages.get(values["village"]), known.agencies.get(values["agency"])
    errors = [CellError(row.number, key, message) for key, message in _faults(values, village, agency, known)]
    if errors:
        return None, errors
    content = proposals.ProposalContent(
        **{name: values[name] for name in ("title", "description", "rw", "rt", "location", "volume")},
        **{name: values[name] for name in ("unit", "estimate", "proposer")},
        kind=known.kinds[values["kind"]],
        theme=known.themes[values["theme"]],
        village=village,
        agency=agency,
    )
    try:
        proposals.check(content, year, SOURCE)
    except ValidationError as error:
        return None, [CellError(row.number, "", " ".join(error.messages))]
    except Refused as refusal:
        return None, [CellError(row.number, "", refusal.message)]
    return content, []


def _faults(
    values: Mapping[str, Any], village: Village | None, agency: Agency | None, known: _Known
) -> list[tuple[str, str]]:
    faults = []
    if village is None:
        faults.append(("village", f"Kode desa: {values['village']} tidak ada di daftar desa."))
    elif village.pk not in known.writable:
        faults.append(("village", f"Kode desa: Anda tidak dapat menulis usulan untuk {village}."))
    if agency is None:
        faults.append(("agency", f"Kode OPD: {values['agency']} tidak ada di daftar OPD."))
    return faults
