"""Mappings between two lists of codes, and the decisions of officers where a mapping gives no single answer."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext as _
from semai_kit import audit
from semai_kit.models import Account, FiscalYear
from semai_kit.refusals import Refused
from semai_kit.roles import require
from semai_kit.years import require_open

from ..models import CodeDecision, CodeMapping, CodePack
from ..selectors.successors import usable_codes

EDIT = "reference.edit"


@dataclass(frozen=True)
class MappingEntry:
    """One row; an empty new code says that nothing follows."""

    old_code: str
    new_code: str
    note: str = ""


def pair_problem(old: CodePack, new: CodePack) -> str:
    """Why the two lists cannot be mapped, or nothing."""
    if old.pk == new.pk:
        return _("Paket lama dan paket baru harus berbeda.")
    if old.kind != new.kind:
        return _("Kedua paket harus sejenis.")
    if new.valid_from_year < old.valid_from_year:
        return _("Paket baru tidak boleh mulai berlaku sebelum paket lama.")
    return ""


def row_problems(entries: Sequence[MappingEntry], old: CodePack, new: CodePack) -> list[tuple[int, str, str]]:
    """Faults as (position, column, sentence)."""
    known_old, known_new = _deepest(old), _deepest(new)
    ended = {entry.old_code for entry in entries if not entry.new_code}
    seen: set[tuple[str, str]] = set()
    faults = []
    for position, entry in enumerate(entries):
        pair = (entry.old_code, entry.new_code)
        if entry.old_code not in known_old:
            faults.append(
                (
                    position,
                    "old_code",
                    _("{old_code} bukan kode tingkat terdalam paket lama.").format(old_code=entry.old_code),
                )
            )
        if entry.new_code and entry.new_code not in known_new:
            faults.append(
                (
                    position,
                    "new_code",
                    _("{new_code} bukan kode tingkat terdalam paket baru.").format(new_code=entry.new_code),
                )
            )
        if entry.new_code and entry.old_code in ended:
            faults.append(
                (
                    position,
                    "new_code",
                    _("{old_code} juga ditulis tanpa pengganti.").format(old_code=entry.old_code),
                )
            )
        if pair in seen:
            faults.append(
                (
                    position,
                    "old_code",
                    _("{old_code} ke {new_code} tertulis dua kali.").format(
                        old_code=entry.old_code, new_code=entry.new_code
                    ),
                )
            )
        if len(entry.note) > 300:
            faults.append((position, "note", _("Keterangan paling panjang 300 huruf.")))
        seen.add(pair)
    return faults


def _deepest(pack: CodePack) -> set[str]:
    return set(pack.codes.filter(postable=True).values_list("code", flat=True))


@transaction.atomic
def write_mapping(old_id: int, new_id: int, entries: Sequence[MappingEntry], account: Account) -> int:
    """Make the mapping of two lists exactly these rows, all or none. Decisions that were made stay."""
    require(account, EDIT)
    old = CodePack.objects.select_for_update().get(pk=old_id)
    new = CodePack.objects.get(pk=new_id)
    problem = pair_problem(old, new)
    if problem:
        raise Refused(problem)
    faults = row_problems(entries, old, new)
    if faults:
        raise Refused(" ".join(sentence for *_place, sentence in faults[:5]))
    wanted = {(entry.old_code, entry.new_code): entry for entry in entries}
    for row in CodeMapping.objects.filter(old_pack=old, new_pack=new):
        entry = wanted.pop((row.old_code, row.new_code), None)
        if entry is None:
            row.delete()
        elif row.note != entry.note:
            row.note = entry.note
            row.save()
    fresh = [
        CodeMapping(old_pack=old, new_pack=new, old_code=entry.old_code, new_code=entry.new_code, note=entry.note)
        for entry in wanted.values()
    ]
    audit.bulk_create(fresh)
    return len(entries)


@transaction.atomic
def decide(
    year: FiscalYear, kind: str, old_code: str, new_code: str, reason: str, account: Account
) -> CodeDecision:
    """An empty new code: lines of the old one are not carried over. Every decision is kept; the newest counts."""
    require(account, EDIT)
    require_open(year)
    if kind not in CodeDecision.Kind.values or not old_code or len(old_code) > 60:
        raise Refused(_("Kode ini tidak dapat diputuskan."))
    if new_code and new_code not in usable_codes(kind, year):
        raise Refused(
            _("Kode {new_code} tidak dapat dianggarkan pada tahun {year}.").format(
                new_code=new_code, year=year.year
            )
        )
    if not reason.strip():
        raise Refused(_("Tulis alasan keputusan."))
    return CodeDecision.objects.create(
        fiscal_year=year,
        kind=kind,
        old_code=old_code,
        new_code=new_code,
        reason=reason.strip(),
        decided_by=account,
    )
