"""Take a carrier in: verify all of it, then catalogs by the ordinary trust path, files of releases, packages.

Nothing the carrier says is believed before the region's packages key has sealed it: the key is the one known here,
the one in the inventory, or the one whose fingerprint a person gives. Everything is copied beside the state and
checked there first; what is copied well is kept when a run is cut or a file is damaged.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from semai.adapters.apt_repository import KEY, PACKAGES, SIGNED, PackagesFolder, repositories_of, verify
from semai.adapters.apt_repository_vars import PackagesVars, read_vars, write_vars
from semai.adapters.carrier_files import CarrierReader, Moved, incomplete
from semai.adapters.files import cannot_write, make_folder, sha256_of, sync_folder, write_atomic
from semai.adapters.mentor_client import MentorClient
from semai.adapters.mentor_state import known_mentors
from semai.adapters.region_files import RegionFiles
from semai.adapters.state import State
from semai.adapters.store import Store
from semai.core.carrier import KEY_FILE, MAX_WAYBILL_BYTES, SEAL, WAYBILL, Carried, Waybill, parse
from semai.core.openpgp import MAX_KEY_BYTES, fingerprint
from semai.core.region import Selection
from semai.core.trust import Stale, fingerprint_matches, groups, parse_fingerprint, typed_matches
from semai.errors import InvalidInput, OperationFailed, TrustRefused

_SEAL_BYTES = 64 * 1024
_SPARE = 16 * 1024 * 1024


@dataclass(frozen=True)
class ImportRequest:
    """What is asked for: `confirm` shows a fingerprint to a person and returns what was typed from the letter."""

    source: Path
    fingerprint: str | None = None
    confirm: Callable[[str], str] | None = None
    stale: Stale | None = None


@dataclass(frozen=True)
class Imported:
    """What was taken; `passed_over` are catalogs of mentors the region has not selected."""

    waybill: Waybill
    mentors: tuple[str, ...]
    artifacts: int
    platforms: tuple[str, ...]
    passed_over: tuple[str, ...]
    other_lock: bool


@dataclass(frozen=True)
class Arrival:
    """A carrier whose seal holds: what of it is needed here, and how much is to be read."""

    request: ImportRequest
    key: bytes
    waybill: Waybill
    needed: tuple[Carried, ...]
    free: int

    @property
    def size(self) -> int:
        return sum(file.size for file in self.needed)

    def require_space(self, folder: Path) -> None:
        """Raise OperationFailed (`no-space`) when the state's filesystem is too small."""
        if self.size + _SPARE > self.free:
            raise OperationFailed(
                "no-space",
                "{path} has {free} MB free, and {needed} MB are to be written",
                hint="free some disk space, then run this again",
                path=folder,
                free=self.free // 1024**2,
                needed=(self.size + _SPARE) // 1024**2 + 1,
            )


class Incoming:
    """What the state folder keeps of a region's import: files on their way, and catalogs taken from carriers."""

    def __init__(self, state: State, region: str) -> None:
        self.folder = state.folder / "imports" / region
        self.files = self.folder / "incoming"
        self.rehearsal = self.folder / "rehearsal"
        self.last = self.folder / "imported.json"

    def catalog(self, mentor: str) -> Path:
        """Return the folder a mentor's imported catalog stays in, an address like any other."""
        return self.folder / "catalogs" / mentor

    def created(self) -> str:
        """Return when the newest carrier taken so far was written; empty before the first."""
        try:
            return str(json.loads(self.last.read_bytes())["created"])
        except (OSError, ValueError, KeyError, TypeError):
            return ""


def prepare(files: RegionFiles, state: State, request: ImportRequest) -> Arrival:
    """Check whose the carrier is and that its waybill is sealed; reads nothing else of it.

    Raises TrustRefused (`seal-broken`, `waybill-corrupt`, `carrier-of-another-region`, `carrier-older`,
    `packages-key-differs`), InvalidInput (`no-carrier`, `packages-key-unknown`).
    """
    reader = CarrierReader(request.source)
    content, signature = reader.read(WAYBILL, MAX_WAYBILL_BYTES), reader.read(SEAL, _SEAL_BYTES)
    key = _trusted_key(files, PackagesFolder(state.folder, files.name), reader, request)
    verify(key, content, signature, WAYBILL)
    waybill = parse(content)
    incoming = Incoming(state, files.name)
    _check_belongs(files, waybill, fingerprint(key), incoming.created())
    needed = tuple(_needed(files, state, waybill))
    make_folder(state.folder)
    return Arrival(request, key, waybill, needed, shutil.disk_usage(state.folder).free)


def _trusted_key(
    files: RegionFiles, packages: PackagesFolder, reader: CarrierReader, request: ImportRequest
) -> bytes:
    """Return the packages key: known here, in the inventory, or the carrier's when its fingerprint is given."""
    known = packages.trusted_key() or read_vars(files).key.encode()
    given = parse_fingerprint(request.fingerprint) if request.fingerprint else None
    key = known or reader.read(KEY_FILE, MAX_KEY_BYTES)
    found = fingerprint(key)
    if given is not None and not fingerprint_matches(found, given):
        raise _key_differs(found, request.source)
    if not known and given is None:
        if request.confirm is None:
            raise InvalidInput(
                "packages-key-unknown",
                "the packages key of {region} is not known on this machine",
                hint="give the fingerprint that semai export showed: --fingerprint '…', or copy the region's "
                "group_vars/all/packages.yml here",
                region=files.name,
            )
        if not typed_matches(found, request.confirm(found)):
            raise _key_differs(found, request.source)
    return key


def _key_differs(found: str, source: Path) -> TrustRefused:
    return TrustRefused(
        "packages-key-differs",
        "the carrier at {path} is sealed with another key: {found}",
        hint="ask who wrote it for the fingerprint that semai export shows",
        path=source,
        found=groups(found),
    )


def _check_belongs(files: RegionFiles, waybill: Waybill, key: str, latest: str) -> None:
    if (waybill.region, waybill.code) != (files.name, files.load_region().code):
        raise TrustRefused(
            "carrier-of-another-region",
            "this carrier was written for {other} ({kemendagri}), not for {region}",
            hint="choose its region: semai --region {other} import DIR",
            other=waybill.region,
            kemendagri=waybill.code,
            region=files.name,
        )
    if waybill.key != key:
        raise _key_differs(waybill.key, Path(WAYBILL))
    if waybill.created < latest:
        raise TrustRefused(
            "carrier-older",
            "this carrier was written on {created}; one of {latest} was imported already",
            hint="use the newest carrier",
            created=waybill.created,
            latest=latest,
        )


def _needed(files: RegionFiles, state: State, waybill: Waybill) -> Iterator[Carried]:
    """Yield the files to be read: not those of mentors nobody selected, nor what is here already."""
    store, packages = Store(state.store), PackagesFolder(state.folder, files.name)
    selected = files.load_selection().mentors
    for mentor, folder in waybill.catalogs.items():
        if mentor in selected:
            yield from waybill.below(folder)
    yield from (file for file in waybill.artifacts if not store.has(file.sha256))
    for platform, folder in waybill.platforms.items():
        here = packages.repository(platform)
        yield from (file for file in waybill.below(folder) if not _same(here / _name(file), file))


def _name(file: Carried) -> str:
    return file.path.rpartition("/")[2]


def _same(path: Path, file: Carried) -> bool:
    return path.is_file() and path.stat().st_size == file.size and sha256_of(path) == file.sha256


def perform(files: RegionFiles, state: State, arrival: Arrival, now: datetime, moved: Moved) -> Imported:
    """Verify everything, then take it; until then nothing is in use, and nothing but copies was written.

    Raises TrustRefused (`carrier-incomplete`, `seal-broken`, what TUF refuses), OperationFailed (`no-space`, …).
    """
    arrival.require_space(state.folder)
    incoming, waybill = Incoming(state, files.name), arrival.waybill
    packages, selection = PackagesFolder(state.folder, files.name), files.load_selection()
    try:
        _bring(arrival, incoming, moved)
        mentors = tuple(mentor for mentor in waybill.catalogs if mentor in selection.mentors)
        fresh = {mentor: _lay_catalog(incoming, waybill, mentor) for mentor in mentors}
        repositories = [_lay_repository(packages, incoming, arrival, platform) for platform in waybill.platforms]
        _rehearse(state, incoming, fresh, selection, arrival.request.stale, now)
        _take_catalogs(state, incoming, fresh, selection, arrival.request.stale, now)
        taken = _take_artifacts(state, incoming, waybill)
        for folder in repositories:
            _swap(folder, folder.with_name(folder.name.removesuffix(".new")))
    except OSError as error:
        raise cannot_write(incoming.folder, error) from error
    make_folder(packages.folder, 0o700)
    write_atomic(packages.public, arrival.key)
    found = {**read_vars(files).repositories, **repositories_of(state.folder, files.name, waybill.platforms)}
    write_vars(files, PackagesVars(arrival.key.decode(), found))
    write_atomic(incoming.last, json.dumps({"created": waybill.created, "lock": waybill.lock}).encode() + b"\n")
    shutil.rmtree(incoming.files, ignore_errors=True)
    lock = files.load_lock()
    return Imported(
        waybill,
        mentors,
        taken,
        tuple(waybill.platforms),
        tuple(mentor for mentor in waybill.catalogs if mentor not in selection.mentors),
        lock is not None and lock.digest != waybill.lock,
    )


def _bring(arrival: Arrival, incoming: Incoming, moved: Moved) -> None:
    """Copy what is needed to files named by digest; all faults are told at once."""
    make_folder(incoming.files)
    reader, faults = CarrierReader(arrival.request.source), []
    for file in arrival.needed:
        target = incoming.files / file.sha256
        if _same(target, file):
            moved(file.path, file.size)
        elif fault := reader.take(file, target, moved):
            faults.append(fault)
    if faults:
        raise incomplete(faults)


def _lay(
    incoming: Incoming, files: Sequence[Carried], source: str, target: Path, present: Path | None = None
) -> None:
    """Make `target` a folder of exactly these files, by hard links to what was verified."""
    shutil.rmtree(target, ignore_errors=True)
    for file in files:
        place = target / file.path.removeprefix(f"{source}/")
        place.parent.mkdir(parents=True, exist_ok=True)
        staged = incoming.files / file.sha256
        origin = staged if staged.is_file() or present is None else present / place.name
        os.link(origin, place)


def _lay_catalog(incoming: Incoming, waybill: Waybill, mentor: str) -> Path:
    target = incoming.catalog(mentor).with_name(f"{mentor}.new")
    folder = waybill.catalogs[mentor]
    _lay(incoming, waybill.below(folder), folder, target)
    return target


def _lay_repository(packages: PackagesFolder, incoming: Incoming, arrival: Arrival, platform: str) -> Path:
    """Lay out a platform's repository beside the one in use, and check that its own signature is the region's."""
    folder = arrival.waybill.platforms[platform]
    present = packages.repository(platform)
    target = present.with_name(f"{present.name}.new")
    _lay(incoming, arrival.waybill.below(folder), folder, target, present)
    for name in (SIGNED, KEY, PACKAGES):
        if not (target / name).is_file():
            raise TrustRefused(
                "repository-incomplete",
                "the package repository for {platform} lacks {file}",
                hint="write the carrier again: semai export --to DIR",
                platform=platform,
                file=name,
            )
    verify(arrival.key, (target / SIGNED).read_bytes(), None, f"{folder}/{SIGNED}")
    if fingerprint((target / KEY).read_bytes()) != arrival.waybill.key:
        raise _key_differs(fingerprint((target / KEY).read_bytes()), target / KEY)
    return target


def _rehearse(
    state: State,
    incoming: Incoming,
    fresh: dict[str, Path],
    selection: Selection,
    stale: Stale | None,
    now: datetime,
) -> None:
    """Trust the catalogs in a copy of the trust store, so that one that is refused stops all of them."""
    shutil.rmtree(incoming.rehearsal, ignore_errors=True)
    try:
        for mentor, folder in fresh.items():
            if mentor in known_mentors(state.folder):
                copy = incoming.rehearsal / "mentors" / mentor
                shutil.copytree(state.folder / "mentors" / mentor, copy, symlinks=True)
            _trust(incoming.rehearsal, mentor, folder, selection, stale, now)
    finally:
        shutil.rmtree(incoming.rehearsal, ignore_errors=True)


def _take_catalogs(
    state: State,
    incoming: Incoming,
    fresh: dict[str, Path],
    selection: Selection,
    stale: Stale | None,
    now: datetime,
) -> None:
    for mentor, folder in fresh.items():
        place = incoming.catalog(mentor)
        _swap(folder, place)
        _trust(state.folder, mentor, place, selection, stale, now)


def _trust(
    state_dir: Path, mentor: str, folder: Path, selection: Selection, stale: Stale | None, now: datetime
) -> None:
    """Add a mentor not trusted yet by the fingerprint in apps.yml, and refresh it from `folder`."""
    client, asked = MentorClient(state_dir, mentor), selection.mentors[mentor]
    here = folder.absolute().as_uri()
    if mentor not in known_mentors(state_dir):
        client.add([here, asked.url], asked.fingerprint, None, now)
    elif not client.knows(asked.fingerprint):
        raise TrustRefused(
            "mentor-differs",
            "apps.yml trusts mentor {mentor} by another fingerprint than this machine does",
            hint="semai mentor verify {mentor}; if this machine is wrong: semai mentor remove {mentor}",
            details=(f"apps.yml: {asked.fingerprint}", f"{mentor}: {client.fingerprint}"),
            mentor=mentor,
        )
    client.refresh(now, stale, only=[here])


def _take_artifacts(state: State, incoming: Incoming, waybill: Waybill) -> int:
    store, taken = Store(state.store), 0
    for file in waybill.artifacts:
        staged = incoming.files / file.sha256
        if store.has(file.sha256):
            continue
        if store.add_file(staged) != file.sha256:
            raise OperationFailed(
                "source-damaged",
                "{path} is damaged",
                hint="delete that file and run this again; then check the disk",
                path=staged,
            )
        staged.unlink()
        taken += 1
    return taken


def _swap(fresh: Path, place: Path) -> None:
    """Put a folder in the place of another."""
    old = place.with_name(f"{place.name}.old")
    shutil.rmtree(old, ignore_errors=True)
    if place.exists():
        place.rename(old)
    fresh.rename(place)
    sync_folder(place.parent)
    shutil.rmtree(old, ignore_errors=True)
