"""Models of e-budgeting: reference codes, the copy of the work plan, RKA lines, and versions."""

from semai_kit.models import CannotChange

from .plan import PlanDifference, PlanFetch, PlanItem
from .reference import AccountCode, AccountPack, FundingSource
from .rka import LineFields, Rka, RkaLine
from .versions import Remark, RkaVersion, RkaVersionItem, RkaVersionLine

__all__ = [
    "AccountCode",
    "AccountPack",
    "CannotChange",
    "FundingSource",
    "LineFields",
    "PlanDifference",
    "PlanFetch",
    "PlanItem",
    "Remark",
    "Rka",
    "RkaLine",
    "RkaVersion",
    "RkaVersionItem",
    "RkaVersionLine",
]
