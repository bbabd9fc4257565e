"""Refresh the catalogs of trusted mentors; one that fails does not keep the others from being refreshed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from semai.adapters.failures import worst
from semai.adapters.fetch import Patience
from semai.adapters.mentor_client import MentorClient, Refreshed
from semai.adapters.mentor_state import known_mentors
from semai.core.trust import Stale
from semai.errors import InvalidInput, SemaiError


@dataclass(frozen=True)
class Update:
    """One mentor's refresh: what it brought, or why it was refused."""

    mentor: str
    refreshed: Refreshed | None
    failure: SemaiError | None


@dataclass(frozen=True)
class Updates:
    """All refreshes, in the order of the mentors' ids."""

    items: tuple[Update, ...]

    def check(self) -> None:
        """Raise the gravest failure, with the others as its details."""
        failures = [item.failure for item in self.items if item.failure is not None]
        if failures:
            raise worst(failures)


def update_catalogs(
    state_dir: Path,
    now: datetime,
    *,
    mentor: str | None = None,
    stale: Stale | None = None,
    patience: Patience | None = None,
    begin: Callable[[str], None] = lambda _mentor: None,
) -> Updates:
    """Refresh one mentor's catalog, or all; `begin` is told each mentor before it is asked.

    Raises InvalidInput (`no-mentor`, `unknown-mentor`; `stale-mentor`, as expiry is forgiven one by one).
    """
    mentors = [mentor] if mentor else known_mentors(state_dir)
    if not mentors:
        raise InvalidInput(
            "no-mentor",
            "no mentor is trusted on this machine yet, so there is no catalog",
            hint="semai mentor add <id> <address>",
        )
    if stale is not None and mentor is None:
        raise InvalidInput(
            "stale-mentor",
            "--accept-stale is for one mentor, named on the command line",
            hint="semai catalog update {example} --accept-stale 90d --reason '…'",
            example=mentors[0],
        )
    items = []
    for name in mentors:
        begin(name)
        items.append(_update(MentorClient(state_dir, name, patience), now, stale))
    return Updates(tuple(items))


def _update(client: MentorClient, now: datetime, stale: Stale | None) -> Update:
    try:
        return Update(client.mentor, client.refresh(now, stale), None)
    except InvalidInput:
        raise
    except SemaiError as failure:
        return Update(client.mentor, None, failure)
