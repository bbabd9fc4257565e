"""`semai plan` and `apply` on this machine with small real apps: what is shown, exit codes, nothing half done."""

from __future__ import annotations

import fcntl
import json
import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.roles.region import SECRET, GreeterRegion, region

pytestmark = pytest.mark.slow


@pytest.fixture
def greeters() -> Iterator[GreeterRegion]:
    with region() as made:
        yield made


def plan(greeters: GreeterRegion) -> Any:
    return json.loads(greeters.semai("plan", "--json").stdout)


def steps(greeters: GreeterRegion) -> dict[str, str]:
    return {step["app"]: step["step"] for step in plan(greeters)["steps"]}


def code(run: subprocess.CompletedProcess[str]) -> tuple[int, str]:
    """Return exit code and error code."""
    line = next((line for line in run.stderr.splitlines() if line.startswith("error[")), "")
    return run.returncode, line.partition("[")[2].partition("]")[0]


def test_a_region_is_planted_edited_by_hand_overwritten_and_cleared(greeters: GreeterRegion) -> None:
    provider = greeters.greeter()
    reader = greeters.greeter(name="reader", provider="greeter")
    greeters.lock(provider, reader)
    assert greeters.semai("plan", "--check").returncode == 6
    assert not greeters.root.exists()

    first = greeters.semai("apply", "--yes")
    assert first.returncode == 0, first.stderr
    assert "✓ greeter 2026.1.0 on localhost\n✓ reader 2026.1.0 on localhost" in first.stderr
    assert "localhost greeter: migrating its data" in first.stderr
    audit = json.loads(greeters.files.audit.read_text().splitlines()[-1])
    assert (audit["verb"], audit["result"]) == ("apply", "done")
    logs = list((greeters.state.folder / "runs").rglob("*.log"))
    assert [path.name.partition("-")[2] for path in logs] == ["apply.log"]
    assert SECRET not in logs[0].read_text() + first.stdout + first.stderr

    before = greeters.on_host()
    again = greeters.semai("apply")
    assert (again.returncode, again.stderr) == (0, "✓ nothing to do: 2 apps are as the lock says\n")
    assert greeters.on_host() == before
    assert greeters.semai("plan", "--check").returncode == 0

    env = greeters.root / "apps" / "greeter" / "shared" / "env"
    env.write_text(env.read_text().replace("selamat pagi", "diubah orang"))
    edited = greeters.semai("plan", "--check", "--diff")
    assert edited.returncode == 6
    assert '-GREETING="diubah orang"' in edited.stdout
    assert '+GREETING="selamat pagi"' in edited.stdout
    assert SECRET not in edited.stdout
    assert steps(greeters) == {"greeter": "configure", "reader": "unchanged"}
    wrong = greeters.semai("apply", "--yes", "--overwrite", "greeter/shared/region.json")
    assert code(wrong) == (2, "not-edited")
    assert greeters.semai("apply", "--yes").returncode == 0
    assert "diubah orang" in env.read_text()
    beside = env.with_name("env.semai-new")
    assert ('GREETING="selamat pagi"' in beside.read_text(), beside.stat().st_mode & 0o777) == (True, 0o600)
    assert set(steps(greeters).values()) == {"unchanged"}
    assert greeters.semai("apply", "--yes", "--overwrite", "greeter/shared/env").returncode == 0
    assert (greeters.on_host()[str(env)], beside.exists()) == (before[str(env)], False)

    greeters.lock(provider, removed={"batang/reader": {}})
    gone = greeters.semai("apply", "--yes")
    assert gone.returncode == 0
    assert "reader on localhost was removed; its data is in " in gone.stderr
    kept = gone.stderr.partition("its data is in ")[2].splitlines()[0]
    assert (Path(kept)).is_dir()
    assert "reader" not in greeters.files.apps.read_text() + greeters.files.deployment.read_text()


@pytest.mark.thorough
def test_a_failed_upgrade_is_put_back_and_stops_only_its_readers(greeters: GreeterRegion) -> None:
    provider, reader = greeters.greeter(), greeters.greeter(name="reader", provider="greeter")
    greeters.lock(provider, reader)
    assert greeters.semai("apply", "--yes").returncode == 0
    before = greeters.receipt()

    broken = provider.but(version="2026.2.0", migrate=("greeter", "fail"))
    stranger = greeters.greeter(name="stranger")
    greeters.lock(broken, reader.but(greeting="halo"), stranger)
    run = greeters.semai("apply", "--yes")
    assert code(run) == (7, "apply-incomplete")
    assert "greeter on localhost:" in run.stderr
    assert "2026.1.0 serves now" in run.stderr
    assert "reader on localhost: left as it was because greeter failed" in run.stderr
    assert "✓ stranger 2026.1.0 on localhost" in run.stderr
    assert greeters.receipt() == before
    assert json.loads(greeters.files.audit.read_text().splitlines()[-1])["result"] == "apply-incomplete"

    greeters.lock(provider, reader, stranger)
    assert greeters.semai("apply", "--yes").returncode == 0
    assert set(steps(greeters).values()) == {"unchanged"}


def test_a_host_that_cannot_do_it_is_left_as_it_is(greeters: GreeterRegion) -> None:
    app = greeters.greeter()
    greeters.lock(app.but(disk_mb=10**9))
    assert code(greeters.semai("apply", "--yes")) == (7, "disk-too-small")

    with socket.socket() as listener:
        listener.bind(("127.0.0.1", app.port))
        listener.listen()
        greeters.lock(app)
        run = greeters.semai("apply", "--yes")
    assert code(run)[0] == 7
    assert f"pid {os.getpid()}" in run.stderr
    assert greeters.receipt() is None
    assert not (greeters.root / "apps" / "greeter").exists(), "nothing stays staged"

    greeters.write_hosts("/dev/null/semai")
    assert code(greeters.semai("apply", "--yes")) == (7, "root-unusable")

    unreachable = {"ansible_connection": "ssh", "ansible_host": "127.0.0.1", "ansible_port": 1}
    greeters.write_hosts(str(greeters.root), **unreachable)
    assert code(greeters.semai("apply", "--yes")) == (7, "host-unreachable")


def test_a_file_that_the_catalog_lost_stops_before_anything_is_touched(greeters: GreeterRegion) -> None:
    greeters.lock(greeters.greeter())
    next((greeters.folder / "catalog" / "targets").rglob("*.whl")).unlink()
    assert code(greeters.semai("apply", "--yes"))[0] == 4
    assert not greeters.root.exists()


def test_wrong_inputs_are_told_apart_and_change_nothing(greeters: GreeterRegion) -> None:
    greeters.lock(greeters.greeter())
    wrong = greeters.folder / "wrong"
    wrong.write_text("not it\n")
    run = greeters.semai("apply", "--yes", "--vault-password-file", str(wrong))
    assert code(run) == (2, "vault-password-wrong")
    assert code(greeters.semai("apply", "--yes", "--limit", "nobody")) == (2, "no-such-host")
    assert code(greeters.semai("apply")) == (2, "confirmation-needed")

    with greeters.files.guard.open("w") as guard:
        fcntl.flock(guard, fcntl.LOCK_EX)
        who = {"pid": 1, "user": "ani", "host": "kantor", "verb": "semai lock", "since": "2026-11-21T08:00:00Z"}
        guard.write(json.dumps(who))
        guard.flush()
        run = greeters.semai("apply", "--yes")
        assert code(run) == (8, "locked")
        assert "semai lock is at work: started 2026-11-21T08:00:00Z by ani on kantor" in run.stderr

    greeters.files.lock.write_text(greeters.files.lock.read_text().replace("2026.1.0", "2026.1.1"))
    assert code(greeters.semai("apply", "--yes")) == (2, "lock-corrupt")
    greeters.files.lock.unlink()
    assert code(greeters.semai("plan")) == (2, "no-lock")
    assert not greeters.root.exists()


@pytest.mark.parametrize("blow", [pytest.param(signal.SIGINT, marks=pytest.mark.thorough), signal.SIGKILL])
def test_an_apply_that_is_cut_is_continued_by_the_next(greeters: GreeterRegion, blow: signal.Signals) -> None:
    app = greeters.greeter(migrate=("greeter", "migrate", "4"))
    greeters.lock(app)
    begun = greeters.root / "apps" / "greeter" / "shared" / "data" / "db.sqlite3.begun"
    with subprocess.Popen(
        greeters.command("apply", "--yes"), env=greeters.environment(), stderr=subprocess.PIPE, text=True
    ) as run:
        while not begun.exists() and run.poll() is None:
            time.sleep(0.05)
        run.send_signal(blow)
        said = run.communicate(timeout=60)[1]
    if blow is signal.SIGINT:
        assert run.returncode == 130
        assert "semai apply continues" in said
    else:
        assert run.returncode == -signal.SIGKILL

    while plan_is_busy(greeters):
        time.sleep(0.5)
    final = greeters.semai("apply", "--yes")
    assert final.returncode == 0, final.stderr
    assert greeters.receipt() is not None
    assert steps(greeters) == {"greeter": "unchanged"}


def plan_is_busy(greeters: GreeterRegion) -> bool:
    """Tell whether the host still works on its own."""
    run = greeters.semai("apply", "--yes")
    return code(run) == (8, "host-locked")
