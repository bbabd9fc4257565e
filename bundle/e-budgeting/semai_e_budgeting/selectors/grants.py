"""Budget lines of grants and social aid (accounts 5.1.05 and 5.1.06) in the versions that were locked."""

from dataclasses import dataclass

from django.db.models import F, Max, Q

from ..models import Rka, RkaVersionLine
from ..services.states import LOCKED

ACCOUNTS = ("5.1.05.", "5.1.06.")


@dataclass(frozen=True)
class Grants:
    """`status`: approved when every RKA of the year is locked, partial when some are, empty when none is."""

    status: str
    lines: tuple[RkaVersionLine, ...]


def grant_lines(year: int) -> Grants:
    """Lines of the newest version of every locked RKA, with their RKA and OPD."""
    states = list(Rka.objects.filter(fiscal_year__year=year).values_list("state", flat=True))
    accounts = Q()
    for prefix in ACCOUNTS:
        accounts |= Q(account_code__startswith=prefix)
    rows = (
        RkaVersionLine.objects.filter(accounts, version__rka__fiscal_year__year=year, version__rka__state=LOCKED)
        .annotate(newest=Max("version__rka__versions__number"))
        .filter(version__number=F("newest"))
        .select_related("version__rka__agency")
        .order_by("version__rka__agency__code", "account_code", "line_id")
    )
    return Grants(_status(states), tuple(rows))


def _status(states: list[str]) -> str:
    locked = states.count(LOCKED)
    if not locked:
        return "empty"
    return "approved" if locked == len(states) else "partial"
