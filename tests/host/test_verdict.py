"""The host's own verdict: since when an app is ill, what it takes, and how its disks filled."""

from __future__ import annotations

import json

import pytest
from semai_host import durable

from tests.host.rig import wait_until


@pytest.mark.slow
def test_verdict_keeps_since_when_an_app_is_as_it_is(host, app):
    host.activate(host.request(app, "2026.1.0"))
    assert host.state()["apps"][app]["health"]["status"] == "ok"
    first = host.call("verdict")["apps"][app]
    assert (first["condition"], first["database_mb"]) == ("ok", 1)
    assert first["disk_mb"] > 0
    _age(host, app, "2026-11-01T00:00:00Z")
    assert host.call("verdict")["apps"][app]["since"] == "2026-11-01T00:00:00Z"
    host.call("maintenance", "on", app)
    wait_until(lambda: host.status(app) == 503, "the page answers")
    closed = host.call("verdict")["apps"][app]
    assert closed["condition"] == "maintenance"
    assert closed["since"] > "2026-11-01T00:00:00Z"
    told = host.state()["verdict"]
    assert told["apps"][app] == closed
    assert "digest" not in told


def test_verdict_keeps_one_figure_of_each_day_and_forgets_the_oldest(host):
    today = host.call("verdict")["time"][:10]
    record = json.loads((host.root / "verdict.json").read_text())
    record["filesystems"][0]["days"] = [[f"2025-{1 + n // 28:02}-{1 + n % 28:02}", n] for n in range(70)]
    _write(host, record)
    days = host.call("verdict")["filesystems"][0]["days"]
    assert len(days) == 60
    assert (days[0][1], days[-2][1], days[-1][0]) == (11, 69, today)
    assert host.call("verdict")["filesystems"][0]["days"][-2] == days[-2]  # the same day is not taken down twice


def test_damaged_verdict_is_no_obstacle(host):
    (host.root / "verdict.json").write_text('{"schema": 1, "apps": {}}')
    assert host.state()["verdict"] is None
    assert host.call("verdict")["time"] == host.state()["verdict"]["time"]


def _age(host, app, moment):
    record = json.loads((host.root / "verdict.json").read_text())
    record["apps"][app]["since"] = moment
    _write(host, record)


def _write(host, record):
    rest = {key: value for key, value in record.items() if key != "digest"}
    durable.write_sealed(host.root / "verdict.json", rest, 0o600)
