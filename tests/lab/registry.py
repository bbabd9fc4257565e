"""Which labs there are on this machine, whose they are, and how to remove one knowing its number only.

A lab belongs to a process and is stale once that has ended, or to nobody (`up`) and stays until `down`.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from tests.lab import cgroup
from tests.lab.commands import LabError
from tests.lab.disk import share, unmount_below
from tests.lab.network import Network, is_taken
from tests.lab.ssh import end_shared

RUN = Path("/run/semai-lab")
_FORWARDING = Path("/proc/sys/net/ipv4/ip_forward")
_WAS_FORWARDING = RUN / "ip_forward"
_LAST = 250


@dataclass(frozen=True)
class Entry:
    """A lab as others see it; `pid` 0 means that it stays until somebody takes it down."""

    number: int
    pid: int
    started: str
    checkout: str
    images: str  # the folder of its machines' disks

    @property
    def folder(self) -> Path:
        """Return where the lab keeps keys, sockets and mount points."""
        return RUN / str(self.number)

    @property
    def stale(self) -> bool:
        """Tell whether its owner is gone."""
        return bool(self.pid) and _start_of(self.pid) != self.started


def claim(checkout: Path, images: Path, *, lasting: bool) -> Entry:
    """Take a free number, after removing what dead owners left; this process owns it unless it is `lasting`."""
    with _alone():
        _sweep_stale()
        number = next((n for n in range(1, _LAST) if not (RUN / str(n)).exists() and not is_taken(n)), None)
        if number is None:
            raise LabError("no number is free for another lab")
        pid = 0 if lasting else os.getpid()
        entry = Entry(number, pid, _start_of(pid), str(checkout), str(images / str(number)))
        entry.folder.mkdir()
        (entry.folder / "lab.json").write_text(json.dumps(asdict(entry)))
        share(entry.folder)
        _forward()
        return entry


def sweep(entry: Entry) -> None:
    """Remove everything a lab made, in whatever state it is."""
    with _alone():
        _sweep(entry)


def sweep_stale() -> list[Entry]:
    """Remove what dead owners left; return what that was."""
    with _alone():
        return _sweep_stale()


def entries() -> list[Entry]:
    """Return all labs of this machine."""
    found = []
    for path in sorted(RUN.glob("[0-9]*")):
        try:
            found.append(Entry(**json.loads((path / "lab.json").read_text())))
        except (OSError, ValueError, TypeError):  # its owner died while claiming it
            found.append(Entry(int(path.name), -1, "", "", ""))
    return found


def _sweep_stale() -> list[Entry]:
    found = [entry for entry in entries() if entry.stale]
    for entry in found:
        _sweep(entry)
    return found


def _sweep(entry: Entry) -> None:
    cgroup.kill(f"semai-lab-{entry.number}")
    for sockets in entry.folder.glob("*/cp"):
        end_shared(sockets)
    unmount_below(entry.folder)
    Network(entry.number).remove()
    if entry.images:
        shutil.rmtree(entry.images, ignore_errors=True)
    shutil.rmtree(entry.folder)
    if not list(RUN.glob("[0-9]*")) and _WAS_FORWARDING.exists():
        _FORWARDING.write_text(_WAS_FORWARDING.read_text())
        _WAS_FORWARDING.unlink()


def _forward() -> None:
    """Let machines reach the mirrors; how it was before is restored with the last lab."""
    if not _WAS_FORWARDING.exists():
        _WAS_FORWARDING.write_text(_FORWARDING.read_text())
    _FORWARDING.write_text("1")


@contextmanager
def _alone() -> Iterator[None]:
    RUN.mkdir(parents=True, exist_ok=True)
    with (RUN / "lock").open("w") as stream:
        fcntl.flock(stream, fcntl.LOCK_EX)
        yield


def _start_of(pid: int) -> str:
    """Return when a process started, so that a reused id is not mistaken for it; empty when there is none."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]
    except OSError:
        return ""
