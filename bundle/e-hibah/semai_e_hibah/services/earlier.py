"""The list of earlier recipients from a spreadsheet: checked against every rule, then written all at once."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from semai_kit import audit, roles
from semai_kit.models import Account
from semai_kit.spreadsheets import CellError, SheetRow

from .. import identity, masking, reference
from ..errors import RuleBroken
from ..models import EarlierAward

VIEW, EDIT = "earlier.view", "earlier.edit"
FIRST_YEAR = 2000
REPORTED, OWED = "sudah", "belum"
NO_IDENTIFIERS = lazy("Jangan menulis NIK, nomor telepon, nomor rekening, atau surel di sini.")

Key = tuple[int, str, str]


class RowInvalid(ValueError):
    """What is wrong with one cell, in Indonesian."""

    def __init__(self, column: str, message: str) -> None:
        super().__init__(message)
        self.column = column


@dataclass(frozen=True)
class Written:
    """How many rows were new, and how many of those known took another content."""

    added: int
    changed: int


def check(account: Account, rows: Sequence[SheetRow]) -> list[CellError]:
    """What stands in the way of writing these rows. Raises Denied. Writes nothing."""
    roles.require(account, EDIT)
    today = timezone.localdate()
    faults: list[CellError] = []
    first: dict[Key, int] = {}
    for row in rows:
        try:
            award = _award(row.values, today)
        except RowInvalid as fault:
            faults.append(CellError(row.number, fault.column, str(fault)))
            continue
        earlier = first.setdefault(_key(award), row.number)
        if earlier != row.number:
            faults.append(
                CellError(
                    row.number,
                    "title",
                    _("Tahun, penerima, dan kegiatannya sama dengan baris {earlier}.").format(earlier=earlier),
                )
            )
    return faults


@transaction.atomic
def write(account: Account, rows: Sequence[SheetRow]) -> Written:
    """Write every row, or none. A row known by year, recipient and activity takes the new content."""
    faults = check(account, rows)
    if faults:
        raise RuleBroken(_("Baris {row}: {message}").format(row=faults[0].row, message=faults[0].message))
    today = timezone.localdate()
    given = [_award(row.values, today) for row in rows]
    known = _known(given)
    fresh = [award for award in given if _key(award) not in known]
    for award in fresh:
        award.created_by = account
    try:
        with transaction.atomic():
            audit.bulk_create(fresh)
    except IntegrityError:  # two imported the same list at once
        raise RuleBroken(_("Sebagian daftar ini baru saja dicatat orang lain. Unggah lagi.")) from None
    changed = sum(_take_over(known[_key(award)], award) for award in given if _key(award) in known)
    return Written(len(fresh), changed)


@transaction.atomic
def remove(account: Account, award: EarlierAward) -> None:
    """Take a row out that should not be in the list; the audit trail keeps that it was."""
    roles.require(account, EDIT)
    award.delete()


def _known(given: Sequence[EarlierAward]) -> dict[Key, EarlierAward]:
    rows = EarlierAward.objects.select_for_update().filter(year__in={award.year for award in given})
    return {_key(award): award for award in rows}


def _take_over(known: EarlierAward, given: EarlierAward) -> bool:
    changed = [
        field
        for field in ("kind_id", "form_id", "name", "amount", "reported")
        if getattr(known, field) != getattr(given, field)
    ]
    for field in changed:
        setattr(known, field, getattr(given, field))
    if changed:
        known.save()
    return bool(changed)


def _key(award: EarlierAward) -> Key:
    return award.year, award.identity, award.title.casefold()


def _award(values: Mapping[str, Any], today: datetime.date) -> EarlierAward:
    """An unsaved row of a row of the sheet; raises RowInvalid for the first thing that is wrong."""
    kind = next(kind for kind in reference.kinds() if kind.title == values["kind"])
    form = next(form for form in reference.legal_forms() if form.title == values["form"])
    if form.id not in kind.forms:
        raise RowInvalid(
            "form", _("{form} tidak dapat menerima “{kind}”.").format(form=_(form.title), kind=_(kind.title))
        )
    if not FIRST_YEAR <= values["year"] <= today.year:
        raise RowInvalid(
            "year", _("Tahun harus antara {first} dan {last}.").format(first=FIRST_YEAR, last=today.year)
        )
    if values["amount"] <= 0 or values["amount"] != values["amount"].quantize(Decimal("0.01")):
        raise RowInvalid(
            "amount", _("Nilai harus lebih dari nol, dengan paling banyak dua angka di belakang koma.")
        )
    for column in ("name", "title"):
        if masking.identifiers_in(values[column]):
            raise RowInvalid(column, NO_IDENTIFIERS)
    return EarlierAward(
        year=values["year"],
        kind_id=kind.id,
        form_id=form.id,
        name=values["name"],
        identity=_identity(form, values, today),
        title=values["title"],
        amount=values["amount"],
        reported=values["report"] == REPORTED,
    )


def _identity(form: reference.LegalForm, values: Mapping[str, Any], today: datetime.date) -> str:
    """The key by which an application of the same recipient is known."""
    if form.id == reference.PERSON:
        return identity.key(is_person=True, person_nik=_number("nik", values, today), npwp16="", deed="")
    npwp16 = _number("npwp", values, today) if values["npwp"] or "npwp" in form.needs else ""
    if not npwp16 and not values["deed"]:
        raise RowInvalid("deed", _("Isi nomor akta atau surat terdaftar."))
    return identity.key(is_person=False, person_nik="", npwp16=npwp16, deed=values["deed"])


def _number(column: str, values: Mapping[str, Any], today: datetime.date) -> str:
    if not values[column]:
        raise RowInvalid(column, _("{column} wajib diisi untuk bentuk penerima ini.").format(column=column.upper()))
    try:
        return identity.nik(values[column], today) if column == "nik" else identity.npwp(values[column])
    except ValueError as error:
        raise RowInvalid(column, str(error)) from None
