"""The lab keeps its word: what tests on machines take for granted is shown here once."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.lab import cgroup, needs, registry
from tests.lab.commands import run
from tests.lab.fixtures import Machines, stand_down
from tests.lab.image import DEBIAN_13
from tests.lab.lab import CHECKOUT, Lab
from tests.lab.machine import Machine
from tests.lab.network import namespaces

pytestmark = pytest.mark.lab


@pytest.fixture
def outside(lab: Lab) -> Iterator[str]:
    """The address of an ssh-like greeter that is in no lab: a namespace of its own behind this machine."""
    number = lab.entry.number
    name, link = f"semailab{number}-outside", f"semai{number}hout"
    near, far = f"198.18.{number}.1", f"198.18.{number}.2"
    run("ip", "netns", "add", name)
    run("ip", "link", "add", link, "type", "veth", "peer", "eth0", "netns", name)
    run("ip", "addr", "add", f"{near}/30", "dev", link)
    run("ip", "link", "set", link, "up")
    run("ip", "-n", name, "addr", "add", f"{far}/30", "dev", "eth0")
    run("ip", "-n", name, "link", "set", "eth0", "up")
    serve = "import socket\ns = socket.create_server(('', 22))\nwhile True: s.accept()[0].sendall(b'SSH-outside')"
    words = ["ip", "netns", "exec", name, sys.executable, "-c", serve]
    process = subprocess.Popen(cgroup.within(f"semai-lab-{number}/outside", words))
    yield far
    process.kill()
    process.wait()
    run("ip", "link", "delete", link)
    run("ip", "netns", "delete", name)


def hears(machine: Machine, address: str) -> str:
    """Return the first letters that port 22 of an address says to a machine; empty when there is no way."""
    ask = f"timeout 2 bash -c 'exec 3<>/dev/tcp/{address}/22; head -c 4 <&3'"
    return machine.line.run(ask).out


def test_a_machine_is_a_debian_12_that_systemd_runs(machine: Machine) -> None:
    said = machine.run(
        "cat /proc/1/comm; systemctl is-system-running; hostname; . /etc/os-release; echo $VERSION_ID"
    )
    assert said.out.split() == ["systemd", "running", machine.name, "12"]


def test_debian_13_runs_too(machines: Machines) -> None:
    (machine,) = machines(1, DEBIAN_13)
    assert machine.run(". /etc/os-release; echo $VERSION_ID").out.strip() == "13"


def test_two_machines_reach_each_other_and_have_nothing_in_common(machines: Machines) -> None:
    one, two = machines(2)
    assert (hears(one, two.address), hears(two, one.address)) == ("SSH-", "SSH-")
    one.run("systemd-run --unit=same sleep 60")
    two.run("systemd-run --unit=same sleep 60 && systemctl kill -s KILL same")
    assert one.run("systemctl is-active same").out.strip() == "active"


def test_an_air_gapped_machine_has_its_lab_and_nothing_else(machines: Machines, outside: str) -> None:
    machine, neighbour = machines(2)
    assert hears(machine, outside) == "SSH-"
    machine.air_gap()
    assert (hears(machine, outside), hears(machine, neighbour.address)) == ("", "SSH-")
    machine.run(f"ip route add default via {machine.gateway}")
    assert hears(machine, outside) == ""
    assert machine.line.run(f"timeout 2 bash -c '</dev/tcp/{machine.gateway}/3142'").code != 0
    machine.end_air_gap()
    assert hears(machine, outside) == "SSH-"


def test_an_air_gap_ends_with_its_machine(lab: Lab, outside: str) -> None:
    (gone,) = lab.machines(1)
    gone.air_gap()
    lab.discard([gone])
    (fresh,) = lab.machines(1)
    heard = hears(fresh, outside)
    lab.discard([fresh])
    assert (fresh.address, heard) == (gone.address, "SSH-")


def test_a_cut_line_hangs_and_goes_on_where_it_was(machine: Machine) -> None:
    machine.cut_line()
    with pytest.raises(subprocess.TimeoutExpired):
        machine.run("echo", timeout=2)
    machine.line.drop()
    assert "timed out" in machine.line.run("echo").err
    machine.restore_line()
    assert machine.run("echo back").out == "back\n"


def test_a_power_cut_leaves_what_was_synced_and_only_that(machines: Machines) -> None:
    machine, neighbour = machines(2)
    machine.run("echo safe >/root/safe && sync /root/safe && echo lost >/root/lost")
    machine.power_cut()
    assert "No route" in neighbour.line.run(f"bash -c '</dev/tcp/{machine.address}/22'").err
    machine.start()
    assert machine.run("cat /root/safe").out == "safe\n"
    assert machine.line.run("cat /root/lost").out == ""


def test_a_machine_that_restarts_itself_comes_back(machine: Machine) -> None:
    machine.run("touch /root/here /run/gone")
    machine.reboot()
    assert machine.run("ls /root /run/gone 2>/dev/null || true").out == "/root:\nhere\n"


def test_a_small_disk_is_full_while_the_others_have_room(machines: Machines) -> None:
    (machine,) = machines(1, disks={"/var": 300, "/srv": 64})
    full = machine.line.run("head -c 80M /dev/zero >/srv/big")
    assert (full.code, "No space left on device" in full.err) == (1, True)
    machine.run("head -c 80M /dev/zero >/root/big && dpkg --audit && touch /var/lib/room")
    machine.stop()
    machine.start()
    assert machine.run("df --output=size -BM /var | tail -1").out.split()[0] < "300M"


def test_reset_gives_the_machine_as_it_was_when_new(machine: Machine) -> None:
    machine.run("touch /root/mine && rm -r /etc/apt")
    machine.reset()
    assert machine.run("ls /root").out == ""
    assert machine.run("ls -d /etc/apt").out == "/etc/apt\n"


def traces(lab: registry.Entry) -> dict[str, list[str]]:
    """Return what is left of a lab on this machine, by kind."""
    marks = (
        f"{lab.folder}/",
        f"{lab.images}/",
        f"semailab{lab.number}",
        f"semai_lab_{lab.number}",
        f"10.77.{lab.number}.",
    )
    places = {
        "mounts": Path("/proc/self/mountinfo").read_text(),
        "links": run("ip", "-o", "addr"),
        "rules": run("nft", "list", "tables"),
        "loops": run("losetup", "--all"),
    }
    found = {
        kind: [line for line in text.splitlines() if any(m in line for m in marks)] for kind, text in places.items()
    }
    found["namespaces"] = namespaces(lab.number)
    found["groups"] = sorted(name for name in cgroup.names("semai-lab-") if name == f"semai-lab-{lab.number}")
    found["processes"] = [line for line in run("ps", "-eo", "args").splitlines() if any(m in line for m in marks)]
    found["folders"] = [path for path in (str(lab.folder), lab.images) if path and Path(path).exists()]
    return {kind: left for kind, left in found.items() if left}


def test_nothing_is_left_of_a_lab_that_is_down() -> None:
    with Lab.open() as lab:
        (machine,) = lab.machines(1, disks={"/srv": 64})
        machine.run("true")
        machine.cut_line()
        assert set(traces(lab.entry)) == {
            "mounts", "links", "rules", "loops", "namespaces", "groups", "processes", "folders",
        }  # fmt: skip
    assert traces(lab.entry) == {}


def test_the_next_lab_removes_what_a_killed_session_left() -> None:
    script = """
        import os, signal
        from tests.lab.lab import Lab
        lab = Lab.open()
        machine, = lab.machines(1)
        machine.run("true")
        print(lab.entry.number, flush=True)
        os.kill(os.getpid(), signal.SIGKILL)
    """
    killed = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script)],
        cwd=CHECKOUT,
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    assert killed.returncode == -signal.SIGKILL
    left = next(entry for entry in registry.entries() if entry.number == int(killed.stdout))
    assert left.stale
    assert "processes" in traces(left)
    with Lab.open() as lab:
        assert lab.entry.number == left.number
        assert "namespaces" not in traces(lab.entry)
    assert traces(left) == {}


def test_where_no_lab_can_be_made_tests_say_so_and_fail_in_ci(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    lacking = needs.missing()
    assert "needs root" in lacking[0]
    with pytest.raises(pytest.skip.Exception, match="DID NOT RUN: a lab needs root"):
        stand_down(lacking, ci=False)
    with pytest.raises(pytest.fail.Exception, match="DID NOT RUN: a lab needs root"):
        stand_down(lacking, ci=True)
