"""When an app's data may be deleted for good: a verified backup of it is less than a day old. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta, timezone

from semai.core.receipt import HostState

FRESH = timedelta(hours=24)
AHEAD = timedelta(minutes=5)  # by which a host's clock may run before ours


def last_verified(states: Iterable[HostState], app: str) -> datetime | None:
    """Return when the newest verified backup of `app` was made on any host; None when there is none."""
    found = [state.backup.last.apps.get(app) for state in states if state.backup]
    moments = [moment_of(entry.moment) for entry in found if entry and entry.verified]
    return max((moment for moment in moments if moment), default=None)


def is_fresh(made: datetime | None, now: datetime) -> bool:
    """Tell whether a backup `made` then is new enough at `now`; one from the future is not believed."""
    return made is not None and -AHEAD <= now - made < FRESH


def moment_of(text: str) -> datetime | None:
    """Return a host's UTC time, None when it is none."""
    try:
        return datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=timezone.utc)
    except ValueError:
        return None
