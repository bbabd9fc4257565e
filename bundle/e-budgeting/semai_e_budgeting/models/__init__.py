"""Models of e-budgeting: reference codes, the copy of the work plan, ceilings, RKA lines, versions, and DPA."""

from semai_kit.models import CannotChange

from .ceilings import Ceiling, CeilingDocument, PaguChange
from .execution import CashMonth, Decree, DpaVersion, Round
from .mapping import CodeDecision, CodeMapping
from .plan import PlanDifference, PlanFetch, PlanItem
from .reference import CodePack, FundingSource, PackCode
from .rka import LineFields, Rka, RkaLine
from .standards import PriceStandard, StandardItem
from .versions import Remark, RkaVersion, RkaVersionItem, RkaVersionLine

__all__ = [
    "PackCode",
    "CodePack",
    "CannotChange",
    "CashMonth",
    "Ceiling",
    "CeilingDocument",
    "CodeDecision",
    "CodeMapping",
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
