"""The kit's tables. Import models from here, never from the submodules."""

from semai_kit.models.accounts import Account, RoleGrant
from semai_kit.models.history import AgencyName, AgencySuccession
from semai_kit.models.notifications import Notification, OutgoingMail
from semai_kit.models.numbering import IssuedNumber, NumberCounter
from semai_kit.models.officials import Official
from semai_kit.models.records import Attachment, ContractAnswer, TransitionLog
from semai_kit.models.region import Agency, District, Village
from semai_kit.models.sent_forms import SentForm
from semai_kit.models.sessions import AccountSession
from semai_kit.models.tokens import ApiToken
from semai_kit.models.written_once import CannotChange, WrittenOnce
from semai_kit.models.years import FiscalYear, Stateful, YearRecord, YearStage

__all__ = [
    "Account",
    "AccountSession",
    "Agency",
    "AgencyName",
    "AgencySuccession",
    "ApiToken",
    "Attachment",
    "CannotChange",
    "ContractAnswer",
    "District",
    "FiscalYear",
    "IssuedNumber",
    "Notification",
    "NumberCounter",
    "Official",
    "OutgoingMail",
    "RoleGrant",
    "SentForm",
    "Stateful",
    "TransitionLog",
    "Village",
    "WrittenOnce",
    "YearRecord",
    "YearStage",
]
