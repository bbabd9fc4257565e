"""What the doctor says of a server, from made states: each severity, and a command for all that is not well."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

import pytest
from semai.adapters.assess_rules import assess_rules
from semai.core.doctor import Examined, Finding
from semai.core.doctor_servers import server_findings
from semai.core.receipt import HostState

NOW = datetime(2026, 11, 21, 9, 0, tzinfo=timezone.utc)
DEBIAN_12 = {"id": "debian", "version_id": "12", "name": "Debian GNU/Linux"}
WELL = {
    "failed_units": [],
    "certificates": [{"name": "e-planning.example.test", "ends": "2027-06-01T00:00:00Z"}],
    "clock": {"zone": "Asia/Makassar", "service": "systemd-timesyncd", "synchronised": True},
    "updates": {"security": 0, "all": 4, "lists_age_hours": 5.0},
    "reboot": {"required": False},
}


def examine(
    exposure: float | None = 1.1, system: dict[str, str] | None = None, service: str = "running", **measured: Any
) -> dict[str, Finding]:
    """Return the findings by code about a server with one app."""
    app = {"service": {"state": service, "exposure": exposure}}
    state = HostState.model_validate({"host": {"os": system or DEBIAN_12}, "apps": {"e-planning": app}})
    found = Examined.model_validate({**WELL, **measured})
    return {finding.code: finding for finding in server_findings("satu", state, found, assess_rules(), NOW)}


def test_server_that_is_well_has_only_green_findings_and_shows_the_exposure() -> None:
    found = examine()
    assert {finding.severity for finding in found.values()} == {"ok"}
    assert set(found) == {"exposure", "units", "certificate", "clock", "system", "updates"}
    assert found["exposure"].fields["exposure"] == 1.1


@pytest.mark.parametrize(("exposure", "code", "severity"), [
    (2.0, "exposure", "ok"),
    (2.1, "exposure-high", "bad"),
    (None, "exposure-unknown", "warn"),
])  # fmt: skip
def test_exposure_is_judged_by_its_limit(exposure: float | None, code: str, severity: str) -> None:
    assert examine(exposure)[code].severity == severity


def test_app_without_a_unit_has_no_exposure() -> None:
    assert not [code for code in examine(None, service="absent") if code.startswith("exposure")]


@pytest.mark.parametrize(("unit", "code", "severity"), [
    ("semai-e-planning.service", "unit-failed", "bad"),
    ("postgresql@15-main.service", "unit-failed", "bad"),
    ("nginx.service", "unit-failed", "bad"),
    ("cups.service", "other-unit-failed", "warn"),
])  # fmt: skip
def test_failed_units_weigh_by_whether_apps_need_them(unit: str, code: str, severity: str) -> None:
    finding = examine(failed_units=[unit])[code]
    assert (finding.severity, finding.command, finding.there) == (severity, f"journalctl -n 50 -u {unit}", True)


@pytest.mark.parametrize(("ends", "code", "severity"), [
    ("2026-11-21T08:59:59Z", "certificate-ended", "bad"),
    ("2026-11-27T00:00:00Z", "certificate-ends", "bad"),
    ("2026-12-20T00:00:00Z", "certificate-ends", "warn"),
    ("2026-12-22T00:00:00Z", "certificate", "ok"),
])  # fmt: skip
def test_certificates_are_told_before_they_end(ends: str, code: str, severity: str) -> None:
    finding = examine(certificates=[{"name": "e-planning.example.test", "ends": ends}])[code]
    assert finding.severity == severity
    assert finding.command == ("" if severity == "ok" else "semai apply")


def test_certificate_nobody_can_read_is_bad() -> None:
    assert examine(unreadable_certificates=["e-planning.example.test"])["certificate-unreadable"].severity == "bad"


@pytest.mark.parametrize(("version", "code", "severity"), [
    ("11", "system-ended", "bad"),
    ("12", "system", "ok"),
    ("14", "system-unknown", "warn"),
])  # fmt: skip
def test_release_of_debian_is_judged_by_its_end_of_life(version: str, code: str, severity: str) -> None:
    assert examine(system={**DEBIAN_12, "version_id": version})[code].severity == severity


def test_release_of_ubuntu_is_found_with_year_and_month() -> None:
    system = {"id": "ubuntu", "version_id": "24.04", "name": "Ubuntu"}
    assert examine(system=system)["system"].fields["until"] == "2029-05-31"


def test_clock_nobody_keeps_is_a_doubt_but_a_container_cannot_help_it() -> None:
    unkept = {"zone": "Asia/Makassar", "service": "", "synchronised": False}
    assert examine(clock=unkept)["clock-unkept"].severity == "warn"
    assert examine(clock=unkept, container=True)["clock"].severity == "ok"


def test_updates_old_lists_and_a_due_restart_are_doubts_to_be_settled_on_the_server() -> None:
    found = examine(updates={"security": 3, "all": 9, "lists_age_hours": 24.0 * 30}, reboot={"required": True})
    doubts = {code: finding for code, finding in found.items() if finding.severity == "warn"}
    assert set(doubts) == {"updates-security", "lists-old", "reboot-pending"}
    assert all(finding.there and finding.command for finding in doubts.values())
    assert (doubts["updates-security"].fields["count"], doubts["lists-old"].fields["days"]) == (3, 30)
    assert "updates-unknown" in examine(updates={})


def test_every_finding_that_is_not_green_says_what_it_means_and_what_to_run() -> None:
    worst = [
        examine(9.9, {**DEBIAN_12, "version_id": "11"}, failed_units=["nginx.service", "cups.service"]),
        examine(None, {**DEBIAN_12, "version_id": "14"}, unreadable_certificates=["a.example.test"], updates={}),
        examine(clock={"synchronised": False}, certificates=[{"name": "a", "ends": "2026-11-23T00:00:00Z"}]),
        examine(updates={"security": 1, "lists_age_hours": 999.0}, reboot={"required": True}),
    ]
    doubts = [finding for found in worst for finding in found.values() if finding.severity != "ok"]
    assert len(doubts) >= 11
    assert [finding.code for finding in doubts if not (finding.meaning and finding.command)] == []
