"""One mutating run at a time per host root: flock on `<root>/lock`, which also says who holds it and since when.

The kernel drops the lock with its holder, so a killed run never leaves the host locked.
"""

from __future__ import annotations

import fcntl
import json
import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from . import host_facts
from .errors import LockedOut, Refused
from .events import utc

PATIENCE_SECONDS = 1.0  # longer than `holder` looks at the lock


@contextmanager
def hold(path: Path, verb: str, app: str, run: str) -> Iterator[None]:
    """Hold the lock for the block; refuse at once, naming the holder, when somebody else has it."""
    descriptor = _open(path)
    try:
        _take(descriptor, path)
        who = {"pid": os.getpid(), "user": host_facts.user_name(), "host": socket.gethostname()}
        _describe(descriptor, {**who, "verb": verb, "app": app, "run": run, "since": utc()})
        yield
        _describe(descriptor, None)
    finally:
        os.close(descriptor)


def holder(path: Path) -> dict[str, Any] | None:
    """Return who holds the lock now ({pid, user, host, verb, app, run, since}), or None."""
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except OSError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        return _read(descriptor) or {}
    finally:
        os.close(descriptor)
    return None


def _open(path: Path) -> int:
    try:
        path.parent.mkdir(0o750, parents=True, exist_ok=True)
        return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o640)
    except OSError as error:
        raise Refused(
            "no-write-permission",
            f"{host_facts.user_name()} (uid {os.geteuid()}) cannot write {path}: {error.strerror}",
            hint=f"run as the owner of {path.parent}, or give its owner as ansible_user",
        ) from error


def _take(descriptor: int, path: Path) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except OSError:
            if time.monotonic() > deadline:
                raise _locked_out(_read(descriptor) or {}, path) from None
        time.sleep(0.05)


def _locked_out(who: dict[str, Any], path: Path) -> LockedOut:
    return LockedOut(
        "host-locked",
        f"{who.get('user', 'somebody')} (pid {who.get('pid', '?')} on {who.get('host', '?')}) has been at "
        f"{who.get('verb', 'work')} {who.get('app', '')} since {who.get('since', '?')}",
        hint="wait until that run is over; a run that died holds no lock",
        holder=who,
        lock=str(path),
    )


def _describe(descriptor: int, who: dict[str, Any] | None) -> None:
    os.ftruncate(descriptor, 0)
    if who:
        os.pwrite(descriptor, json.dumps(who).encode(), 0)


def _read(descriptor: int) -> dict[str, Any] | None:
    try:
        who = json.loads(os.pread(descriptor, 4096, 0))
    except ValueError:
        return None
    return who if isinstance(who, dict) else None
