"""Which freeze periods run, to the second, in the region's own time."""

from __future__ import annotations

from datetime import datetime, timezone

import pytest
from semai.core.freeze import announced, in_force
from semai.core.region import Freeze, Region
from semai.core.region_checks import region_problems

PERIOD = {"from": "2026-12-15", "to": "2026-12-31", "reason": "tutup buku"}


def region(*periods: dict, zone: str = "Asia/Makassar") -> Region:
    return Region.model_construct(time_zone=zone, freeze=tuple(Freeze.model_validate(p) for p in periods))


def at(text: str) -> datetime:
    return datetime.strptime(text, "%Y-%m-%d %H:%M:%S").replace(tzinfo=timezone.utc)


@pytest.mark.parametrize(
    ("moment", "zone", "running"),
    [
        ("2026-12-14 15:59:59", "Asia/Makassar", [False]),  # WITA is UTC+8
        ("2026-12-14 16:00:00", "Asia/Makassar", [True]),
        ("2026-12-31 15:59:59", "Asia/Makassar", [True]),
        ("2026-12-31 16:00:00", "Asia/Makassar", []),
        ("2026-12-14 16:00:00", "Asia/Jakarta", [False]),
        ("2026-12-14 15:00:00", "Asia/Jayapura", [True]),
        ("2026-11-30 16:00:00", "Asia/Makassar", [False]),  # two weeks ahead
        ("2026-11-30 15:59:59", "Asia/Makassar", []),
    ],
)
def test_both_days_belong_to_a_period_whole(moment: str, zone: str, running: list[bool]) -> None:
    found = announced(region(PERIOD, zone=zone), at(moment))
    assert [period.running for period in found] == running
    assert bool(in_force(found, ["e-planning"])) == (running == [True])


def test_a_period_of_some_apps_leaves_others_and_the_machines_alone() -> None:
    found = announced(region({**PERIOD, "apps": ["e-budgeting"]}), at("2026-12-20 00:00:00"))
    assert [app for app, _ in in_force(found, ["e-planning", "e-budgeting", ""])] == ["e-budgeting"]


def test_of_two_periods_the_one_that_ends_last_is_told() -> None:
    longer = {"from": "2026-12-20", "to": "2027-01-15", "reason": "RAPBD"}
    ((_, period),) = in_force(announced(region(longer, PERIOD), at("2026-12-21 00:00:00")), ["e-planning"])
    assert (period.reason, period.until.isoformat()) == ("RAPBD", "2027-01-15T23:59:59+08:00")


def test_a_period_that_ends_before_it_begins_is_a_problem() -> None:
    found = region_problems({"freeze": [PERIOD, {"from": "2026-12-15", "to": "2026-12-14", "reason": "x"}]})
    assert [problem.place for problem in found] == [("freeze", 1, "to")]
