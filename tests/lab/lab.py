"""A lab: its network, keys, apt cache and machines; everything goes when it closes."""

from __future__ import annotations

import itertools
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import TracebackType

from tests.lab import APT_PORT, cgroup, needs, registry, ssh
from tests.lab.commands import LabError
from tests.lab.image import DEBIAN_12, Images, Recipe
from tests.lab.machine import Build, Machine
from tests.lab.network import Network, Port
from tests.lab.ssh import Line

CHECKOUT = Path(__file__).resolve().parents[2]
CACHE = CHECKOUT / ".cache" / "lab"
_AT_ONCE = 4  # machines that boot side by side


class Lab:
    """Makes machines in a network of their own; `with Lab.open() as lab:`."""

    def __init__(self, entry: registry.Entry) -> None:
        self.entry = entry
        self.machines_by_name: dict[str, Machine] = {}
        self.network = Network(entry.number)
        self.key = entry.folder / "key"
        self.known_hosts = entry.folder / "known_hosts"
        self._images = Images(CACHE / "images")
        self._apt: subprocess.Popen[bytes] | None = None

    @classmethod
    def open(cls, *, lasting: bool = False) -> Lab:
        """Make an empty lab; it belongs to this process unless it is `lasting`."""
        if lacking := needs.missing():
            raise LabError("; ".join(lacking))
        lab = cls(registry.claim(CHECKOUT, CACHE / "disks", lasting=lasting))
        try:
            ssh.make_key(lab.key, f"semai-lab-{lab.entry.number}")
            lab.known_hosts.touch()
            lab.network.create()
            lab._start_apt_cache()
        except BaseException:
            lab.down()
            raise
        return lab

    def __enter__(self) -> Lab:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        self.down()

    def machines(
        self,
        count: int,
        recipe: Recipe = DEBIAN_12,
        *,
        root_mb: int = 20_480,
        disks: Mapping[str, int] | None = None,
        shared: Mapping[str, Path] | None = None,
    ) -> list[Machine]:
        """Return `count` fresh machines that run; `disks` are further ones by folder, sizes in MB.

        `shared` are folders of this machine that all of them see, as a file server's.
        """
        build = Build(self._images.get(recipe), root_mb, dict(disks or {}), dict(shared or {}))
        made = [self._new(build) for _ in range(count)]
        self._write_known_hosts()
        try:
            with ThreadPoolExecutor(_AT_ONCE) as pool:
                list(pool.map(Machine.start, made))
        except BaseException:
            self.discard(made)
            raise
        return made

    def discard(self, machines: Iterable[Machine]) -> None:
        """Take machines away; their names and addresses may come again, so no switch stays thrown."""
        for machine in machines:
            machine.end_air_gap()
            machine.remove()
            self.machines_by_name.pop(machine.name, None)
        self._write_known_hosts()

    def down(self) -> None:
        """Remove the lab and all it made."""
        registry.sweep(self.entry)
        for process in (self._apt, *(machine.process for machine in self.machines_by_name.values())):
            if process is not None:
                process.wait(10)
        self.machines_by_name.clear()

    def _new(self, build: Build) -> Machine:
        index = next(i for i in itertools.count(1) if f"h{i}" not in self.machines_by_name)
        port = Port(self.entry.number, index)
        folder = self.entry.folder / f"h{index}"
        line = Line(port.address, self.key, self.known_hosts, folder / "cp")
        machine = Machine(self.network, port, build, folder, Path(self.entry.images), line)
        self.machines_by_name[machine.name] = machine
        machine.create()
        return machine

    def _write_known_hosts(self) -> None:
        lines = [f"{m.address} {ssh.public(m.folder / 'host_key')}\n" for m in self.machines_by_name.values()]
        self.known_hosts.write_text("".join(lines))

    def _start_apt_cache(self) -> None:
        words = [sys.executable, "-m", "tests.lab.aptcache", self.network.gateway, str(CACHE / "apt")]
        with (self.entry.folder / "apt.log").open("ab") as log:
            self._apt = subprocess.Popen(
                cgroup.within(f"semai-lab-{self.entry.number}/apt", words),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                cwd=CHECKOUT,
            )
        _wait_answering(f"http://{self.network.gateway}:{APT_PORT}/")


def _wait_answering(url: str) -> None:
    end = time.monotonic() + 15
    while time.monotonic() < end:
        try:
            urllib.request.urlopen(url, timeout=2).close()
        except urllib.error.HTTPError:
            return  # it says that it is a proxy
        except OSError:
            time.sleep(0.05)
    raise LabError(f"{url} does not answer")
