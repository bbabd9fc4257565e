"""Models of e-budgeting: reference codes, the copy of the work plan, ceilings, RKA lines, versions, and DPA."""

from semai_kit.models import CannotChange

from .ceilings import Ceiling, CeilingDocument, PaguChange
from .execution import CashMonth, Decree, DpaVersion, Round
from .plan import PlanDifference, PlanFetch, PlanItem
from .reference import AccountCode, AccountPack, FundingSource
from .rka import LineFields, Rka, RkaLine
from .standards import PriceStandard, StandardItem
from .versions import Remark, RkaVersion, RkaVersionItem, RkaVersionLine

__all__ = [
    "AccountCode",
    "AccountPack",
    "CannotChange",
    "CashMonth",
    "Ceiling",
    "CeilingDocument",
    "Decree",
    "DpaVersion",
    "FundingSource",
    "LineFields",
    "PaguChange",
    "PlanDifference",
    "PlanFetch",
    "PlanItem",
    "PriceStandard",
    "Remark",
    "Rka",
    "RkaLine",
    "RkaVersion",
    "RkaVersionItem",
    "RkaVersionLine",
    "Round",
    "StandardItem",
]
