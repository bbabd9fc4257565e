"""Budget lines of grants and social aid (accounts 5.1.05 and 5.1.06) in the versions in force."""

from dataclasses import dataclass

from django.db.models import Q

from ..models import RkaVersionLine
from .execution import agreed_versions

ACCOUNTS = ("5.1.05.", "5.1.06.")


@dataclass(frozen=True)
class Grants:
    """`status`: approved when every RKA of the year has a version in force, partial when some have, else empty."""

    status: str
    lines: tuple[RkaVersionLine, ...]


def grant_lines(year: int) -> Grants:
    """Lines of the newest DPA of every OPD, or else of its locked RKA, with their RKA and OPD: two queries."""
    agreed = agreed_versions(year)
    accounts = Q()
    for prefix in ACCOUNTS:
        accounts |= Q(account_code__startswith=prefix)
    rows = (
        RkaVersionLine.objects.filter(accounts, version__in=agreed.versions)
        .select_related("version__rka__agency")
        .order_by("version__rka__agency__code", "account_code", "line_id")
    )
    return Grants(agreed.status, tuple(rows))
