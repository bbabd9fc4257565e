"""A machine's disk: a sparse file with ext4, mounted through a loop device.

A file system of its own has a true size (so it can be full) and can lose power: EXT4_IOC_SHUTDOWN makes ext4 write
nothing more at all, journal included. What the next mount finds is what had reached the disk, as after a real cut.
"""

from __future__ import annotations

import fcntl
import os
import struct
import time
from dataclasses import dataclass
from pathlib import Path

from tests.lab.commands import LabError, run

_EXT4_IOC_SHUTDOWN = 0x8004587D  # _IOR('X', 125, __u32) of linux/ext4.h
_NOLOGFLUSH = 2
_RELEASE_SECONDS = 5


@dataclass(frozen=True)
class Disk:
    """The file `image`, mounted at `at`."""

    image: Path
    at: Path

    def make(self, megabytes: int) -> None:
        """Write an empty file system; takes milliseconds and almost no room whatever its size."""
        self.image.parent.mkdir(parents=True, exist_ok=True)
        self.image.unlink(missing_ok=True)
        with self.image.open("wb") as stream:
            stream.truncate(megabytes << 20)
        run("mkfs.ext4", "-q", "-m", "0", "-E", "lazy_itable_init=1,lazy_journal_init=1,nodiscard", str(self.image))

    def mount(self) -> None:
        """Mount it; replays the journal after a power cut."""
        self.at.mkdir(parents=True, exist_ok=True)
        self._wait_free()
        run("mount", "-o", "loop,noinit_itable", str(self.image), str(self.at))

    def _wait_free(self) -> None:
        """Wait until the kernel has let go of the last mount; mounting it again would bring that back as it was."""
        end = time.monotonic() + _RELEASE_SECONDS
        while run("losetup", "--associated", str(self.image)).strip():
            if time.monotonic() > end:
                raise LabError(f"{self.image} is still mounted in some other mount namespace")
            time.sleep(0.02)

    def settle(self) -> None:
        """Bring everything written so far to the disk."""
        run("sync", "-f", str(self.at))

    def lose_power(self) -> None:
        """Keep only what has reached the disk; every later write fails."""
        descriptor = os.open(self.at, os.O_RDONLY)
        try:
            fcntl.ioctl(descriptor, _EXT4_IOC_SHUTDOWN, struct.pack("I", _NOLOGFLUSH))
        finally:
            os.close(descriptor)


def share(folder: Path) -> None:
    """Let unmounting below a folder reach every process that has a copy of its mounts, as each nspawn does."""
    run("mount", "--bind", str(folder), str(folder))
    run("mount", "--make-shared", str(folder))


def unmount_below(folder: Path) -> None:
    """Unmount whatever is mounted at or below a folder, the deepest first; loop devices go with their mounts."""
    lines = Path("/proc/self/mountinfo").read_text().splitlines()
    places = [line.split()[4].replace("\\040", " ") for line in lines]
    for place in reversed([p for p in places if p == str(folder) or p.startswith(f"{folder}/")]):
        run("umount", place)
