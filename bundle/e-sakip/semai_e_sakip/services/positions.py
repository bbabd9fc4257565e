"""Who signs Perjanjian Kinerja, and for whom: the kit's list of officials plus kind of office and superior."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext as _
from semai_kit import roles
from semai_kit.models import Account, Agency, Official

from ..errors import RuleBroken
from ..models import Position

OFFICE = ("agency", "title", "acting", "name", "nip", "rank", "valid_from", "valid_until")


@dataclass(frozen=True)
class PositionContent:
    """`agency` is None for the head of the region; `superior` is None only there."""

    agency: Agency | None
    kind: str
    title: str
    acting: str
    name: str
    nip: str
    rank: str
    superior: Position | None
    valid_from: datetime.date
    valid_until: datetime.date | None


@transaction.atomic
def save_position(account: Account, position: Position | None, content: PositionContent) -> Position:
    """Enter or change an official; signed agreements keep the names they were signed with."""
    roles.require(account, "official.edit", agency=content.agency)
    row = Position() if position is None else _locked(position)
    if position is not None:
        roles.require_at(account, "official.edit", row.place())
        _refuse_circle(row, content.superior)
    official = Official() if position is None else row.official
    for name in OFFICE:
        setattr(official, name, getattr(content, name))
    official.full_clean()
    official.save()
    row.official, row.kind, row.superior = official, content.kind, content.superior
    row.full_clean()
    row.save()
    return row


def _locked(position: Position) -> Position:
    """As stored, not as a form has already changed it."""
    rows = Position.objects.select_for_update(of=("self",)).select_related("official__agency")
    return rows.get(pk=position.pk)


def _refuse_circle(position: Position, superior: Position | None) -> None:
    """Nobody may be his own superior, over however many steps."""
    walked: set[int] = set()
    step = superior
    while step is not None and step.pk not in walked:
        if step.pk == position.pk:
            raise RuleBroken(_("Atasan tidak boleh bawahan dari pejabat itu sendiri."))
        walked.add(step.pk)
        step = step.superior
