"""`semai publish sign`: put what was built into the published folder and sign the index."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from semai.adapters.building import copy_into
from semai.adapters.files import cannot_write, make_folder
from semai.adapters.keys import PUBLISH_KEY, read_key
from semai.adapters.locking import locked
from semai.adapters.mentor_state import unpack
from semai.adapters.signing import Signing, collect_garbage, hint_for, read_published, read_roots, sign_index
from semai.adapters.store import Store
from semai.core.catalog import Artifact, Index
from semai.core.publishing import BuiltCatalog, join, pack
from semai.errors import InvalidInput, TrustRefused
from semai.operations.publish_build import built_path


@dataclass(frozen=True)
class Signed:
    """What changed in the published folder; `signing.roles` is empty when nothing did."""

    signing: Signing
    fingerprint: str
    index_sha256: str
    new_releases: tuple[str, ...]
    new_files: int
    removed: tuple[str, ...]
    index_changed: bool


def sign(
    build_folder: Path,
    mentor: str,
    web_root: Path,
    keys: Path,
    passphrase: Callable[[str], str],
    now: datetime,
    *,
    refresh: bool = False,
) -> Signed:
    """Publish the built catalog of `mentor` into `web_root`.

    Raises InvalidInput (`nothing-built`, `keys-published`, `release-changed`, …), TrustRefused, Locked; then
    nothing was signed, and files that were added are named by no index.
    """
    built = _read_built(built_path(build_folder, mentor))
    _refuse_published_keys(web_root, keys)
    roots = read_roots(keys)
    with locked(build_folder / ".sign.lock", "semai publish sign"):
        published = read_published(web_root, roots.newest)
        before = read_index(published.packed_index) if published else None
        index = join(built, before)
        packed = pack(index)
        key = read_key(keys, PUBLISH_KEY, passphrase(PUBLISH_KEY))
        new_files = _place(index, Store(build_folder / "files"), web_root)
        hint = hint_for(index.mentor, index.name, built.urls, roots.fingerprint)
        signing = sign_index(web_root, roots, published, packed, key, now, hint=hint, refresh=refresh)
        current = read_published(web_root, roots.newest)
        assert current is not None
        removed = collect_garbage(web_root, current)
    known = releases_of(before) if before else set()
    return Signed(
        signing=signing,
        fingerprint=roots.fingerprint,
        index_sha256=current.index_sha256,
        new_releases=tuple(sorted(releases_of(index) - known)),
        new_files=new_files,
        removed=tuple(removed),
        index_changed=published is None or current.index_sha256 != published.index_sha256,
    )


def read_index(packed: bytes) -> Index:
    """Read our own published index strictly; raises TrustRefused (`index-newer`)."""
    try:
        return Index.model_validate_json(unpack(packed), extra="forbid")
    except ValueError as error:
        raise TrustRefused(
            "index-newer",
            "the published index has content this semai does not know, which signing again would lose",
            hint="update semai to the version that published last",
            details=[str(error).splitlines()[0]],
        ) from error


def releases_of(index: Index) -> set[str]:
    """Return every release as `e-planning 2026.11.0`."""
    return {f"{app.page.id} {release.manifest.version}" for app in index.apps for release in app.releases}


def _read_built(path: Path) -> BuiltCatalog:
    try:
        return BuiltCatalog.model_validate_json(path.read_bytes())
    except FileNotFoundError as error:
        raise InvalidInput(
            "nothing-built", "nothing is built at {path}", hint="semai publish build", path=path
        ) from error
    except ValueError as error:
        raise InvalidInput(
            "built-unreadable", "{path} cannot be read", hint="semai publish build", path=path
        ) from error


def _refuse_published_keys(web_root: Path, keys: Path) -> None:
    if keys.resolve().is_relative_to(web_root.resolve()):
        raise InvalidInput(
            "keys-published",
            "the keys in {keys} would be published with {folder}",
            hint="move the keys out of the published folder; if it was ever public, make new keys",
            keys=keys,
            folder=web_root,
        )


def _place(index: Index, store: Store, web_root: Path) -> int:
    """Put the files of all releases in place; return how many were missing."""
    artifacts = {a.name: a for app in index.apps for release in app.releases for a in release.artifacts}
    make_folder(web_root / "targets")
    return sum(
        _placed(artifact, store, web_root / "targets" / name) for name, artifact in sorted(artifacts.items())
    )


def _placed(artifact: Artifact, store: Store, path: Path) -> bool:
    if path.is_file() and path.stat().st_size == artifact.size:
        return False
    if not store.has(artifact.sha256):
        raise InvalidInput(
            "file-not-built",
            "{file} is neither published nor built",
            hint="semai publish build, or restore the published folder from a copy",
            file=artifact.name,
        )
    store.verify(artifact.sha256)
    try:
        return copy_into(store, artifact.sha256, path)
    except OSError as error:
        raise cannot_write(path, error) from error
