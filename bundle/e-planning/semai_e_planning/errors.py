"""What the planning services refuse besides missing permissions and illegal moves."""

from __future__ import annotations

from semai_kit.refusals import Refused


class StageClosed(Refused):
    """The action belongs to a stage that is not open today."""


class CeilingExceeded(Refused):
    """A sum of pagu would pass its ceiling."""


class RuleBroken(Refused):
    """Another rule of planning stands in the way; the message says which and what to do."""
