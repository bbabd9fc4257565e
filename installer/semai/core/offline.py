"""What a region without internet needs for its lock: files of releases, roles, PHP extensions. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from semai.core.catalog import Artifact
from semai.core.lockfile import Lock
from semai.core.packages import PHP, PackageList, Platform
from semai.core.sites import driver_of

ALWAYS = ("system", "common", "hostctl", "backup", "certificate", "nginx")
_DRIVER_EXTENSIONS = {"mariadb": ("mysqli", "pdo_mysql"), "postgresql": ("pgsql", "pdo_pgsql")}


class HostKind(NamedTuple):
    """What decides which files a host takes; `release` is empty where no Debian packages are brought."""

    release: str  # "debian-12"
    machine: str
    python: str  # "3.11"

    @property
    def platform(self) -> Platform:
        """Return the platform whose packages it installs."""
        return Platform(self.release, self.machine)


class Wanted(NamedTuple):
    """One file of a release and whose it is."""

    mentor: str
    artifact: Artifact


def kinds_of(packages: PackageList, platforms: Iterable[str]) -> tuple[HostKind, ...]:
    """Return what hosts of these platforms are, with their release's Python; raises InvalidInput."""
    found = (packages.platform(text) for text in platforms)
    return tuple(HostKind(p.release, p.machine, packages.releases[p.release].python) for p in found)


def artifacts_for(lock: Lock, kinds: Iterable[HostKind]) -> tuple[Wanted, ...]:
    """Return every file of the locked releases that a host of these kinds may take, each content once."""
    hosts = tuple(kinds)
    found: dict[str, Wanted] = {}
    for mentor, artifact in _artifacts(lock):
        if any(artifact.suits(kind.python, kind.machine) for kind in hosts):
            found.setdefault(artifact.sha256, Wanted(mentor, artifact))
    return tuple(found[digest] for digest in sorted(found))


def lock_digests(lock: Lock) -> set[str]:
    """Return the sha256 of every file the locked releases may need."""
    return {artifact.sha256 for _, artifact in _artifacts(lock)}


def _artifacts(lock: Lock) -> Iterator[tuple[str, Artifact]]:
    for key, app in lock.apps.items():
        for artifact in app.release.artifacts:
            yield key.partition("/")[0], artifact


def roles_for(lock: Lock) -> tuple[str, ...]:
    """Return the roles a server needs for the locked apps."""
    manifests = [app.release.manifest for app in lock.apps.values()]
    found = {driver for manifest in manifests if (driver := driver_of(manifest, server=True))}
    if any(manifest.runtime == PHP for manifest in manifests):
        found.add(PHP)
    return (*ALWAYS, *sorted(found))


def extensions_for(lock: Lock) -> tuple[str, ...]:
    """Return the PHP extensions of the locked apps, with those their databases need."""
    found: set[str] = set()
    for app in lock.apps.values():
        manifest = app.release.manifest
        if manifest.runtime == PHP:
            found |= {*manifest.needs.extensions, *_DRIVER_EXTENSIONS.get(driver_of(manifest, server=True), ())}
    return tuple(sorted(found))
