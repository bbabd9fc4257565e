"""Records of e-sakip, grouped by what officials call them."""

from .agreements import Agreement, AgreementProgram, AgreementTarget, Position
from .evaluations import Evaluation, EvaluationAnswer, Recommendation
from .measurements import ActionStep, Measurement, ProgramSpending
from .reports import Report, ReportText
from .sources import BudgetItem, SourceFetch
from .tree import AnnualTarget, Indicator, PerformanceNode, QuarterTarget

__all__ = [
    "ActionStep",
    "Agreement",
    "AgreementProgram",
    "AgreementTarget",
    "AnnualTarget",
    "BudgetItem",
    "Evaluation",
    "EvaluationAnswer",
    "Indicator",
    "Measurement",
    "PerformanceNode",
    "Position",
    "ProgramSpending",
    "QuarterTarget",
    "Recommendation",
    "Report",
    "ReportText",
    "SourceFetch",
]
