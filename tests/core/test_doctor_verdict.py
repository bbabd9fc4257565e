"""What the doctor says of a host's own verdict."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone

from semai.adapters.assess_rules import assess_rules
from semai.core.doctor import Finding
from semai.core.doctor_verdict import verdict_findings
from semai.core.receipt import FilesystemDays, HostState, Verdict

NOW = datetime(2026, 11, 28, 12, 0, tzinfo=timezone.utc)
LIMIT = assess_rules().thresholds.disk_forecast_days


def found(verdict: Verdict | None) -> list[Finding]:
    return list(verdict_findings("h1", HostState(verdict=verdict), LIMIT, NOW))


def told(time: str, *free: int) -> list[Finding]:
    days = tuple((date(2026, 11, 1) + timedelta(days=number), mb) for number, mb in enumerate(free))
    return found(Verdict(time=time, filesystems=(FilesystemDays(path="/srv", days=days),)))


def codes(findings: list[Finding]) -> list[tuple[str, str]]:
    return [(finding.severity, finding.code) for finding in findings]


def test_a_host_without_a_verdict_is_told_to_apply() -> None:
    assert codes(found(None)) == [("warn", "verdict-missing")]


def test_a_verdict_older_than_an_hour_means_that_its_timer_does_not_run() -> None:
    assert codes(told("2026-11-28T11:50:00Z")) == [("ok", "verdict")]
    assert codes(told("2026-11-28T10:50:00Z")) == [("warn", "verdict-old")]
    assert codes(told("yesterday")) == [("warn", "verdict-old")]


def test_a_disk_that_will_be_full_soon_is_bad_before_it_is_full() -> None:
    recent = "2026-11-28T11:59:00Z"
    assert codes(told(recent, *range(2000, 1000, -100)))[1] == ("bad", "disk-forecast")  # 11 days
    assert codes(told(recent, *range(5000, 4000, -100)))[1] == ("warn", "disk-forecast")  # 41 days
    assert codes(told(recent, *range(50_000, 49_000, -100)))[1] == ("ok", "disk-forecast")
    assert codes(told(recent, 900, 900))[1:] == []
