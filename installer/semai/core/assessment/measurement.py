"""What `semai assess` measured on one host: the report of the module semai_assess. Pure.

Whatever could not be measured is absent or None, never a guess: a host without Python gives only what a shell can
tell, one that cannot be reached gives only what the inventory says of it.
"""

from __future__ import annotations

from pydantic import Field

from semai.core.catalog import Wire


class System(Wire):
    """The operating system as /etc/os-release names it."""

    id: str = ""
    version_id: str = ""
    name: str = ""
    codename: str = ""

    @property
    def platform(self) -> str:
        """Return the name manifests use, such as debian-12; Debian's testing has no version."""
        return f"{self.id}-{self.version_id}"


class FileSystem(Wire):
    """Room below one place; places on the same `device` share it."""

    path: str
    device: int | str
    total_mb: int
    free_mb: int
    inodes: int = 0
    inodes_free: int = 0
    read_only: bool = False


class Clock(Wire):
    """Who keeps the clock; `synchronised` is None when that could not be told."""

    zone: str = ""
    service: str = ""
    synchronised: bool | None = None


class ListeningPort(Wire):
    """One TCP port; the program is empty when only the administrator may know it."""

    port: int
    address: str = ""
    program: str = ""


class HalfDone(Wire):
    """A package dpkg did not finish."""

    name: str
    state: str


class LockHolder(Wire):
    """Who works with apt or dpkg right now."""

    file: str
    pid: int
    program: str = ""


class Dpkg(Wire):
    """The health of the package database."""

    broken: tuple[HalfDone, ...] = ()
    interrupted: bool = False
    lock: LockHolder | None = None


class Updates(Wire):
    """Updates that wait; None when the package lists are missing or unreadable."""

    security: int | None = None
    all: int | None = None
    lists_age_hours: float | None = None
    said: str = ""


class Reboot(Wire):
    """Whether the machine waits for a restart, and the newest kernel it has."""

    required: bool = False
    packages: tuple[str, ...] = ()
    kernel: str = ""


class Sudo(Wire):
    """root, works, works-with-password, password, password-wrong, refused or missing."""

    state: str = "works"
    said: str = ""


class Protection(Wire):
    """What guards the machine beside the usual rights."""

    selinux: str = "absent"
    apparmor: bool = False


class Reached(Wire):
    """A place the host should reach."""

    url: str
    ok: bool
    ms: int | None = None
    said: str = ""


class LineQuality(Wire):
    """The line from the controller: one question's time, speed upwards, clock offset (host minus controller)."""

    latency_ms: float
    upload_mb_s: float
    clock_offset: float | None = None
    clock_error: float = 0.0


class InventoryEntry(Wire):
    """What hosts.yml says of the host."""

    ansible_host: str = ""
    ansible_user: str = ""
    semai_address: str = ""
    semai_carries: tuple[str, ...] | None = None  # None: all
    semai_profile: str = "server"
    root: str = "/srv/semai"
    groups: tuple[str, ...] = ()


class Measurement(Wire):
    """One host; `unreachable`, `failed` or `python_problem` say why little or nothing was measured."""

    unreachable: str = ""
    failed: str = ""  # reached, but the measures themselves broke off
    python_problem: str = ""
    inventory: InventoryEntry = InventoryEntry()
    hostname: str = ""
    machine: str = ""
    kernel: str = ""
    python: str = ""
    os: System = System()
    systemd: bool = True
    cpus: int = 0
    cpu_model: str = ""
    memory_mb: int = 0
    memory_free_mb: int = 0
    swap_mb: int = 0
    virtualisation: str = ""
    container: bool = False
    filesystems: tuple[FileSystem, ...] = ()
    clock: Clock = Clock()
    services: dict[str, str] = {}
    reboot: Reboot = Reboot()
    sudo: Sudo = Sudo()
    protection: Protection = Protection()
    ports: tuple[ListeningPort, ...] = ()
    packages: dict[str, str] = {}
    dpkg: Dpkg = Dpkg()
    updates: Updates | None = None
    names: dict[str, tuple[str, ...]] = {}
    mirrors: tuple[Reached, ...] = ()
    line: LineQuality | None = None
    semai: bool = False
    unknown: tuple[str, ...] = Field(default=())

    @property
    def measured(self) -> bool:
        """Tell whether there is anything to judge."""
        return not self.unreachable and not self.failed

    @property
    def server(self) -> bool:
        """Tell whether the host is to become a server, not an embedded trial."""
        return self.inventory.semai_profile != "embedded"

    def serves(self, group: str) -> bool:
        """Tell whether the host has a part; without the groups proxy and database the app hosts do it all."""
        return group in self.inventory.groups

    def below(self, path: str) -> FileSystem | None:
        """Return the file system that carries `path`: that of the longest measured place above it."""
        above = [f for f in self.filesystems if path == f.path or path.startswith(f"{f.path.rstrip('/')}/")]
        return max(above, key=lambda f: len(f.path), default=None)

    def holder(self, port: int) -> str | None:
        """Return the program that listens at `port`: empty when it is not known, None when the port is free."""
        found = [entry.program for entry in self.ports if entry.port == port]
        return max(found, key=len) if found else None
