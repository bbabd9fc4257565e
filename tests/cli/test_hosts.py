"""`semai status`, `doctor`, `logs`, `open` and `service` against real small apps on this machine."""

from __future__ import annotations

import json
import signal
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest

from tests.roles.greeter import Greeter
from tests.roles.region import SECRET, GreeterRegion, region

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def planted() -> Iterator[tuple[GreeterRegion, Greeter]]:
    """Return a region whose one app runs; tests leave it running."""
    with region() as made:
        app = made.greeter()
        made.lock(app)
        run = made.semai("apply", "--yes")
        assert run.returncode == 0, run.stderr
        yield made, app


def app_status(greeters: GreeterRegion) -> Any:
    return json.loads(greeters.semai("status", "--json").stdout)["apps"][0]


def test_status_says_what_runs_where(planted: tuple[GreeterRegion, Greeter]) -> None:
    greeters, app = planted
    found = app_status(greeters)
    shown = {
        key: found[key] for key in ("app", "version", "expected", "service", "health", "address", "step", "well")
    }
    assert shown == {
        "app": "greeter",
        "version": "2026.1.0",
        "expected": "2026.1.0",
        "service": "running",
        "health": "ok",
        "address": f"http://127.0.0.1:{app.port}",
        "step": "unchanged",
        "well": True,
    }
    lines = greeters.semai("status").stdout.splitlines()
    assert lines[0].split() == [
        "host",
        "app",
        "version",
        "service",
        "health",
        "memory",
        "backup",
        "drill",
        "address",
    ]
    assert lines[1].split()[:5] == ["localhost", "greeter", "2026.1.0", "running", "well"]


def test_a_stopped_app_stays_stopped_until_it_is_started(planted: tuple[GreeterRegion, Greeter]) -> None:
    greeters, app = planted
    assert greeters.semai("service", "stop", "greeter").returncode == 0
    assert app_status(greeters)["service"] == "stopped"
    assert greeters.semai("apply").returncode == 0
    assert app_status(greeters)["service"] == "stopped"
    started = greeters.semai("service", "start", "batang/greeter")
    assert (started.returncode, started.stderr) == (0, "✓ greeter runs on localhost\n")
    with urllib.request.urlopen(f"http://127.0.0.1:{app.port}/healthz", timeout=5) as answer:
        assert answer.status == 200
    verbs = [json.loads(line)["verb"] for line in greeters.files.audit.read_text().splitlines()]
    assert verbs[-2:] == ["service stop greeter", "service start greeter"]


def test_an_app_that_is_not_selected_is_named_with_those_that_are(planted: tuple[GreeterRegion, Greeter]) -> None:
    run = planted[0].semai("service", "stop", "wiki")
    assert run.returncode == 2
    assert "wiki is not among the apps of manggarai: greeter" in run.stderr


def test_logs_shows_the_last_lines_and_follows(planted: tuple[GreeterRegion, Greeter]) -> None:
    greeters, app = planted
    assert f"greeter serves on {app.port}" in greeters.semai("logs", "greeter", "-n", "5000").stdout
    assert len(greeters.semai("logs", "greeter", "-n", "1").stdout.splitlines()) == 1

    command = greeters.command("logs", "greeter", "-n", "1", "-f")
    with subprocess.Popen(command, env=greeters.environment(), stdout=subprocess.PIPE, text=True) as run:
        assert run.stdout is not None
        run.stdout.readline()
        with urllib.request.urlopen(f"http://127.0.0.1:{app.port}/greeting?follow", timeout=5):
            pass
        line = run.stdout.readline()
        while "follow" not in line and line:
            line = run.stdout.readline()
        run.send_signal(signal.SIGINT)
        assert run.wait(30) == 130
    assert "/greeting?follow" in line


def test_open_gives_the_address_and_no_secret_unless_asked(planted: tuple[GreeterRegion, Greeter]) -> None:
    greeters, app = planted
    run = greeters.semai("open", "greeter")
    assert run.stdout == f"http://127.0.0.1:{app.port}\n"
    assert SECRET not in run.stdout + run.stderr
    shown = json.loads(greeters.semai("open", "greeter", "--show-login", "--json").stdout)
    assert (shown["login"]["name"], shown["login"]["sample_names"]) == ("admin", [])


def test_doctor_is_green_then_red_with_a_command_to_run(planted: tuple[GreeterRegion, Greeter]) -> None:
    greeters, _ = planted
    greeters.password.chmod(0o600)
    well = greeters.semai("doctor", "--json")
    assert well.returncode == 0, well.stdout
    findings = {entry["code"]: entry for entry in json.loads(well.stdout)["findings"]}
    doubts = {code for code, entry in findings.items() if entry["severity"] != "ok"}
    assert doubts == {"backup-local", "backup-missing"}, "nothing was backed up yet, and only to this machine"
    assert "greeter 2026.1.0 on localhost is well" in findings["app"]["message"]

    greeters.password.chmod(0o644)
    red = greeters.semai("doctor")
    greeters.password.chmod(0o600)
    assert red.returncode == 7
    assert f"(chmod 600 {greeters.password})" in red.stdout


def test_a_dead_supervisord_is_seen_and_apply_brings_it_back(planted: tuple[GreeterRegion, Greeter]) -> None:
    greeters, app = planted
    greeters.stop()
    assert app_status(greeters)["health"] == "unknown"
    assert greeters.semai("doctor").returncode == 7
    run = greeters.semai("apply", "--yes")
    assert run.returncode == 0, run.stderr
    deadline = time.monotonic() + 20
    while app_status(greeters)["health"] != "ok" and time.monotonic() < deadline:
        time.sleep(0.5)
    assert app_status(greeters)["step"] == "unchanged"
