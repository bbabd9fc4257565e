"""What the grants services refuse besides missing permissions and illegal moves."""

from __future__ import annotations

from semai_kit.refusals import Refused


class RuleBroken(Refused):
    """A rule of grants stands in the way; the message says which and what to do."""


class NotEligible(RuleBroken):
    """Eligibility rules fail and nobody allowed an exception; the message names each."""


class CeilingExceeded(Refused):
    """A sum would pass the ceiling of a budget line, of an award or of a stage."""


class FilingClosed(Refused):
    """Filing is not open today."""


class TooMany(Refused):
    """One address asked too often; the message says when to try again."""

    status = 429


class GrantsInvalid(Refused):
    """The answer of the budgeting app cannot be used; names the place in it."""

    def __init__(self, where: str, problem: str) -> None:
        super().__init__(f"Jawaban e-budgeting tidak dapat dipakai: {where} {problem}.")
