"""One machine of a lab: a fresh overlay on an image, booted with systemd, reached over ssh."""

from __future__ import annotations

import shlex
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tests.lab import identity, ssh
from tests.lab.commands import LabError, run
from tests.lab.container import Container
from tests.lab.disk import Disk, unmount_below
from tests.lab.network import Network, Port
from tests.lab.ssh import Line, Ran, RemoteFailed

_BOOT_SECONDS = 60.0


@dataclass(frozen=True)
class Build:
    """What a machine is made of; `disks` and `shared` by the folder where the machine has them."""

    image: Path
    root_mb: int = 20_480
    disks: Mapping[str, int] = field(default_factory=dict)  # {"/srv": 64}: sizes in MB
    shared: Mapping[str, Path] = field(default_factory=dict)  # {"/srv/media": folder}: as one of a file server


class Machine:
    """A Debian machine; made, started, stopped and removed by its Lab."""

    def __init__(self, network: Network, port: Port, build: Build, folder: Path, images: Path, line: Line) -> None:
        self.name, self.address, self.gateway = f"h{port.index}", port.address, network.gateway
        self.line = line
        self.folder = folder
        self._network, self._port, self._build = network, port, build
        self._root, self._disk = folder / "root", Disk(images / f"{self.name}.img", folder / "disk")
        self._extra = {
            inside: Disk(images / f"{self.name}-{number}.img", folder / f"disk-{number}")
            for number, inside in enumerate(build.disks, 1)
        }
        self._disks = (self._disk, *self._extra.values())
        group = f"semai-lab-{port.lab}/{self.name}"
        self._container = Container(group, self._root, folder / "console.log")

    # -- life

    def create(self) -> None:
        """Give it empty disks and an identity; its host key is known before it ever boots."""
        self.folder.mkdir(parents=True, exist_ok=True)
        ssh.make_key(self.folder / "host_key", self.name)
        self._disk.make(self._build.root_mb)
        for inside, disk in self._extra.items():
            disk.make(self._build.disks[inside])
        self._mount()
        keys = identity.Keys(self.folder / "host_key", self.line.key)
        identity.write(self._root, self.name, keys, self.gateway)
        self._fill_extra_disks()

    def start(self) -> None:
        """Switch it on and return when systemd says it is running and ssh answers."""
        if not self._root.is_mount():
            self._mount()
        self._network.attach(self._port)
        binds = {disk.at: inside for inside, disk in self._extra.items()}
        binds |= {outside: inside for inside, outside in self._build.shared.items()}
        self._container.start(self.name, self._port.namespace, binds)
        self.wait_running()
        for disk in self._disks:  # a server whose power fails is not usually seconds old
            disk.settle()

    def stop(self) -> None:
        """Switch it off in order."""
        self.line.run("systemctl poweroff --no-block")
        self._container.wait_off(30)
        self._unplug()

    def reboot(self) -> None:
        """Let it restart itself and wait until it is back."""
        before = self.run("cat /proc/sys/kernel/random/boot_id").out
        self.line.run("systemctl reboot --no-block")
        self.line.drop()
        self.wait_running(after=before)

    def power_cut(self) -> None:
        """Switch it off in an instant; what had not reached its disks is lost. `start` boots it again."""
        if self._container.running:
            for disk in self._disks:
                disk.lose_power()
        self._container.kill()
        self._unplug()

    def reset(self) -> None:
        """Make it the clean machine it was when it was new, with the same address and host key."""
        self.remove()
        self.create()
        self.start()

    def remove(self) -> None:
        """Take it and its disks away."""
        self._container.kill()
        self._unplug()
        for disk in self._disks:
            disk.image.unlink(missing_ok=True)

    def wait_running(self, after: str = "") -> None:
        """Wait until systemd is done starting; with `after`, until the boot of that id is over."""
        end = time.monotonic() + _BOOT_SECONDS
        question = "cat /proc/sys/kernel/random/boot_id; systemctl is-system-running --wait"
        said = ""
        while time.monotonic() < end:
            try:
                ran = self.line.run(question, timeout=_BOOT_SECONDS)
            except subprocess.TimeoutExpired:
                break
            boot, _, said = ran.out.partition("\n") if ran.code != 255 else ("", "", ran.err)
            if said.strip() == "running" and f"{boot}\n" != after:
                return
            if said.strip() == "degraded":
                said = self.line.run("systemctl --failed --no-legend --plain").out
                break
            time.sleep(0.1)
        raise LabError(f"{self.name} did not start well: {said.strip()}\n{self._container.last_words()}")

    @property
    def process(self) -> subprocess.Popen[bytes] | None:
        """Return what keeps it running, when this process started it."""
        return self._container.process

    # -- use

    def run(self, command: str, *, user: str = "root", given: bytes = b"", timeout: float = 120) -> Ran:
        """Run a command line on the machine; raises RemoteFailed when it does not end with 0."""
        ran = self.line.run(command, user=user, given=given, timeout=timeout)
        if ran.code:
            raise RemoteFailed(self.name, ran)
        return ran

    def put(self, path: str, content: bytes, mode: str = "0644") -> None:
        """Write a file on the machine."""
        self.run(f"install -D -m {mode} /dev/stdin {shlex.quote(path)}", given=content)

    def add_user(self, name: str, *, sudo: bool) -> None:
        """Make a user whom the lab's key lets in; with `sudo` he may become root without a password."""
        home = f"/home/{name}/.ssh"
        self.run(f"useradd -m -s /bin/bash {name} && install -d -o {name} -g {name} -m 0700 {home}")
        self.put(f"{home}/authorized_keys", f"{ssh.public(self.line.key)}\n".encode())
        if sudo:
            self.put(f"/etc/sudoers.d/{name}", f"{name} ALL=(ALL) NOPASSWD: ALL\n".encode(), "0440")

    def change_host_key(self) -> None:
        """Let it show another host key than the lab knows, as an impostor would."""
        key = f"/{identity.HOST_KEY}"
        self.run(f"rm {key}* && ssh-keygen -q -t ed25519 -N '' -f {key} && systemctl restart ssh && sync")
        self.line.drop()

    # -- lines

    def air_gap(self) -> None:
        """Leave it its lab and nothing else; holds until ended, over reboots and resets."""
        self._network.air_gap(self._port)

    def end_air_gap(self) -> None:
        """Let it out again."""
        self._network.end_air_gap(self._port)

    def cut_line(self) -> None:
        """Lose every packet from and to it, silently."""
        self._network.cut(self._port)

    def restore_line(self) -> None:
        """Mend its line."""
        self._network.restore(self._port)

    # -- parts

    def _mount(self) -> None:
        self._disk.mount()
        upper, work = self._disk.at / "upper", self._disk.at / "work"
        for folder in (upper, work, self._root):
            folder.mkdir(exist_ok=True)
        layers = f"lowerdir={self._build.image},upperdir={upper},workdir={work}"
        run("mount", "-t", "overlay", self._port.namespace, "-o", layers, str(self._root))
        for disk in self._extra.values():
            disk.mount()

    def _fill_extra_disks(self) -> None:
        for inside, disk in self._extra.items():
            place = self._root / inside.lstrip("/")
            place.mkdir(parents=True, exist_ok=True)
            run("cp", "-a", f"{place}/.", str(disk.at))

    def _unplug(self) -> None:
        self.line.drop()
        self._network.detach(self._port)
        unmount_below(self.folder)
