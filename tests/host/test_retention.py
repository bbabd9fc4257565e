"""Which sets outlive: the newest of each period, per group of apps."""

from __future__ import annotations

from semai_host.backups.engine import Stored
from semai_host.backups.retention import outlived


def stored(stamp: str, *apps: str) -> Stored:
    return Stored(f"{stamp}-{apps[0]}-000000", apps, 1)


def test_newest_of_each_day_stays_and_groups_do_not_count_for_each_other():
    sets = [stored("20260101T010000Z", "a"), stored("20260101T020000Z", "a"), stored("20260101T010000Z", "b")]
    assert outlived(sets, {"daily": 1, "weekly": 0, "monthly": 0}) == ["20260101T010000Z-a-000000"]


def test_weeks_and_months_reach_further_back_than_days():
    sets = [stored(f"2026{month:02}{day:02}T010000Z", "a") for month in (1, 2, 3) for day in (2, 9, 16)]
    kept = {found.set[:8] for found in sets} - {
        name[:8] for name in outlived(sets, {"daily": 1, "weekly": 2, "monthly": 3})
    }
    assert kept == {"20260316", "20260309", "20260216", "20260116"}


def test_newest_set_stays_however_old():
    assert outlived([stored("20200101T010000Z", "a")], {"daily": 0, "weekly": 0, "monthly": 0}) == []
