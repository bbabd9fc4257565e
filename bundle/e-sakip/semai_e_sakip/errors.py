"""What the services refuse besides missing permissions, illegal moves and closed years."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext as _
from semai_kit.refusals import Refused


class RuleBroken(Refused):
    """A rule of performance accountability stands in the way; the message says which and what to do."""


class NotEditable(Refused):
    """The record is locked in its present state."""


class Incomplete(Refused):
    """A record cannot move on yet; every reason at once."""

    def __init__(self, what: str, problems: Sequence[str]) -> None:
        self.problems = tuple(problems)
        super().__init__(_("{what} belum dapat diteruskan. ").format(what=what) + " ".join(self.problems))


class AnswerInvalid(Refused):
    """A provider answered something that is not its contract."""

    def __init__(self, contract: str, where: str, problem: str) -> None:
        self.where = where
        super().__init__(f"Jawaban {contract} tidak sesuai perjanjian data pada {where}: {problem}.")
