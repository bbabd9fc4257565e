"""Locks on files that say who holds them, since when and from where; one that nobody here holds can be taken over.

The kernel frees a lock when its process ends, however it ends. What stays locked is held by a process that runs:
here, or on another machine or in another container that shares the folder. Taking over lays a new lock file in the
place of the old one; who held that one is not stopped by it.
"""

from __future__ import annotations

import fcntl
import getpass
import json
import os
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import datetime, timezone
from pathlib import Path

from semai.adapters.files import cannot_write, make_folder
from semai.errors import Locked
from semai.messages import N_

_POLL_SECONDS = 0.05
_WAIT = "wait until it ends, then run this again"


@dataclass(frozen=True)
class Holder:
    """Who holds a lock: the process, its verb, since when (UTC), and where the person sits (empty: unknown)."""

    pid: int
    user: str
    host: str
    verb: str
    since: str
    origin: str = ""

    @property
    def runs_here(self) -> bool:
        """Tell whether that process runs on this machine."""
        return self.host == socket.gethostname() and Path(f"/proc/{self.pid}").exists()


@dataclass(frozen=True)
class Claim:
    """Somebody's wish to take a lock over: why, and whether he insists while its holder runs here."""

    reason: str
    insists: Callable[[Holder], bool]


@contextmanager
def locked(
    path: Path, verb: str, *, wait_seconds: float = 0.0, claim: Claim | None = None
) -> Iterator[Holder | None]:
    """Hold the lock file `path` for `verb` (for example "semai apply") while the block runs.

    Yields from whom it was taken over by `claim`, None when it was free. Raises Locked: `locked` when another
    process holds it longer than `wait_seconds`, `lock-holder-runs` when a claim meets a holder that runs here.
    """
    make_folder(path.parent)
    descriptor, former = _acquired(path, time.monotonic() + wait_seconds, claim)
    try:
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, json.dumps(asdict(_oneself(verb))).encode() + b"\n", 0)
        try:
            yield former
        finally:
            os.ftruncate(descriptor, 0)
    finally:
        os.close(descriptor)


def _acquired(path: Path, give_up_at: float, claim: Claim | None) -> tuple[int, Holder | None]:
    """Return the locked file and from whom it was taken."""
    former: Holder | None = None
    while True:
        descriptor = _open(path)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if _lies_at(descriptor, path):
                return descriptor, former
        except BlockingIOError:
            if time.monotonic() >= give_up_at:
                holder = _holder(descriptor)
                if claim is None or former is not None:
                    os.close(descriptor)
                    raise _held(holder, path) from None
                try:
                    former = _taken_over(descriptor, path, holder, claim)
                except Locked:
                    os.close(descriptor)
                    raise
            else:
                time.sleep(_POLL_SECONDS)
        os.close(descriptor)  # it is tried anew, with the file that lies there then


def _taken_over(descriptor: int, path: Path, holder: Holder | None, claim: Claim) -> Holder:
    """Put the lock file out of the way."""
    if holder is not None and holder.runs_here and not claim.insists(holder):
        raise Locked(
            "lock-holder-runs",
            "{verb} still runs on this machine (process {pid}, since {since}): it was not taken over",
            hint="end it first: kill {pid}",
            **asdict(holder),
        )
    if _lies_at(descriptor, path):
        with suppress(FileNotFoundError):
            path.unlink()
    return holder or Holder(0, "?", "?", "?", "?")


def _open(path: Path) -> int:
    try:
        return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    except OSError as error:
        raise cannot_write(path, error) from error


def _lies_at(descriptor: int, path: Path) -> bool:
    """Tell whether the open file is the one at `path`: another may have taken its place."""
    try:
        there = path.stat()
    except FileNotFoundError:
        return False
    here = os.fstat(descriptor)
    return (here.st_dev, here.st_ino) == (there.st_dev, there.st_ino)


def _holder(descriptor: int) -> Holder | None:
    try:
        who = json.loads(os.pread(descriptor, 4096, 0))
        said = {name: str(who[name]) for name in ("user", "host", "verb", "since")}
        return Holder(pid=int(who["pid"]), origin=str(who.get("origin", "")), **said)
    except (ValueError, KeyError, TypeError, AttributeError):
        return None


def _held(holder: Holder | None, path: Path) -> Locked:
    if holder is None:
        return Locked("locked", "another semai holds {path}, and does not say who it is", hint=_WAIT, path=path)
    text = N_("{verb} is at work: started {since} by {user} on {host} (process {pid})")
    if holder.origin:
        text = N_("{verb} is at work: started {since} by {user} on {host}, from {origin} (process {pid})")
    gone = N_("wait until it ends; if it surely does not run any more: --take-over REASON")
    hint = _WAIT if holder.runs_here else gone
    return Locked("locked", text, hint=hint, path=path, **asdict(holder))


def _oneself(verb: str) -> Holder:
    try:
        user = getpass.getuser()
    except (KeyError, OSError):  # a container may run a uid without a name
        user = str(os.getuid())
    since = datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    origin = os.environ.get("SSH_CONNECTION", "").partition(" ")[0]  # the address the person logged in from
    return Holder(os.getpid(), user, socket.gethostname(), verb, since, origin)
