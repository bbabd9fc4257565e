"""`semai upgrade` on this machine with small real apps: hops, a middle one that fails, a kill between two."""

from __future__ import annotations

import json
import signal
import subprocess
from collections.abc import Iterator
from typing import Any

import pytest

from tests.roles.greeter import Greeter
from tests.roles.region import GreeterRegion, region

pytestmark = pytest.mark.slow

FIRST, SECOND, THIRD = "2026.1.0", "2026.2.0", "2027.1.0"


@pytest.fixture
def greeters() -> Iterator[GreeterRegion]:
    with region() as made:
        yield made


def code(run: subprocess.CompletedProcess[str]) -> tuple[int, str]:
    line = next((line for line in run.stderr.splitlines() if line.startswith("error[")), "")
    return run.returncode, line.partition("[")[2].partition("]")[0]


def way(first: Greeter, **second: Any) -> list[Greeter]:
    """Return three releases of an app; the third cannot follow the first, and changes code only."""
    middle = first.but(version=SECOND, notices=("Cadangkan dahulu.",), **second)
    return [first, middle, first.but(version=THIRD, upgrade_from=(">=2026.2",), change="code")]


def locked(greeters: GreeterRegion) -> dict[str, str]:
    lock = json.loads(greeters.files.lock.read_text())
    return {key.partition("/")[2]: app["version"] for key, app in lock["apps"].items()}


def runs(greeters: GreeterRegion, name: str = "greeter") -> str:
    receipt = greeters.receipt(name)
    assert receipt is not None
    return str(receipt["version"])


def start(greeters: GreeterRegion, *apps: Greeter) -> None:
    greeters.lock(*apps)
    applied = greeters.semai("apply", "--yes")
    assert applied.returncode == 0, applied.stderr


def test_an_app_passes_through_the_release_between_and_a_jump_is_told_beforehand(greeters: GreeterRegion) -> None:
    first, second, third = way(greeters.greeter())
    greeters.trust(first, second, third)
    start(greeters, first)

    assert greeters.semai("lock", "--upgrade").returncode == 0
    assert locked(greeters) == {"greeter": THIRD}
    before = greeters.on_host()
    jumping = greeters.semai("apply", "--yes")
    assert code(jumping) == (7, "upgrade-jump")
    assert "hint: semai upgrade greeter" in jumping.stderr
    assert code(greeters.semai("plan")) == (7, "upgrade-jump")
    assert greeters.on_host() == before

    checked = greeters.semai("upgrade", "--check", "--json")
    assert code(checked) == (6, "upgrades-pending")
    told = json.loads(checked.stdout)
    assert [(hop["apps"][0]["previous"], hop["apps"][0]["version"], hop["result"]) for hop in told["hops"]] == [
        (FIRST, SECOND, "pending"),
        (SECOND, THIRD, "pending"),
    ]
    assert (told["changed"], told["notices"][0]["version"]) == (False, SECOND)
    assert greeters.on_host() == before

    done = greeters.semai("upgrade", "--yes")
    assert done.returncode == 0, done.stderr
    assert [line.split() for line in done.stdout.splitlines()[1:]] == [
        ["1", "greeter", FIRST, "->", SECOND, "data", "about", "1", "min"],
        ["2", "greeter", SECOND, "->", THIRD, "code", "only", "none"],
    ]
    assert f"greeter {SECOND}: Cadangkan dahulu." in done.stderr
    assert (runs(greeters), locked(greeters)) == (THIRD, {"greeter": THIRD})
    verbs = [json.loads(line)["verb"] for line in greeters.files.audit.read_text().splitlines()]
    assert [verb for verb in verbs if verb.startswith("upgrade")] == [
        f"upgrade greeter {FIRST} -> {SECOND}",
        f"upgrade greeter {SECOND} -> {THIRD}",
    ]
    again = greeters.semai("upgrade", "--yes", "--json")
    assert (again.returncode, json.loads(again.stdout)["hops"]) == (0, [])
    assert "nothing to upgrade" in greeters.semai("upgrade", "--check").stderr
    assert greeters.semai("plan", "--check").returncode == 0


def test_a_hop_that_fails_is_undone_and_stops_its_readers_and_nobody_else(greeters: GreeterRegion) -> None:
    first, second, third = way(greeters.greeter(), migrate=("greeter", "fail"))
    reader = greeters.greeter(name="reader", provider="greeter")
    stranger = greeters.greeter(name="stranger")
    newer = [app.but(version=SECOND, change="code") for app in (reader, stranger)]
    greeters.trust(first, second, third, reader, stranger, *newer)
    start(greeters, first, reader, stranger)
    before = greeters.receipt(), greeters.receipt("reader")

    run = greeters.semai("upgrade", "--yes", "--json", "--limit", "app")
    assert code(run) == (7, "upgrade-incomplete")
    assert "1 of 4 hops were taken" in run.stderr
    told = json.loads(run.stdout)
    assert [(hop["apps"][0]["app"], hop["apps"][0]["version"], hop["result"]) for hop in told["hops"]] == [
        ("greeter", SECOND, "failed"),
        ("greeter", THIRD, "left-out"),
        ("reader", SECOND, "left-out"),
        ("stranger", SECOND, "taken"),
    ]
    (undone,) = (entry for entry in told["hops"][0]["outcomes"] if entry["error"])
    assert (undone["app"], undone["serving"], told["changed"]) == ("greeter", FIRST, True)
    assert (greeters.receipt(), greeters.receipt("reader")) == before
    assert runs(greeters, "stranger") == SECOND
    assert locked(greeters) == {"greeter": FIRST, "reader": FIRST, "stranger": SECOND}
    assert greeters.semai("plan", "--check").returncode == 0

    mended = second.but(version="2026.2.1", migrate=first.migrate)
    greeters.trust(first, mended, third, reader, stranger, *newer)
    done = greeters.semai("upgrade", "--yes")
    assert done.returncode == 0, done.stderr
    assert locked(greeters) == {"greeter": THIRD, "reader": SECOND, "stranger": SECOND}


@pytest.mark.thorough
def test_an_upgrade_killed_between_two_hops_is_continued(greeters: GreeterRegion) -> None:
    first, second, third = way(greeters.greeter())
    greeters.trust(first, second, third)
    start(greeters, first)
    process = subprocess.Popen(
        greeters.command("upgrade", "greeter", "--yes"),
        env=greeters.environment(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    said = next(line for line in process.stderr if f"next hop: greeter {SECOND} -> {THIRD}" in line)
    process.send_signal(signal.SIGKILL)
    process.wait()
    process.stderr.close()
    assert said
    assert runs(greeters) == SECOND

    done = greeters.semai("upgrade", "greeter", "--yes")
    assert done.returncode == 0, done.stderr
    assert [line.split()[2:5] for line in done.stdout.splitlines()[1:]] == [[SECOND, "->", THIRD]]
    assert (runs(greeters), locked(greeters)) == (THIRD, {"greeter": THIRD})


def test_what_cannot_be_done_is_refused_and_nothing_changes(greeters: GreeterRegion) -> None:
    first, second, third = way(greeters.greeter())
    greeters.trust(first, second, third)
    start(greeters, first)
    files = {
        path: path.read_bytes() for path in (greeters.files.lock, greeters.files.deployment, greeters.files.vault)
    }
    before = greeters.on_host()
    for words, expected in (
        (("upgrade", "greeter", "--to", "2030.1.0"), (5, "unsatisfiable")),
        (("upgrade", "--to", SECOND), (2, "")),
        (("upgrade", "nobody"), (2, "app-not-selected")),
        (("upgrade", "greeter"), (2, "confirmation-needed")),
        (("upgrade", "greeter", "--yes", "--override", " "), (2, "reason-empty")),
        (("upgrade", "greeter", "--yes", "--limit", "nobody"), (2, "no-such-host")),
    ):
        assert code(greeters.semai(*words)) == expected, words
    greeters.trust(first, third)
    assert code(greeters.semai("upgrade", "--yes")) == (5, "no-upgrade-path")
    assert {path: path.read_bytes() for path in files} == files
    assert greeters.on_host() == before


@pytest.mark.thorough
def test_a_freeze_stops_all_but_security_and_stated_reasons_and_history_tells_of_both(
    greeters: GreeterRegion,
) -> None:
    first, second, third = way(greeters.greeter())
    greeters.trust(first, second)
    start(greeters, first)
    with greeters.files.region.open("a") as region_file:
        region_file.write("  freeze:\n    - {from: 2000-01-01, to: 2100-12-31, reason: tutup buku}\n")
    lock, before = greeters.files.lock.read_bytes(), greeters.on_host()
    for words in (("upgrade", "--yes"), ("remove", "greeter", "--yes")):
        stopped = greeters.semai(*words)
        assert code(stopped) == (8, "frozen"), words
        assert "2100-12-31 23:59:59" in stopped.stderr
        assert "tutup buku" in stopped.stderr
    assert (greeters.files.lock.read_bytes(), greeters.on_host()) == (lock, before)
    assert json.loads(greeters.semai("status", "--json").stdout)["freezes"][0]["running"]

    passed = greeters.semai("upgrade", "--yes", "--override", "celah dipakai orang")
    assert passed.returncode == 0, passed.stderr
    greeters.trust(first, second, third.but(security=True))
    secure = greeters.semai("upgrade", "--yes")
    assert secure.returncode == 0, secure.stderr
    assert runs(greeters) == THIRD

    with (greeters.root / "audit.log").open("a") as log:
        log.write('{"time": "20')
    told = json.loads(greeters.semai("history", "greeter", "--json").stdout)
    assert told["unready"] == []
    own = [entry["verb"] for entry in told["entries"] if not entry["host"]]
    assert own[0] == f"upgrade greeter {FIRST} -> {SECOND} (override: celah dipakai orang)"
    theirs = [(e["verb"], e["old"], e["new"], e["result"]) for e in told["entries"] if e["host"] and not e["torn"]]
    assert theirs == [
        ("activate", "", FIRST, "done"),
        ("activate", FIRST, SECOND, "done"),
        ("activate", SECOND, THIRD, "done"),
    ]
    assert [entry["torn"] for entry in told["entries"] if entry["torn"]] == ['{"time": "20']
    assert "@" in next(entry["by"] for entry in told["entries"] if entry["host"])
