"""What every write passes: the permission at its place and an open year."""

from __future__ import annotations

from semai_kit import roles, years
from semai_kit.models import Account, FiscalYear
from semai_kit.roles import Place

REPORTING = "reporting"


def require(account: Account, permission: str, place: Place, year: FiscalYear, stage: str = "") -> None:
    """Raise Denied or YearClosed unless the account may do this now; `stage` is the app's own unless given."""
    roles.require_at(account, permission, place)
    years.require_open(year, stage)


def may(account: Account, permission: str, place: Place, year: FiscalYear) -> bool:
    """Whether `require` would pass, for pages that show or hide a button."""
    return year.is_open and roles.allowed_at(account, permission, place)
