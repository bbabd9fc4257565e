"""Records of the planning app, grouped by what officials call them."""

from .annual_plans import AnnualPlan
from .calendar import Stage
from .five_year_plans import (
    AgencyCeiling,
    IndicatorTarget,
    NodeCeiling,
    NodeIndicator,
    PlanNode,
    PlanPeriod,
)
from .proposals import PriorityTheme, Proposal, ProposalKind
from .versions import (
    Amendment,
    AnnualPlanVersion,
    ItemChange,
    TargetChange,
    VersionAgency,
    VersionItem,
    VersionTarget,
)
from .work_plans import WorkPlan, WorkPlanItem, WorkPlanTarget

__all__ = [
    "AgencyCeiling",
    "Amendment",
    "AnnualPlan",
    "AnnualPlanVersion",
    "IndicatorTarget",
    "ItemChange",
    "NodeCeiling",
    "NodeIndicator",
    "PlanNode",
    "PlanPeriod",
    "PriorityTheme",
    "Proposal",
    "ProposalKind",
    "Stage",
    "TargetChange",
    "VersionAgency",
    "VersionItem",
    "VersionTarget",
    "WorkPlan",
    "WorkPlanItem",
    "WorkPlanTarget",
]
