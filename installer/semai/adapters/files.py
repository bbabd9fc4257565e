"""Files that others rely on: written whole or not at all."""

from __future__ import annotations

import errno
import hashlib
import os
import tempfile
from contextlib import suppress
from pathlib import Path

from semai.errors import OperationFailed

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
