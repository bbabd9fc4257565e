"""Every error semai shows: one root, one kind per exit code.

An error carries a stable kebab-case `code`, a message that says what went wrong and where, optional `details`
(one line per further place), and a hint: one command or action to try next. Messages are English msgids with
`{named}` fields; the command line translates them and fills the fields, so nothing here prints or knows a language.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any


class SemaiError(Exception):
    """Root of all expected failures; anything else that escapes is a defect of semai."""

    exit_code = 1
    follows_result = False  # stdout already holds the command's JSON; a second document would spoil it

    def __init__(
        self, code: str, message: str, *, hint: str = "", details: Sequence[str] = (), **fields: Any
    ) -> None:
        self.code = code
        self.message = message
        self.hint = hint
        self.details = tuple(details)
        self.fields: Mapping[str, Any] = fields
        super().__init__(message.format(**fields) if fields else message)


class OperationFailed(SemaiError):
    """The work was accepted but could not be finished (exit 1)."""


class InvalidInput(SemaiError):
    """A file, an option or an answer is wrong (exit 2)."""

    exit_code = 2


class TrustRefused(SemaiError):
    """A signature, digest, fingerprint, date or name does not hold (exit 3)."""

    exit_code = 3


class NetworkFailed(SemaiError):
    """A mentor or mirror could not be reached or did not answer in time (exit 4)."""

    exit_code = 4


class CannotResolve(SemaiError):
    """No set of releases satisfies the selection (exit 5)."""

    exit_code = 5


class ChangesPending(SemaiError):
    """`plan --check` found changes or drift (exit 6)."""

    exit_code = 6


class HostRefused(SemaiError):
    """A host is unreachable, unfit or unhealthy (exit 7)."""

    exit_code = 7


class Locked(SemaiError):
    """Someone else is at work, or the region is frozen (exit 8)."""

    exit_code = 8
