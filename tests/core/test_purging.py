"""A purge needs a verified backup of less than a day."""

from __future__ import annotations

from datetime import datetime, timezone

import pytest
from semai.core.purging import is_fresh, last_verified
from semai.core.receipt import HostState

NOW = datetime(2026, 11, 28, 12, 0, 0, tzinfo=timezone.utc)


def state(moment: str, verified: bool = True) -> HostState:
    return HostState.model_validate(
        {"backup": {"last": {"apps": {"e-planning": {"moment": moment, "verified": verified}}}}}
    )


@pytest.mark.parametrize(
    ("found", "fresh"),
    [
        (state("2026-11-27T12:00:01Z"), True),
        (state("2026-11-27T12:00:00Z"), False),
        (state("2026-11-28T11:00:00Z", verified=False), False),
        (state("2026-11-28T12:04:00Z"), True),
        (state("2027-11-28T12:00:00Z"), False),
        (state("yesterday"), False),
        (HostState(), False),
        (HostState.model_validate({"backup": {"schedule": "daily"}}), False),
    ],
)
def test_only_a_verified_backup_of_the_last_day_counts(found: HostState, fresh: bool) -> None:
    assert is_fresh(last_verified([found], "e-planning"), NOW) is fresh
    assert not is_fresh(last_verified([found], "e-budgeting"), NOW)


def test_the_newest_of_all_hosts_counts() -> None:
    made = last_verified([state("2026-11-20T00:00:00Z"), state("2026-11-28T00:00:00Z")], "e-planning")
    assert made == datetime(2026, 11, 28, tzinfo=timezone.utc)
