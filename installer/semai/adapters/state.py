"""What semai keeps outside the inventory: run logs and vault passwords; and the audit trail inside it."""

from __future__ import annotations

import getpass
import json
import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import datetime, timezone
from pathlib import Path

from semai.adapters.files import cannot_write, make_folder
from semai.adapters.locking import Claim, Holder
from semai.errors import OperationFailed, SemaiError


@dataclass(frozen=True)
class AuditEntry:
    """One mutating verb: who, when, what, on which lock, how it ended."""

    time: str  # "2026-11-21T08:00:00Z", when it began
    actor: str  # user@host
    verb: str
    lock: str  # sha256 of semai.lock after it, empty before the first
    result: str  # "done" or the error's code
    seconds: float


class State:
    """Paths below the state folder."""

    def __init__(self, state_dir: Path) -> None:
        self.folder = state_dir
        self.store = state_dir / "store"

    def vault_password(self, region: str) -> Path:
        """Return where the generated vault password of a region lies (0600)."""
        return self.folder / "vault" / f"{region}.pass"

    def run_log(self, region: str, verb: str, moment: datetime) -> Path:
        """Return a path for the log of one run, its folder made."""
        folder = self.folder / "runs" / region
        make_folder(folder, 0o700)
        return folder / f"{moment.astimezone(timezone.utc):%Y%m%dT%H%M%SZ}-{verb}.log"


@contextmanager
def audited(path: Path, verb: str, lock_file: Path) -> Iterator[None]:
    """Write one line to the audit trail at `path` when the block ends, whatever its end."""
    began, moment = time.monotonic(), datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")

    def entry(result: str) -> AuditEntry:
        return AuditEntry(moment, actor(), verb, lock_digest(lock_file), result, round(time.monotonic() - began, 2))

    try:
        yield
    except BaseException as error:
        with suppress(OperationFailed):  # the verb's own error matters more
            append_audit(path, entry(error.code if isinstance(error, SemaiError) else type(error).__name__))
        raise
    append_audit(path, entry("done"))


def append_audit(path: Path, entry: AuditEntry) -> None:
    """Append one JSON line and flush it to the disk; raises OperationFailed."""
    line = json.dumps(asdict(entry), ensure_ascii=False) + "\n"
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            size = os.fstat(descriptor).st_size
            torn = size > 0 and os.pread(descriptor, 1, size - 1) != b"\n"  # by a power cut
            os.write(descriptor, (("\n" if torn else "") + line).encode())
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
    except OSError as error:
        raise cannot_write(path, error) from error


def append_taken_over(path: Path, lock_file: Path, verb: str, former: Holder, claim: Claim) -> None:
    """Say in the audit trail whose lock was taken over and why."""
    moment = datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    whose = f"{former.verb} of {former.user}@{former.host} (process {former.pid}, since {former.since})"
    said = f"{verb} took over from {whose}: {claim.reason}"
    append_audit(path, AuditEntry(moment, actor(), said, lock_digest(lock_file), "done", 0.0))


def audit_lines(path: Path) -> list[AuditEntry | str]:
    """Return the entries of an audit trail, oldest first; a line that is none, such as a torn one, as its text."""
    if not path.exists():
        return []
    return [_audit_line(line) for line in path.read_text(encoding="utf-8", errors="replace").splitlines()]


def read_audit(path: Path) -> list[AuditEntry]:
    """Return the entries of an audit trail, oldest first; raises OperationFailed `audit-corrupt`."""
    entries: list[AuditEntry] = []
    for number, line in enumerate(audit_lines(path), 1):
        if isinstance(line, str):
            raise OperationFailed("audit-corrupt", "{file}:{line} is not an audit line", file=path, line=number)
        entries.append(line)
    return entries


def _audit_line(text: str) -> AuditEntry | str:
    try:
        return AuditEntry(**json.loads(text))
    except (ValueError, TypeError):
        return text


def actor() -> str:
    """Return user@host; the user who called sudo when there is one."""
    try:
        user = os.environ.get("SUDO_USER") or getpass.getuser()
    except (KeyError, OSError):  # a container may run a uid without a name
        user = str(os.getuid())
    return f"{user}@{socket.gethostname()}"


def lock_digest(lock_file: Path) -> str:
    """Return the digest that semai.lock carries, or "" when there is none to read."""
    try:
        return str(json.loads(lock_file.read_bytes())["digest"])
    except (OSError, ValueError, KeyError, TypeError):
        return ""
