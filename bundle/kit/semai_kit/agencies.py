"""Agencies over the years: the region file says which exist and what they are called; here is what became of which.

Reports of a past year take names from `agency.at(day)`, so that they come out as they were.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from semai_kit import roles
from semai_kit.models import Account, Agency, AgencyName, AgencySuccession
from semai_kit.refusals import Refused

MANAGE = "kit.agencies.manage"
NAME_FIELDS = ("name", "short_name", "head_title", "head_name", "head_nip")


class SuccessionRefused(Refused):
    """The change of agencies breaks a rule: unknown to the law, twice, or in a circle."""


@transaction.atomic
def record_succession(
    actor: Account | None, predecessors: Sequence[Agency], successors: Sequence[Agency], *, on: date, basis: str
) -> list[AgencySuccession]:
    """Say that `successors` took over from `predecessors` (merge, split or both) on that day, by that regulation.

    Which agencies are in force stays with the region file. Raises Denied, SuccessionRefused.
    """
    if actor is not None:
        roles.require(actor, MANAGE)
    made = []
    for old in predecessors:
        for new in successors:
            if new == old or new in ancestors(old):
                raise SuccessionRefused(
                    _("{new} sudah lebih dulu menjadi asal {old}; perubahan tidak boleh melingkar.").format(
                        new=new, old=old
                    )
                )
            if AgencySuccession.objects.filter(predecessor=old, successor=new).exists():
                raise SuccessionRefused(_("Perubahan {old} menjadi {new} sudah dicatat.").format(old=old, new=new))
            row = AgencySuccession(predecessor=old, successor=new, on=on, basis=basis.strip())
            try:
                row.full_clean()
            except ValidationError as error:
                raise SuccessionRefused(" ".join(error.messages)) from error
            row.save()
            made.append(row)
        if len(successors) == 1:
            old.merged_into = successors[0]
            old.save(update_fields=["merged_into"])
    return made


def ancestors(agency: Agency) -> list[Agency]:
    """Every agency it came from, directly or not, nearest first; a report over years adds theirs to its own."""
    found: list[Agency] = []
    waiting = [agency]
    while waiting:
        rows = AgencySuccession.objects.filter(successor=waiting.pop(0)).select_related("predecessor")
        new = [row.predecessor for row in rows if row.predecessor not in found]
        found += new
        waiting += new
    return found


def remember_names() -> int:
    """Keep today's names of agencies whose latest row says something else; returns how many were new."""
    latest: dict[int, AgencyName] = {}
    for row in AgencyName.objects.order_by("since"):
        latest[row.agency_id] = row
    changed = 0
    for agency in Agency.objects.all():
        values = {name: getattr(agency, name) for name in NAME_FIELDS}
        known = latest.get(agency.pk)
        if known is not None and all(getattr(known, name) == value for name, value in values.items()):
            continue
        since = agency.valid_from if known is None else max(timezone.localdate(), agency.valid_from)
        AgencyName.objects.update_or_create(agency=agency, since=since, defaults=values)
        changed += 1
    return changed
