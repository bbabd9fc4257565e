"""When a disk will be full."""

from __future__ import annotations

from datetime import date, timedelta

from semai.core.forecast import days_left

FIRST = date(2026, 11, 1)


def daily(*free: int) -> list[tuple[date, int]]:
    return [(FIRST + timedelta(days=number), mb) for number, mb in enumerate(free)]


def test_a_disk_that_fills_evenly_is_full_when_the_line_ends() -> None:
    assert days_left(daily(*range(2000, 1000, -100))) == 11  # 1100 MB are left, 100 go each day


def test_one_day_of_cleaning_up_does_not_hide_the_direction() -> None:
    free = [2000, 1800, 1600, 1400, 1500, 1300, 1100, 900, 700]
    assert days_left(daily(*free)) == 4


def test_nothing_is_said_of_room_that_grows_or_stays() -> None:
    assert days_left(daily(*range(1000, 2000, 100))) is None
    assert days_left(daily(*[500] * 10)) is None


def test_a_week_of_figures_is_the_least() -> None:
    assert days_left([]) is None
    assert days_left(daily(*range(900, 200, -100))) is None  # seven figures are six days
    assert days_left(daily(*range(900, 100, -100))) == 2


def test_a_full_disk_has_no_day_left() -> None:
    assert days_left(daily(700, 600, 500, 400, 300, 200, 100, 0)) == 0
