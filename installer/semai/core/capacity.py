"""What new apps need against what a host has: memory, disk, Python; refused before anything is touched. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from packaging.specifiers import SpecifierSet
from packaging.version import Version

from semai.core.plan import DeployedApp
from semai.core.receipt import HostState
from semai.messages import N_

# An upgrade keeps the old release beside the new one and makes a restore point; below this a disk fills by itself.
SPARE_DISK_MB = 200


@dataclass(frozen=True)
class Shortage:
    """One thing a host lacks; `text` is a msgid with the fields below."""

    code: str
    text: str
    host: str
    needed: str
    found: str
    path: str = ""


def shortages(host: str, state: HostState, arriving: Iterable[DeployedApp]) -> tuple[Shortage, ...]:
    """Return what `host` lacks for the apps that arrive on it (installs and upgrades)."""
    apps = tuple(arriving)
    if not apps:
        return ()
    return (*_disk(host, state, apps), *_memory(host, state, apps), *_python(host, state, apps))


def _disk(host: str, state: HostState, apps: tuple[DeployedApp, ...]) -> list[Shortage]:
    if not state.filesystems:
        return []
    needed = sum(app.disk_mb for app in apps) + SPARE_DISK_MB
    tightest = min(state.filesystems, key=lambda filesystem: filesystem.free_mb)
    if tightest.free_mb >= needed:
        return []
    text = N_("{host}: {needed} MB of disk needed on {path}, {found} MB free")
    return [Shortage("disk-too-small", text, host, str(needed), str(tightest.free_mb), tightest.path)]


def _memory(host: str, state: HostState, apps: tuple[DeployedApp, ...]) -> list[Shortage]:
    needed = sum(app.ram_mb for app in apps if state.app(app.name).service.state != "running")
    if not state.host.memory_free_mb or state.host.memory_free_mb >= needed:
        return []
    text = N_("{host}: {needed} MB of free memory needed, {found} MB free")
    return [Shortage("memory-too-small", text, host, str(needed), str(state.host.memory_free_mb))]


def _python(host: str, state: HostState, apps: tuple[DeployedApp, ...]) -> list[Shortage]:
    found = state.host.python
    if not found:
        return []
    text = N_("{host}: {path} needs Python {needed}, the host has {found}")
    return [
        Shortage("python-unfit", text, host, app.python, found, app.name)
        for app in apps
        if app.python and not SpecifierSet(app.python).contains(Version(found), prereleases=True)
    ]
