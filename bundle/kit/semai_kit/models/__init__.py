"""The kit's tables. Import models from here, never from the submodules."""

from semai_kit.models.accounts import Account, RoleGrant
from semai_kit.models.numbering import IssuedNumber, NumberCounter
from semai_kit.models.officials import Official
from semai_kit.models.records import Attachment, ContractAnswer, TransitionLog
from semai_kit.models.region import Agency, District, Village
from semai_kit.models.years import FiscalYear, Stateful, YearRecord

__all__ = [
    "Account",
    "Agency",
    "Attachment",
    "ContractAnswer",
    "District",
    "FiscalYear",
    "IssuedNumber",
    "NumberCounter",
    "Official",
    "RoleGrant",
    "Stateful",
    "TransitionLog",
    "Village",
    "YearRecord",
]
