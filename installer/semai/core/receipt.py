"""What a host says: receipts of what it runs, digests of managed files, services, health, disk and memory.

The models read the answer of `semai-host state`; unknown keys are ignored so that an older semai understands a
newer host tool. Pure.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Literal

from pydantic import Field

from semai.core.catalog import Wire


class ManagedFile(Wire):
    """A file the installer wrote for an app: its digest and mode ("0640")."""

    sha256: str
    mode: str = ""


class Receipt(Wire):
    """What a host runs of one app, written by the host tool at the end of a transaction.

    `edited` names files an administrator edited there, which stay so, with the digest of what semai would write.
    """

    app: str
    mentor: str = ""
    version: str
    release: str
    config: str
    files: Mapping[str, ManagedFile] = {}
    bind: str = ""
    activated_at: str = ""
    by: str = ""
    edited: Mapping[str, str] = {}

    def drift(self, present: Mapping[str, ManagedFile | None]) -> tuple[str, ...]:
        """Return the managed files that are missing or differ from this receipt, sorted."""
        return tuple(sorted(path for path, file in self.files.items() if not _same(file, present.get(path))))


def _same(expected: ManagedFile, found: ManagedFile | None) -> bool:
    if found is None or found.sha256 != expected.sha256:
        return False
    return not expected.mode or not found.mode or int(found.mode, 8) == int(expected.mode, 8)


class Service(Wire):
    """A supervised process; `wanted` is false when a person stopped it on purpose."""

    state: Literal["running", "stopped", "failed", "absent", "starting", "unknown"] = "unknown"
    pid: int | None = None
    since: str | None = None
    wanted: bool = True
    exposure: float | None = None  # 0 safest, 10 worst; only when asked for


class AppHealth(Wire):
    """The answer of an app's health address."""

    status: Literal["ok", "failing", "unreachable", "unknown"] = "unknown"
    release: str | None = None
    detail: str | None = None
    contracts: Mapping[str, str] = {}  # consumed contract -> ok | stale | down | unused


class AppState(Wire):
    """One app on one host; `receipt_error` says why a receipt that is there cannot be read.

    A `leader` has the app's data, or its runs own what several hosts share.
    """

    receipt: Receipt | None = None
    receipt_error: str | None = None
    leader: bool = True
    files: Mapping[str, ManagedFile | None] = {}
    service: Service = Service()
    health: AppHealth = AppHealth()
    rss_mb: float | None = None
    disk_mb: float | None = None
    database_mb: float | None = None  # what a copy of its database takes; like disk_mb only when asked for
    media_mb: float | None = None


class OperatingSystem(Wire):
    """From os-release."""

    id: str = ""
    version_id: str = ""
    name: str = ""


class Machine(Wire):
    """The host itself, as measured."""

    hostname: str = ""
    machine: str = ""
    python: str = ""
    os: OperatingSystem = OperatingSystem()
    memory_mb: int = 0
    memory_free_mb: int = 0
    cpus: int = 0
    time: str = ""


class Filesystem(Wire):
    """A filesystem below the root and its space."""

    path: str
    total_mb: int = 0
    free_mb: int = 0


class Unfinished(Wire):
    """A transaction that was cut; the host tool's next verb finishes or undoes it."""

    app: str
    verb: str | None = None
    step: str | None = None
    started: str | None = None


class Access(Wire):
    """Whether the Ansible user may write below the root (or make it), and what stands in the way."""

    writable: bool = True
    path: str = ""


class HostLock(Wire):
    """Who is changing the host right now."""

    pid: int | None = None
    user: str = ""
    verb: str = ""
    app: str = ""
    since: str = ""


class BackedUp(Wire):
    """An app's newest backup: when it was made (UTC) and whether it was read back."""

    moment: str = ""
    verified: bool = False


class LastBackups(Wire):
    """The newest backup of each app, and what keeps the newest of all: restic or archive."""

    engine: str = ""
    encrypted: bool = True
    apps: Mapping[str, BackedUp] = {}


class Drilled(Wire):
    """How an app's last drill went, and when one passed last (UTC; empty: never)."""

    moment: str = ""
    verdict: str = ""
    set: str | None = None
    passed: str | None = None


class LastDrills(Wire):
    """The last drill of each app."""

    apps: Mapping[str, Drilled] = {}


class Backups(Wire):
    """What the host knows of its backups."""

    last: LastBackups = LastBackups()
    last_drill: LastDrills | None = None

    def drilled(self, app: str) -> Drilled:
        """Return how an app's last drill went; an empty one when there was none."""
        return self.last_drill.apps.get(app, Drilled()) if self.last_drill else Drilled()


class Past(Wire):
    """How an app was when its host last examined itself, and since when."""

    condition: str = ""
    since: str = ""
    disk_mb: float | None = None
    database_mb: float | None = None
    media_mb: float | None = None


class FilesystemDays(Wire):
    """The free MB of a file system at the end of each day, oldest first."""

    path: str
    days: tuple[tuple[date, int], ...] = ()


class Verdict(Wire):
    """What a timer of the host last found; `time` is UTC."""

    time: str
    apps: Mapping[str, Past] = {}
    filesystems: tuple[FilesystemDays, ...] = ()


class HostState(Wire):
    """Everything one probe brings back from one host."""

    tool: str | None = None
    tool_sha256: str | None = None
    server: Mapping[str, str] = {}  # role -> digest of what it was last told and of its source (core/roles.py)
    due: tuple[str, ...] = ()  # roles whose work wears off: certificates that end soon
    host: Machine = Machine()
    filesystems: tuple[Filesystem, ...] = ()
    apps: Mapping[str, AppState] = {}
    journal: tuple[Unfinished, ...] = ()
    maintenance: tuple[str, ...] = ()
    kept: Mapping[str, tuple[str, ...]] = {}  # app -> its restore points
    lock: HostLock | None = None
    backup: Backups | None = None
    verdict: Verdict | None = None
    access: Access = Field(default_factory=Access)

    def app(self, name: str) -> AppState:
        """Return the state of `name`; an empty one when the host has nothing of it."""
        return self.apps.get(name, AppState())
