"""Freeze periods of region.yml: days on which routine changes wait.

A period holds its first and last day whole, in the region's own time; Indonesia has no summer time, so a zone is an
offset. Releases that mend a security hole may arrive all the same. Pure: the clock is passed in.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, timezone

from semai.core.region import Freeze, Region

COMING_DAYS = 14  # how long ahead a period is announced
_OFFSET_HOURS = {"Asia/Jakarta": 7, "Asia/Pontianak": 7, "Asia/Makassar": 8, "Asia/Jayapura": 9}


@dataclass(frozen=True)
class Frozen:
    """A period that is running or coming; `apps` is empty when it holds for all, `until` its last second."""

    first: date
    last: date
    apps: tuple[str, ...]
    reason: str
    running: bool
    until: datetime

    def holds(self, app: str) -> bool:
        """Tell whether it keeps `app` (an id; "" for the machines themselves) from changing."""
        return not self.apps or app in self.apps


def local_time(region: Region, now: datetime) -> datetime:
    """Return `now` (aware) as the region's clocks show it."""
    return now.astimezone(timezone(timedelta(hours=_OFFSET_HOURS[region.time_zone])))


def announced(region: Region, now: datetime) -> tuple[Frozen, ...]:
    """Return the periods that are running at `now` or begin within two weeks, the earliest first."""
    there = local_time(region, now)
    found = [_frozen(period, there) for period in region.freeze if _is_near(period, there.date())]
    return tuple(sorted(found, key=lambda period: (period.first, period.last, period.reason)))


def in_force(periods: Iterable[Frozen], apps: Sequence[str]) -> tuple[tuple[str, Frozen], ...]:
    """Return (app, period) for each of `apps` that a running period holds, with the one that ends last."""
    running = sorted((p for p in periods if p.running), key=lambda period: period.last)
    held = {app: period for app in apps for period in running if period.holds(app)}
    return tuple(held.items())


def _is_near(period: Freeze, today: date) -> bool:
    return period.first - timedelta(days=COMING_DAYS) <= today <= period.last


def _frozen(period: Freeze, there: datetime) -> Frozen:
    until = datetime.combine(period.last, time(23, 59, 59), there.tzinfo)
    running = period.first <= there.date()
    return Frozen(period.first, period.last, period.apps, period.reason, running, until)
