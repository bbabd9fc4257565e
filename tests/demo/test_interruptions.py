"""A region's apply that is killed, interrupted or doubled: the next one continues and both apps serve."""

from __future__ import annotations

import json
import signal
from pathlib import Path

import pytest

from tests.demo.canaries import Aviary, Canary
from tests.demo.conftest import APPS, Demo, Sow, aviary
from tests.demo.ground import Ground, Running, health

pytestmark = pytest.mark.demo


def interrupt_at(ground: Ground, text: str, number: signal.Signals) -> Running:
    """Start an apply and send it a signal when it says `text`."""
    running = ground.begin("apply", "--yes")
    running.until(text)
    code = running.stop(number)
    assert code == (130 if number is signal.SIGINT else -number), running.lines
    return running


def head_in_app(ground: Ground, app: str) -> str:
    return str(json.loads((ground.root / "apps" / app / "shared" / "region.json").read_text())["head_name"])


def assert_complete(ground: Ground, *apps: str) -> None:
    """Every app of the region runs as the lock says, and no journal is left open."""
    assert ground.plan() == dict.fromkeys(apps, "unchanged")
    assert all(health(f"http://{receipt['bind']}")["database"] == "ok" for receipt in ground.receipts().values())
    assert not [path for path in Path(ground.root, "journal").glob("*.json") if path.stat().st_size]


@pytest.mark.thorough
def test_install_that_was_killed_is_finished_by_the_next_apply() -> None:
    with aviary() as killed:
        killed.offer(Canary("2026.1.0", behaviour="migration-waits"))
        ground = killed.ground
        ground.semai("add", "canary", "--yes")
        ground.semai("lock")
        interrupt_at(ground, "canary: migrating its data", signal.SIGKILL)
        (ground.root / "apps/canary/shared/media/page-seen").touch()
        ran = ground.apply_when_free()
        assert ran.code == 0, ran.err
        assert killed.serves == ("2026.1.0", 0)
        assert_complete(ground, "canary")


@pytest.mark.thorough
def test_install_that_was_interrupted_is_finished_by_the_next_apply(sow: Sow) -> None:
    ground = sow("e-planning")
    said = interrupt_at(ground, "e-planning: laying out the release", signal.SIGINT).lines
    assert "stopped: what a host had begun it finishes or undoes by itself" in "\n".join(said)
    ran = ground.apply_when_free()
    assert ran.code == 0, ran.err
    assert_complete(ground, "e-planning")


@pytest.mark.parametrize(
    "number",
    [
        pytest.param(signal.SIGKILL, id="killed"),
        pytest.param(signal.SIGINT, id="interrupted", marks=pytest.mark.thorough),
    ],
)
def test_change_of_configuration_is_finished_by_the_next_apply(demo: Demo, number: signal.Signals) -> None:
    name = f"Nama {number.name}"
    demo.ground.edit_region(name)
    interrupt_at(demo.ground, "restarting", number)
    ran = demo.ground.apply_when_free()
    assert ran.code == 0, ran.err
    assert [head_in_app(demo.ground, app) for app in APPS] == [name] * len(APPS)
    assert_complete(demo.ground, *APPS)


def test_second_semai_is_told_who_is_at_work_since_when(plot: Aviary) -> None:
    ground = plot.ground
    ground.edit_region("Nama Ketiga")
    first = ground.begin("apply", "--yes")
    first.until("staging files")
    first.process.send_signal(signal.SIGSTOP)  # so that it is at work for as long as the second needs to look
    try:
        second = ground.try_semai("apply", "--yes")
    finally:
        first.process.send_signal(signal.SIGCONT)
    assert (second.code, second.error) == (8, "locked")
    assert f"(process {first.process.pid})" in second.err
    assert "semai apply is at work: started 20" in second.err
    assert first.end() == 0, first.lines
    assert_complete(ground, "canary")
