"""Two app hosts behind one proxy with one folder of media: upgrades together, one of them off, lines that break.

The folder is one of this machine that both see as a mount, where a region has a file server. The tests build on one
another's machines and go through versions upwards. About five minutes in all.
"""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from tests.lab.lab import Lab
from tests.lab.machine import Machine
from tests.servers.several import PORT, USER, Notebook, Region

pytestmark = pytest.mark.lab

DESK = Notebook("desk", media=True)
MEDIA = "/srv/semai/apps/desk/shared/media"


@dataclass(frozen=True)
class Pair:
    """A proxy with the databases, and the two app hosts that share a folder."""

    region: Region
    proxy: Machine
    leader: Machine
    follower: Machine
    media: Path

    def lock(self, version: str, **changes: str) -> Notebook:
        """Lock a release of the app."""
        app = replace(DESK, version=version, **changes)
        self.region.lock(app)
        return app

    def page(self, path: str = "/notes", given: str | None = None) -> dict:
        """Open a page as people do."""
        status, said = self.region.open(self.proxy, DESK, path, given)
        assert status == 200, said
        return said

    def serving(self, times: int = 8) -> set[tuple[str, str]]:
        """Return which (host, release) people meet."""
        pages = [self.page() for _ in range(times)]
        return {(page["host"], page["release"]) for page in pages}

    def both(self, version: str) -> set[tuple[str, str]]:
        return {(self.leader.name, version), (self.follower.name, version)}

    def await_both(self, version: str) -> None:
        """Return once people meet both: the proxy asks a host that failed again after ten seconds."""
        wait_until(lambda: self.serving() == self.both(version), "both hosts serve", 20)

    def status(self, machine: Machine) -> str:
        """Return the HTTP status the proxy gets from an app host."""
        address = f"http://{machine.address}:{PORT}/notes"
        return self.proxy.line.run(f"curl -s -m 10 -o /dev/null -w '%{{http_code}}' {address}").out

    def closed(self) -> bool:
        return self.status(self.leader) == self.status(self.follower) == "503"

    def begin_waiting(self, version: str) -> subprocess.Popen[str]:
        """Begin to apply a release whose migration waits; return once the leader is at it and both are closed."""
        for name in ("go-on", "waiting"):
            (self.media / name).unlink(missing_ok=True)
        self.lock(version, behaviour="migration-waits")
        begun = self.region.begin("apply", "--yes")
        wait_until((self.media / "waiting").exists, "the leader changes the data")
        wait_until(self.closed, "both app hosts show the page")
        return begun

    def go_on(self) -> None:
        """Let a migration that waits end."""
        (self.media / "go-on").touch()


@pytest.fixture(scope="module")
def pair(lab: Lab, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    media = tmp_path_factory.mktemp("media")
    machines = [*lab.machines(1), *lab.machines(2, shared={MEDIA: media})]
    for machine in machines:
        machine.add_user(USER, sudo=True)
    made = Pair(Region(tmp_path_factory.mktemp("several")), *machines, media)
    groups = {"proxy": [made.proxy], "app": [made.leader, made.follower], "database": [made.proxy]}
    made.region.place(groups, semai_shared_media=True)
    yield made
    lab.discard(machines)


@pytest.fixture(scope="module")
def served(pair: Pair) -> Pair:
    """Both hosts with a release and a note, for the first test of a run, whichever that is."""
    pair.lock("2026.1.0")
    pair.region.semai("apply", "--yes")
    pair.proxy.run("apt-get install -y -q curl")
    pair.page("/notes", "first")
    return pair


def wait_until(fact: Callable[[], bool], what: str, seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not fact():
        assert time.monotonic() < end, f"it did not come to this: {what}"
        time.sleep(0.2)


def activated(machine: Machine) -> str:
    """Return when the release of an app host was activated."""
    return machine.run('grep -o \'"activated_at": *"[^"]*"\' /srv/semai/receipts/desk.json').out


def test_two_hosts_serve_one_app_with_one_folder_of_media(served: Pair) -> None:
    pair = served
    assert pair.serving() == pair.both("2026.1.0")
    pair.page("/media/plan.txt", "a map")
    shown = [pair.page("/media/plan.txt") for _ in range(8)]
    assert {page["page"] for page in shown} == {"a map"}
    assert {page["host"] for page in shown} == {pair.leader.name, pair.follower.name}
    numbers = [machine.run("id -u semai-desk").out for machine in (pair.leader, pair.follower)]
    assert numbers[0] == numbers[1]
    assert activated(pair.leader) < activated(pair.follower)
    pair.region.settled()


def test_while_the_leader_changes_the_data_both_hosts_show_the_page(pair: Pair) -> None:
    begun = pair.begin_waiting("2026.2.0")
    status, page = pair.region.open(pair.proxy, DESK, "/notes")
    assert (status, "pemeliharaan" in page) == (503, True)
    pair.go_on()
    pair.region.end(begun)
    assert pair.serving() == pair.both("2026.2.0")
    assert activated(pair.leader) < activated(pair.follower)
    assert pair.page()["notes"] == ["first"]
    pair.region.settled()


def test_both_hosts_go_back_together_and_forward_again(pair: Pair) -> None:
    pair.page("/notes", "later")
    pair.page("/media/later.txt", "another map")
    pair.region.semai("rollback", "desk", "--yes")
    assert "rows of note: 2 now, 1 then" in pair.region.said
    assert f"desk on {pair.follower.name} goes back with it" in pair.region.said
    assert pair.serving() == pair.both("2026.1.0")
    assert pair.page()["notes"] == ["first"]
    assert pair.page("/media/plan.txt")["page"] == "a map"
    assert not (pair.media / "later.txt").exists()
    assert sorted(pair.region.steps()) == [(m.name, "desk", "upgrade") for m in (pair.leader, pair.follower)]
    pair.go_on()
    pair.region.semai("apply", "--yes")
    assert pair.serving() == pair.both("2026.2.0")
    pair.region.settled()


def test_a_leader_that_fails_leaves_both_hosts_on_the_old_release(pair: Pair) -> None:
    pair.lock("2026.3.0", behaviour="migration-fails")
    pair.region.semai("apply", "--yes", code=7)
    assert pair.serving() == pair.both("2026.2.0")
    assert pair.page()["notes"] == ["first"]
    assert pair.page("/media/plan.txt")["page"] == "a map"
    pair.lock("2026.2.0", behaviour="migration-waits")
    pair.region.settled()


def test_with_one_host_off_the_other_serves_and_goes_forward_alone(pair: Pair) -> None:
    region, leader, follower = pair.region, pair.leader, pair.follower
    follower.power_cut()
    assert pair.serving() == {(leader.name, "2026.2.0")}

    pair.lock("2026.4.0", change="code")
    plan = region.read("plan", code=7)
    assert [(entry["host"], entry["code"]) for entry in plan["unready"]] == [(follower.name, "host-unreachable")]
    assert follower.name in region.said
    region.semai("apply", "--yes", code=7)
    assert region.error == "host-unreachable"
    assert f"--limit 'all:!{follower.name}'" in region.said

    region.semai("apply", "--yes", "--limit", f"all:!{follower.name}")
    assert pair.serving() == {(leader.name, "2026.4.0")}

    follower.start()
    assert region.steps() == [(follower.name, "desk", "upgrade")]
    region.semai("apply", "--yes")
    pair.await_both("2026.4.0")
    region.settled()


def test_without_its_leader_a_follower_stays_as_it_is(pair: Pair) -> None:
    region, leader, follower = pair.region, pair.leader, pair.follower
    leader.power_cut()
    pair.lock("2026.5.0")
    region.semai("apply", "--yes", "--limit", f"all:!{leader.name}", code=7)
    assert leader.name in region.said
    assert pair.serving() == {(follower.name, "2026.4.0")}
    leader.start()
    region.semai("apply", "--yes")
    pair.await_both("2026.5.0")
    region.settled()


def test_a_line_that_is_cut_for_a_while_does_not_end_the_run_and_one_that_stays_cut_costs_nothing(
    pair: Pair,
) -> None:
    region, leader, follower = pair.region, pair.leader, pair.follower
    begun = pair.begin_waiting("2026.6.0")
    follower.cut_line()
    leader.cut_line()
    time.sleep(17)  # longer than ssh waits for an answer
    leader.restore_line()
    pair.go_on()
    region.end(begun, 7)
    assert f"{follower.name} cannot be reached" in region.said
    assert pair.serving() == {(leader.name, "2026.6.0")}

    follower.restore_line()
    assert region.steps() == [(follower.name, "desk", "upgrade")]
    region.semai("apply", "--yes")
    pair.await_both("2026.6.0")
    assert pair.page()["notes"] == ["first"]
    region.settled()


def busy(machine: Machine) -> bool:
    """Tell whether a host tool is at work."""
    return machine.line.run("ls /srv/semai/journal/desk.json").code == 0


@pytest.mark.thorough
def test_a_controller_killed_in_the_middle_costs_nothing(served: Pair) -> None:
    pair, region, leader = served, served.region, served.leader
    begun = pair.begin_waiting("2026.7.0")
    kill_all_of(begun, region)
    pair.go_on()
    wait_until(lambda: not busy(leader), "the leader ends what it had begun")
    region.semai("apply", "--yes")
    assert pair.serving() == pair.both("2026.7.0")
    assert pair.page()["notes"] == ["first"]
    region.settled()


def kill_all_of(begun: subprocess.Popen[str], region: Region) -> None:
    """Kill a command and the Ansible it started in one go, as when the controller loses power."""
    for pid in (begun.pid, *ansible_of(region)):
        os.kill(pid, signal.SIGKILL)
    begun.communicate(timeout=30)


def ansible_of(region: Region) -> Iterator[int]:
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            words = (folder / "cmdline").read_bytes()
        except OSError:  # it ended meanwhile
            continue
        if str(region.files.folder).encode() in words and b"ansible" in words:
            yield int(folder.name)
