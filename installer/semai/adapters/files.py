"""Files that others rely on: written whole or not at all, and locks that say who holds them and since when."""

from __future__ import annotations

import errno
import fcntl
import getpass
import hashlib
import json
import os
import socket
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from semai.errors import Locked, OperationFailed

_POLL_SECONDS = 0.05
_BLOCK = 1 << 20


def write_atomic(path: Path, content: bytes, mode: int = 0o644) -> None:
    """Write `content` to `path` so that a reader, or a crash, meets the old file or the new one.

    The temporary file lies in the same folder; file and folder are flushed to the disk. Raises OperationFailed
    (`no-permission`, `no-space`, `cannot-write`) and leaves the old file as it was.
    """
    temporary: Path | None = None
    try:
        descriptor, name = tempfile.mkstemp(prefix=f".{path.name[:60]}.", dir=path.parent)
        temporary = Path(name)
        with os.fdopen(descriptor, "wb") as file:
            os.fchmod(file.fileno(), mode)
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
        sync_folder(path.parent)
    except OSError as error:
        raise cannot_write(path, error) from error
    finally:
        if temporary is not None:
            with suppress(FileNotFoundError):
                temporary.unlink()


def make_folder(path: Path, mode: int = 0o755) -> None:
    """Make `path` and its parents when missing; raises OperationFailed as `write_atomic` does."""
    try:
        path.mkdir(mode=mode, parents=True, exist_ok=True)
    except OSError as error:
        raise cannot_write(path, error) from error


def sync_folder(folder: Path) -> None:
    """Flush a folder's entries, so that a rename in it survives a power cut."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def cannot_write(path: Path, error: OSError) -> OperationFailed:
    """Return the error for a failed write, with the remedy its cause calls for."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return OperationFailed(
            "no-space", "no space left to write {path}", hint="free some disk space, then run this again", path=path
        )
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return OperationFailed(
            "no-permission",
            "{path} cannot be written: {reason}",
            hint="check who owns the folder; semai needs no root, so never run it with sudo",
            path=path,
            reason=error.strerror,
        )
    return OperationFailed("cannot-write", "{path} cannot be written: {reason}", path=path, reason=error.strerror)


def sha256_of(path: Path) -> str:
    """Return the sha256 of a file as 64 hex digits; raises OSError."""
    digest = hashlib.sha256()
    buffer = memoryview(bytearray(_BLOCK))
    with path.open("rb", buffering=0) as file:
        while size := file.readinto(buffer):
            digest.update(buffer[:size])
    return digest.hexdigest()


@contextmanager
def locked(path: Path, verb: str, *, wait_seconds: float = 0.0) -> Iterator[None]:
    """Hold the lock file `path` for `verb` (for example "semai apply") while the block runs.

    The file says who holds it as JSON {pid, user, host, verb, since}; the kernel frees the lock when the process
    ends, however it ends. Raises Locked (`locked`) when another process holds it longer than `wait_seconds`.
    """
    make_folder(path.parent)
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    except OSError as error:
        raise cannot_write(path, error) from error
    try:
        _acquire(descriptor, path, time.monotonic() + wait_seconds)
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, json.dumps(_who(verb)).encode() + b"\n", 0)
        try:
            yield
        finally:
            os.ftruncate(descriptor, 0)
    finally:
        os.close(descriptor)


def _acquire(descriptor: int, path: Path, give_up_at: float) -> None:
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except BlockingIOError:
            if time.monotonic() >= give_up_at:
                raise _held(descriptor, path) from None
            time.sleep(_POLL_SECONDS)


def _held(descriptor: int, path: Path) -> Locked:
    try:
        who = json.loads(os.pread(descriptor, 4096, 0))
        holder = {name: str(who[name]) for name in ("verb", "user", "host", "pid", "since")}
    except (ValueError, KeyError, TypeError):
        return Locked(
            "locked",
            "another semai holds {path}, and does not say who it is",
            hint="wait until it ends, then run this again",
            path=path,
        )
    return Locked(
        "locked",
        "{verb} is at work: started {since} by {user} on {host} (process {pid})",
        hint="wait until it ends, then run this again",
        path=path,
        **holder,
    )


def _who(verb: str) -> dict[str, Any]:
    try:
        user = getpass.getuser()
    except (KeyError, OSError):  # a container may run a uid without a name
        user = str(os.getuid())
    since = datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    return {"pid": os.getpid(), "user": user, "host": socket.gethostname(), "verb": verb, "since": since}
