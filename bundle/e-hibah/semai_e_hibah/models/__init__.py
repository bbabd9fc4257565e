"""The tables of the grants app. Import models from here."""

from .applications import Amount, Applicant, Application, Document, RuleResult, Waiver
from .awards import Agreement, AwardList, Disbursement
from .budget import GrantFetch, GrantLine
from .earlier import EarlierAward
from .filing import Attempt, FilingWindow
from .reports import Reminder, Report

HISTORY_TABLES = ("semai_e_hibah_amount", "semai_e_hibah_ruleresult", "semai_e_hibah_waiver")

__all__ = [
    "HISTORY_TABLES",
    "Agreement",
    "Amount",
    "Applicant",
    "Application",
    "Attempt",
    "AwardList",
    "Disbursement",
    "Document",
    "EarlierAward",
    "FilingWindow",
    "GrantFetch",
    "GrantLine",
    "Reminder",
    "Report",
    "RuleResult",
    "Waiver",
]
