"""Whether an address is free to listen on, and who holds it when not (Linux: /proc)."""

from __future__ import annotations

import errno
import os
import signal
import socket
import time
from dataclasses import dataclass
from pathlib import Path

from .errors import Refused

LISTENING = "0A"


@dataclass(frozen=True)
class Listener:
    """A process that listens on a port; pid None when it belongs to another user."""

    pid: int | None
    program: str
    uid: int

    def __str__(self) -> str:
        return f"{self.program} (pid {self.pid})" if self.pid else f"a program of uid {self.uid}"


def is_free(host: str, port: int) -> bool:
    """Try to listen on the address for a moment."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
            probe.listen(1)
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                return False
            raise Refused("port-not-allowed", f"cannot listen on {host}:{port}: {error.strerror}") from error
    return True


def pick_free() -> int:
    """Return a port of 127.0.0.1 that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def listener(port: int) -> Listener | None:
    """Return who listens on `port` on any address."""
    for table in ("tcp", "tcp6"):
        for fields in _rows(Path("/proc/net") / table):
            if fields[3] == LISTENING and int(fields[1].rsplit(":", 1)[1], 16) == port:
                pid = _owner(f"socket:[{fields[9]}]")
                return Listener(pid, " ".join(words_of(pid) if pid else [])[:60] or "a program", int(fields[7]))
    return None


def _rows(table: Path) -> list[list[str]]:
    try:
        return [line.split() for line in table.read_text().splitlines()[1:]]
    except OSError:
        return []


def _owner(link: str) -> int | None:
    for pid in holders(link):
        return pid
    return None


def holders(link: str) -> list[int]:
    """Return the processes we may look into that have `link` (a path or socket:[inode]) open."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and _has_open(entry / "fd", link):
            found.append(int(entry.name))
    return found


def _has_open(folder: Path, link: str) -> bool:
    try:
        return any(os.readlink(descriptor) == link for descriptor in folder.iterdir())
    except OSError:  # ended meanwhile, or another user's
        return False


def words_of(pid: int) -> list[str]:
    """Return the argument list of a process; empty when it has ended."""
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except OSError:
        return []
    return [word.decode(errors="replace") for word in words if word]


def end(pid: int, grace: float = 10.0) -> None:
    """Ask a process to stop, then make it; return when it has ended."""
    for number, patience in ((signal.SIGTERM, grace), (signal.SIGKILL, grace)):
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            return
        deadline = time.monotonic() + patience
        while words_of(pid) and time.monotonic() < deadline:
            time.sleep(0.05)
