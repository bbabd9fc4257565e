"""Write a carrier for a region without internet: catalogs, files of the locked releases, Debian packages, waybill.

`prepare` finds out what is to be written and how much; `perform` writes what is missing or damaged there, the
sealed waybill last. A cut run leaves whole files, which the next one keeps.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from semai.adapters.apt_repository import PackagesFolder, sign, signing_key, verify, write_index
from semai.adapters.apt_repository_vars import read_vars, write_vars
from semai.adapters.carrier_files import CarrierWriter, Moved
from semai.adapters.catalog_copy import copy_catalog
from semai.adapters.debian_packages import Mirrors, PrivateApt, own_mirrors, require_tools
from semai.adapters.files import sha256_of
from semai.adapters.mentor_state import known_mentors
from semai.adapters.region_files import RegionFiles
from semai.adapters.state import State
from semai.adapters.store import Progress, Store
from semai.core.carrier import (
    FAT_LIMIT,
    KEY_FILE,
    MAX_WAYBILL_BYTES,
    SEAL,
    WAYBILL,
    Carried,
    Waybill,
    artifact_path,
    catalog_path,
    lying_paths,
    packages_path,
    parse,
    seal,
)
from semai.core.lockfile import Lock
from semai.core.offline import HostKind, Wanted, artifacts_for, extensions_for, roles_for
from semai.core.packages import Archive, PackageList, Platform
from semai.core.packages_index import Package
from semai.core.trust import show_time
from semai.errors import InvalidInput, OperationFailed, TrustRefused

_SPARE = 2 * 1024 * 1024  # for the waybill and what a filesystem needs for folders


@dataclass(frozen=True)
class ExportRequest:
    """What is asked for: `kinds` are the hosts to be served, with their release when packages are wanted."""

    target: Path
    kinds: tuple[HostKind, ...]
    packages: PackageList | None  # None: leave Debian packages out
    limit: int = FAT_LIMIT
    mirrors: Mirrors | None = None


@dataclass(frozen=True)
class Repository:
    """The packages for one platform: what the roles want, and all that must come along."""

    platform: Platform
    archive: Archive
    apt: PrivateApt
    wanted: Mapping[str, tuple[str, ...]]
    packages: tuple[Package, ...]


@dataclass(frozen=True)
class Load:
    """How much of one sort there is: bytes in all, still to be fetched, and to be written."""

    name: str  # catalogs | artifacts | packages
    files: int
    size: int
    to_fetch: int
    to_write: int


@dataclass(frozen=True)
class Shipment:
    """What an export would write, before it does."""

    request: ExportRequest
    lock: Lock
    code: str
    catalogs: Mapping[str, Path]
    artifacts: tuple[Wanted, ...]
    repositories: tuple[Repository, ...]
    loads: tuple[Load, ...]
    free: int

    @property
    def to_write(self) -> int:
        return sum(load.to_write for load in self.loads)

    def require_space(self) -> None:
        """Raise OperationFailed (`no-space`) when the carrier is too small."""
        if self.to_write + _SPARE > self.free:
            raise OperationFailed(
                "no-space",
                "{path} has {free} MB free, and {needed} MB are to be written",
                hint="take a larger stick, or free some space on this one",
                path=self.request.target,
                free=self.free // 1024**2,
                needed=(self.to_write + _SPARE) // 1024**2 + 1,
            )


@dataclass(frozen=True)
class Watch:
    """Who is told about progress: downloads, the step that begins, bytes written."""

    download: Progress
    step: Callable[[str], None]
    moved: Moved


@dataclass(frozen=True)
class Exported:
    """The carrier as written; `written` are the bytes that were not there yet."""

    waybill: Waybill
    written: int
    key_is_new: bool


def prepare(files: RegionFiles, state: State, request: ExportRequest, watch: Watch) -> Shipment:
    """Find out what is to be written; fetches package lists and, rarely, old roots of mentors, and no more.

    Raises InvalidInput (`no-lock`, `packages-tools`, `mirror-unknown`, …), NetworkFailed, TrustRefused.
    """
    lock = files.load_lock()
    if lock is None:
        raise InvalidInput("no-lock", "{region} has no lock yet", hint="semai lock", region=files.name)
    code = files.load_region().code
    writer = CarrierWriter(request.target, request.limit)
    writer.require_place()
    catalogs = _catalogs(files, state)
    artifacts = artifacts_for(lock, request.kinds)
    repositories = tuple(_repositories(files, state, lock, request, watch))
    loads = (
        _catalog_load(catalogs, writer),
        _artifact_load(artifacts, Store(state.store), writer),
        *([_package_load(repositories, writer)] if request.packages else []),
    )
    return Shipment(request, lock, code, catalogs, artifacts, repositories, loads, writer.free())


def _catalogs(files: RegionFiles, state: State) -> dict[str, Path]:
    """Return a copy of the catalog of every mentor the region has selected and this machine trusts."""
    trusted = set(known_mentors(state.folder))
    found = {}
    for mentor in files.load_selection().mentors:
        if mentor in trusted:
            found[mentor] = state.folder / "packages" / files.name / "export" / "catalogs" / mentor
            copy_catalog(state.folder, mentor, found[mentor])
    return found


def _repositories(
    files: RegionFiles, state: State, lock: Lock, request: ExportRequest, watch: Watch
) -> Iterator[Repository]:
    listed, packages = request.packages, PackagesFolder(state.folder, files.name)
    if listed is None:
        return
    require_tools()
    for platform in sorted({kind.platform for kind in request.kinds}):
        archive = listed.releases[listed.platform(str(platform)).release]  # a host may run what has no list
        watch.step(f"apt {platform}")
        apt = PrivateApt(packages.apt(platform), platform, archive, request.mirrors or own_mirrors(archive))
        apt.update()
        wanted = listed.wanted(platform.release, roles_for(lock), extensions_for(lock))
        yield Repository(platform, archive, apt, wanted, tuple(apt.closure(wanted)))


def _catalog_load(catalogs: Mapping[str, Path], writer: CarrierWriter) -> Load:
    found = [(path, at) for mentor, folder in catalogs.items() for path, at in _catalog_files(mentor, folder)]
    sizes = [(path, at.stat().st_size) for path, at in found]
    return Load(
        "catalogs", len(sizes), sum(size for _, size in sizes), 0, sum(writer.lacks(p, size) for p, size in sizes)
    )


def _catalog_files(mentor: str, folder: Path) -> list[tuple[str, Path]]:
    found = sorted(path for path in folder.rglob("*") if path.is_file())
    return [(f"{catalog_path(mentor)}/{path.relative_to(folder)}", path) for path in found]


def _artifact_load(artifacts: Sequence[Wanted], store: Store, writer: CarrierWriter) -> Load:
    return Load(
        "artifacts",
        len(artifacts),
        sum(a.artifact.size for a in artifacts),
        sum(a.artifact.size for a in artifacts if not store.has(a.artifact.sha256)),
        sum(writer.lacks(artifact_path(a.artifact.sha256), a.artifact.size) for a in artifacts),
    )


def _package_load(repositories: Sequence[Repository], writer: CarrierWriter) -> Load:
    found = [(f"{packages_path(r.platform)}/{p.file}", p.size) for r in repositories for p in r.packages]
    return Load(
        "packages",
        len(found),
        sum(size for _, size in found),
        sum(repository.apt.missing(repository.packages) for repository in repositories),
        sum(writer.lacks(path, size) for path, size in found),
    )


def perform(files: RegionFiles, state: State, shipment: Shipment, now: datetime, watch: Watch) -> Exported:
    """Write the carrier; raises NetworkFailed, OperationFailed, TrustRefused, and can then be run again."""
    request = shipment.request
    packages = PackagesFolder(state.folder, files.name)
    key_is_new = not packages.private.is_file()
    fingerprint = signing_key(packages)
    public = packages.public.read_bytes()
    writer = CarrierWriter(request.target, request.limit)
    writer.prepare()
    earlier = _earlier(request.target)
    carried = [
        *_write_catalogs(shipment, writer, watch),
        *_write_artifacts(state, shipment, writer, watch),
        *_write_packages(packages, shipment, writer, now, watch),
    ]
    waybill = Waybill(
        region=files.name,
        code=shipment.code,
        lock=shipment.lock.digest,
        created=show_time(now),
        key=fingerprint,
        catalogs={mentor: catalog_path(mentor) for mentor in shipment.catalogs},
        platforms={str(r.platform): packages_path(r.platform) for r in shipment.repositories},
        files=tuple(sorted(carried, key=lambda file: file.path)),
    )
    _finish(packages, waybill, earlier, writer, public)
    write_vars(files, replace(read_vars(files), key=public.decode()))
    return Exported(waybill, writer.written, key_is_new)


def _finish(
    packages: PackagesFolder, waybill: Waybill, earlier: Waybill | None, writer: CarrierWriter, public: bytes
) -> None:
    """Seal what was written, then take away what an earlier waybill named and this one does not."""
    if earlier is not None and _same(earlier, waybill) and _sealed(writer.root, public):
        return
    content = seal(waybill)
    writer.put(KEY_FILE, public)
    writer.put(SEAL, sign(packages, content, inline=False))
    writer.put(WAYBILL, content)
    kept = set(lying_paths(waybill.files))
    for path in lying_paths(earlier.files) if earlier else ():
        if path not in kept:
            writer.drop(path)


def _same(earlier: Waybill, waybill: Waybill) -> bool:
    return earlier.model_copy(update={"created": waybill.created, "digest": ""}) == waybill


def _sealed(root: Path, public: bytes) -> bool:
    try:
        if (root / KEY_FILE).read_bytes() != public:
            return False
        verify(public, (root / WAYBILL).read_bytes(), (root / SEAL).read_bytes(), WAYBILL)
    except (OSError, TrustRefused):
        return False
    return True


def _earlier(root: Path) -> Waybill | None:
    """Return the waybill that lies there; one that cannot be read is as good as none."""
    path = root / WAYBILL
    try:
        if path.is_symlink() or path.stat().st_size > MAX_WAYBILL_BYTES:
            return None
        return parse(path.read_bytes())
    except (OSError, TrustRefused, json.JSONDecodeError):
        return None


def _write_catalogs(shipment: Shipment, writer: CarrierWriter, watch: Watch) -> Iterator[Carried]:
    watch.step("catalogs")
    for mentor, folder in shipment.catalogs.items():
        for path, source in _catalog_files(mentor, folder):
            yield writer.write(source, path, sha256_of(source), watch.moved)


def _write_artifacts(state: State, shipment: Shipment, writer: CarrierWriter, watch: Watch) -> Iterator[Carried]:
    watch.step("artifacts")
    store = Store(state.store)
    for mentor, artifact in shipment.artifacts:
        source = store.ensure(artifact, [shipment.lock.mentors[mentor].url], watch.download)
        yield writer.write(source, artifact_path(artifact.sha256), artifact.sha256, watch.moved)


def _write_packages(
    packages: PackagesFolder, shipment: Shipment, writer: CarrierWriter, now: datetime, watch: Watch
) -> Iterator[Carried]:
    for repository in shipment.repositories:
        platform, folder = repository.platform, packages_path(repository.platform)
        watch.step(f"packages {platform}")
        if repository.apt.missing(repository.packages):
            repository.apt.fetch(repository.wanted)
        for package in repository.packages:
            source = repository.apt.file_of(package)
            yield writer.write(source, f"{folder}/{package.file}", package.sha256, watch.moved)
        index = write_index(packages, platform, repository.archive, repository.packages, now)
        for source in sorted(index.iterdir()):
            yield writer.write(source, f"{folder}/{source.name}", sha256_of(source), watch.moved)
