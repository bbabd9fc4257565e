"""When a file system will be full, judged by the free room of past days. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from statistics import linear_regression

FEWEST_DAYS = 7


def days_left(days: Sequence[tuple[date, int]]) -> int | None:
    """Return in how many days from the last figure nothing will be free, by a straight line through all.

    `days` are (day, free MB), oldest first. None with figures of fewer than seven days between first and last, or
    when the room does not shrink.
    """
    if len(days) < 2 or (days[-1][0] - days[0][0]).days < FEWEST_DAYS:
        return None
    line = linear_regression([day.toordinal() for day, _ in days], [free for _, free in days])
    return int(max(0, days[-1][1]) / -line.slope) if line.slope < 0 else None
