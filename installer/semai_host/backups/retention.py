"""Which sets are kept: the newest of each day, week and month, per group of apps, as many as were asked for."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence

from .engine import Stored


def outlived(sets: Sequence[Stored], retention: Mapping[str, int]) -> list[str]:
    """Return the names to forget; the newest set of a group always stays."""
    kept: set[str] = set()
    groups: dict[tuple[str, ...], list[Stored]] = {}
    for stored in sorted(sets, key=lambda stored: stored.set, reverse=True):
        groups.setdefault(tuple(sorted(stored.apps)), []).append(stored)
    for group in groups.values():
        kept.add(group[0].set)
        for period, count in retention.items():
            newest: dict[str, str] = {}
            for stored in group:
                newest.setdefault(_bucket(stored, period), stored.set)
            kept.update(list(newest.values())[:count])
    return sorted(stored.set for stored in sets if stored.set not in kept)


def _bucket(stored: Stored, period: str) -> str:
    day = datetime.datetime.strptime(stored.set[:8], "%Y%m%d").date()
    if period == "weekly":
        year, week, _ = day.isocalendar()
        return f"{year}-{week}"
    return stored.set[:6] if period == "monthly" else stored.set[:8]
