"""Failures of several addresses of one mentor, told as one: the gravest, with where, when and what else failed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timezone
from typing import TypeVar

from semai.core.trust import show_time
from semai.errors import SemaiError, TrustRefused
from semai.messages import N_, translate

_WHERE = N_("mentor {mentor}, file {file}, checked {date}; what was trusted before is unchanged")
_WHERE_ARTIFACT = N_("file {file}, checked {date}; nothing of it was used")

OLDER = "catalog-older"  # the code of an address that lags behind what is trusted already: no attack by itself

Error = TypeVar("Error", bound=SemaiError)


def situated(error: Error, *, file: str, mentor: str = "", now: datetime | None = None) -> Error:
    """Return the same error with mentor, file and date in its fields and as a detail line; once is enough."""
    if "date" in error.fields:
        return error
    date = show_time(now or datetime.now(timezone.utc))
    fields = {"file": file, **error.fields, "mentor": mentor, "date": date}
    where = translate(_WHERE if mentor else _WHERE_ARTIFACT, mentor=mentor, file=fields["file"], date=date)
    return type(error)(error.code, error.message, hint=error.hint, details=(*error.details, where), **fields)


def worst(failures: Sequence[Error]) -> Error:
    """Return the gravest failure (trust, then network, then lagging behind), the others as detail lines."""
    chosen = min(failures, key=lambda error: (error.code == OLDER, not isinstance(error, TrustRefused)))
    others = tuple(
        f"{error.code}: {translate(error.message, **error.fields)}" for error in failures if error is not chosen
    )
    if not others:
        return chosen
    return type(chosen)(
        chosen.code, chosen.message, hint=chosen.hint, details=(*chosen.details, *others), **chosen.fields
    )
