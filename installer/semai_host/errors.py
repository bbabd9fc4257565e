"""Expected failures of the host tool: a stable code, what went wrong and where, one thing to do next.

The kind decides the exit code: 1 the work failed and was undone, 7 refused before anything was touched, 8 locked.
"""

from __future__ import annotations

import errno
from typing import Any


class HostError(Exception):
    """Root of all expected failures; the work was begun and undone."""

    exit_code = 1

    def __init__(self, code: str, message: str, hint: str = "", **details: Any) -> None:
        self.code = code
        self.message = message
        self.hint = hint
        self.details = details
        super().__init__(message)

    def report(self) -> dict[str, Any]:
        """Return the value of `error` in the tool's JSON answer."""
        return {"code": self.code, "message": self.message, "hint": self.hint, **self.details}


class Refused(HostError):
    """The host cannot or may not do this; nothing was touched."""

    exit_code = 7


class LockedOut(HostError):
    """Another run holds the host; the message says who, since when and for what."""

    exit_code = 8


class Interrupted(HostError):
    """A signal asked the run to stop."""

    def __init__(self, signal_name: str) -> None:
        super().__init__("interrupted", f"stopped by {signal_name}")


def of_system(error: OSError, kind: type[HostError]) -> HostError:
    """Give an operating system's error a code and a remedy of ours."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return kind("disk-full", f"no space left for {error.filename or 'a file'}", "free some space there")
    if isinstance(error, PermissionError):
        return kind("no-write-permission", f"may not use {error.filename}", "run as the owner of that folder")
    return kind("host-failed", f"{type(error).__name__}: {error}")
