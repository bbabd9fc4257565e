"""TUF metadata of one mentor, read and judged by python-tuf; its errors become semai's, each with one stable code.

Rules added to python-tuf's: the stored anchor always starts the client, expiry is judged by the time given (see
core/trust), no key may stand twice in a root, the index has a sha256. Writes only into the folder it is given.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from tuf.api import exceptions
from tuf.api.metadata import Metadata, Root, Signed, Snapshot, TargetFile, Targets, Timestamp
from tuf.api.serialization import DeserializationError, SerializationError
from tuf.ngclient import FetcherInterface, Updater

from semai.adapters.failures import OLDER
from semai.adapters.fetch import Fetcher, NotThere, captive_portal, too_long
from semai.adapters.files import cannot_write
from semai.core.trust import INDEX_TARGET, SIGNED_AT, check_distinct_keys, fingerprint_of, show_time, signed_at
from semai.errors import NetworkFailed, SemaiError, TrustRefused
from semai.messages import N_

MAX_ROOT_BYTES = 512_000
MAX_ROOTS = 256
_LAST_NUMBER = re.compile(r"(\d+)$")  # python-tuf gives the limit in its message only
_ROLE_IN_MESSAGE = re.compile(r"\b(root|timestamp|snapshot|targets)\b")


@dataclass(frozen=True)
class RootChain:
    """The newest root an address offers, and the fingerprints of all roots that lead to it, oldest first."""

    newest: bytes
    version: int
    fingerprints: tuple[str, ...]


@dataclass(frozen=True)
class Verified:
    """What the signatures say about the current catalog; `expires` is the earliest expiry of the four roles."""

    root_version: int
    timestamp_version: int
    fingerprint: str
    signed_at: datetime
    expires: datetime
    index_sha256: str
    index_size: int


class Source(FetcherInterface):
    """Metadata files below an address within one deadline; remembers the last one, to say which file failed."""

    def __init__(self, fetcher: Fetcher, base: str) -> None:
        self.base = base
        self.file = "metadata/"
        self.content = bytearray()
        self._fetcher = fetcher
        self._deadline = time.monotonic() + fetcher.patience.total

    def read(self, name: str, limit: int) -> bytes:
        """Return one file; raises NotThere, NetworkFailed, TrustRefused."""
        received = bytearray()
        for content in self._fetch(name, missing=NotThere):
            received += content
            if len(received) > limit:
                raise too_long(name, limit)
        return bytes(received)

    def _fetch(self, url: str, missing: type[Exception] = exceptions.DownloadHTTPError) -> Iterator[bytes]:
        self.file, self.content = url, bytearray()
        left = max(0.01, self._deadline - time.monotonic())
        try:
            with closing(self._fetcher.pieces(self.base, url, seconds=left)) as pieces:
                for piece in pieces:
                    self.content += piece.content
                    yield piece.content
        except NotThere as error:
            if missing is NotThere:
                raise
            raise exceptions.DownloadHTTPError(str(error), error.status) from error


def read_roots(mentor: str, source: Source) -> RootChain:
    """Follow the roots an address offers from the first to the newest, each signed by the one before and itself.

    Raises NetworkFailed (`catalog-missing`, …) or TrustRefused (`metadata-signature`, `root-keys-repeated`, …).
    """
    chain: list[str] = []
    content, root = b"", None
    try:
        for version in range(1, MAX_ROOTS + 1):
            try:
                offered = source.read(f"metadata/{version}.root.json", MAX_ROOT_BYTES)
            except NotThere:
                break
            content, root = offered, _next_root(offered, root, version)
            chain.append(_root_fingerprint(mentor, root))
    except exceptions.RepositoryError as error:
        raise _refusal(mentor, source, error, None, None) from error
    if not chain:
        raise _missing(source)
    return RootChain(content, len(chain), tuple(chain))


def refresh(mentor: str, source: Source, folder: Path, anchor: bytes, at: datetime) -> Verified:
    """Bring the metadata in `folder` up to what `source` offers, judged at the moment `at`.

    Raises NetworkFailed or TrustRefused (`catalog-older`, `catalog-expired`, `metadata-…`, `index-…`); `folder` may
    then hold some of the newer files, each of which was verified.
    """
    updater = None
    try:
        updater = Updater(str(folder), "metadata/", fetcher=source, bootstrap=anchor)
        trusted = updater._trusted_set  # python-tuf has no public way to set the time; guarded by a test
        trusted.reference_time = at
        updater.refresh()
        index = updater.get_targetinfo(INDEX_TARGET)
    except (exceptions.RepositoryError, exceptions.DownloadError) as error:
        raise _refusal(mentor, source, error, updater, folder) from error
    except OSError as error:
        raise cannot_write(folder, error) from error
    roles: list[Signed] = [trusted.root, trusted.timestamp, trusted.snapshot, trusted.targets]
    fingerprint = _root_fingerprint(mentor, trusted.root)
    digest, size = _index_digest(index)
    return Verified(
        root_version=trusted.root.version,
        timestamp_version=trusted.timestamp.version,
        fingerprint=fingerprint,
        signed_at=_signed_at(trusted.timestamp, min(role.expires for role in roles)),
        expires=min(role.expires for role in roles),
        index_sha256=digest,
        index_size=size,
    )


def check_stored(mentor: str, folder: Path, anchor: bytes, signed_by: int | None) -> tuple[str, ...]:
    """Check the signatures of everything stored, without network and whatever its age.

    `signed_by` is the version of the root that the stored catalog was accepted under; None when there is none yet.
    Returns the fingerprints of the roots from the anchor to the newest. Raises TrustRefused.
    """
    try:
        root = _next_root(anchor, None, None)
        roots = {root.version: root}
        while (path := folder / "root_history" / f"{root.version + 1}.root.json").exists():
            root = _next_root(path.read_bytes(), root, root.version + 1)
            roots[root.version] = root
        if signed_by is not None:
            _check_roles(roots[signed_by], folder)
    except (exceptions.RepositoryError, OSError, KeyError) as error:
        raise TrustRefused(
            "trust-store-corrupt",
            "mentor {mentor}: {file} is missing or damaged",
            hint="semai mentor remove {mentor}, then add it again with the fingerprint in its letter",
            details=(" ".join(str(error).split())[:300],),
            mentor=mentor,
            file=folder,
        ) from error
    return tuple(_root_fingerprint(mentor, root) for root in roots.values())


def _check_roles(root: Root, folder: Path) -> None:
    timestamp = Metadata[Timestamp].from_bytes((folder / "timestamp.json").read_bytes())
    root.verify_delegate(Timestamp.type, timestamp.signed_bytes, timestamp.signatures)
    content = (folder / "snapshot.json").read_bytes()
    timestamp.signed.snapshot_meta.verify_length_and_hashes(content)
    snapshot = Metadata[Snapshot].from_bytes(content)
    root.verify_delegate(Snapshot.type, snapshot.signed_bytes, snapshot.signatures)
    content = (folder / "targets.json").read_bytes()
    snapshot.signed.meta["targets.json"].verify_length_and_hashes(content)
    targets = Metadata[Targets].from_bytes(content)
    root.verify_delegate(Targets.type, targets.signed_bytes, targets.signatures)


def _next_root(content: bytes, previous: Root | None, version: int | None) -> Root:
    metadata = Metadata[Root].from_bytes(content)
    root = metadata.signed
    if not isinstance(root, Root):
        raise exceptions.RepositoryError(f"expected root, got {metadata.signed.type}")
    if version is not None and root.version != version:
        raise exceptions.BadVersionNumberError(f"expected root version {version}, got {root.version}")
    for verifier in (root, previous):
        if verifier is not None:
            verifier.verify_delegate(Root.type, metadata.signed_bytes, metadata.signatures)
    return root


def _root_fingerprint(mentor: str, root: Root) -> str:
    role = root.roles[Root.type]
    keys = [root.get_key(keyid) for keyid in role.keyids]
    material = [(key.keytype, key.scheme, str(key.keyval.get("public", ""))) for key in keys]
    check_distinct_keys(mentor, material)
    return fingerprint_of(role.threshold, material)


def _signed_at(timestamp: Timestamp, earliest_expiry: datetime) -> datetime:
    """Return when the catalog was signed; a time after any role's expiry would lock this machine out for good."""
    try:
        moment = signed_at(timestamp.unrecognized_fields.get(SIGNED_AT), timestamp.expires)
        if moment > earliest_expiry and SIGNED_AT in timestamp.unrecognized_fields:
            raise ValueError(f"{SIGNED_AT} lies after the earliest expiry {show_time(earliest_expiry)}")
    except ValueError as error:
        raise TrustRefused(
            "metadata-unreadable",
            "{file} cannot be read: {reason}",
            hint="tell the mentor; this catalog must not be used",
            file="metadata/timestamp.json",
            reason=str(error),
        ) from error
    return min(moment, earliest_expiry)


def _index_digest(index: TargetFile | None) -> tuple[str, int]:
    if index is None or "sha256" not in index.hashes:
        raise TrustRefused(
            "index-missing",
            "{file} does not name {index} with a sha256",
            hint="tell the mentor: the catalog was signed without its index",
            file="metadata/targets.json",
            index=INDEX_TARGET,
        )
    return index.hashes["sha256"], index.length


def _missing(source: Source) -> NetworkFailed:
    return NetworkFailed(
        "catalog-missing",
        "{file} is not at {url}: no catalog there, or an incomplete copy",
        hint="check the address in the mentor's letter; a copy on a USB stick must be complete",
        file=source.file,
        url=source.base,
    )


def _refusal(
    mentor: str, source: Source, error: Exception, updater: Updater | None, folder: Path | None
) -> SemaiError:
    """Return semai's error for what python-tuf found wrong with the last file read."""
    if isinstance(error, exceptions.DownloadHTTPError):
        return _missing(source)
    if isinstance(error, exceptions.DownloadLengthMismatchError):
        limit = _LAST_NUMBER.search(str(error))
        return too_long(source.file, int(limit[1]) if limit else len(source.content))
    if isinstance(error, exceptions.ExpiredMetadataError) and updater is not None:
        return _expired(mentor, source, str(error), updater)
    if isinstance(error, (DeserializationError, SerializationError)):
        if bytes(source.content[:200]).lstrip().startswith(b"<"):
            return captive_portal(f"{source.base}/{source.file}")
        return _refused("metadata-unreadable", mentor, source, error)
    if isinstance(error, exceptions.UnsignedMetadataError):
        return _refused("metadata-signature", mentor, source, error)
    if isinstance(error, exceptions.LengthOrHashMismatchError):
        return _refused("metadata-mixed", mentor, source, error)
    if isinstance(error, exceptions.BadVersionNumberError):
        return _version_refusal(mentor, source, error, folder)
    return _refused("metadata-refused", mentor, source, error)


def _refused(code: str, mentor: str, source: Source, error: Exception) -> TrustRefused:
    messages = {
        "metadata-unreadable": N_("mentor {mentor}: {file} at {url} is no TUF metadata: {reason}"),
        "metadata-signature": N_("mentor {mentor}: {file} at {url} is not signed by the keys you trust: {reason}"),
        "metadata-mixed": N_(
            "mentor {mentor}: {file} at {url} does not belong to the files that name it: {reason}"
        ),
        "metadata-refused": N_("mentor {mentor}: {file} at {url} is refused: {reason}"),
        "catalog-rolled-back": N_("mentor {mentor}: {file} at {url} would bring back an older state: {reason}"),
        OLDER: N_("mentor {mentor}: {file} at {url} is older than what you trust already: {reason}"),
    }
    hints = {
        OLDER: N_("use a newer copy of the catalog; if this is the mentor's own address, ask the mentor why"),
        "catalog-rolled-back": N_("do not use this copy; tell the mentor that its publishing key may be stolen"),
    }
    return TrustRefused(
        code,
        messages[code],
        hint=hints.get(code, N_("do not use this copy; try another address of the mentor, or ask the mentor")),
        mentor=mentor,
        file=source.file,
        url=source.base,
        reason=" ".join(str(error).split())[:200] or type(error).__name__,
    )


def _version_refusal(mentor: str, source: Source, error: Exception, folder: Path | None) -> TrustRefused:
    """Tell an address that lags (older timestamp) from one that offers an older state under a newer one."""
    if folder is not None and source.file == "metadata/timestamp.json":
        lags = _version_in(bytes(source.content)) < _version_in((folder / "timestamp.json").read_bytes())
        return _refused(OLDER if lags else "catalog-rolled-back", mentor, source, error)
    rolled_back = source.file.endswith(".snapshot.json") and "targets.json version" in str(error)
    return _refused("catalog-rolled-back" if rolled_back else "metadata-mixed", mentor, source, error)


def _version_in(content: bytes) -> int:
    """Return the version of metadata that python-tuf has parsed already."""
    return int(json.loads(content)["signed"]["version"])


def _expired(mentor: str, source: Source, message: str, updater: Updater) -> TrustRefused:
    match = _ROLE_IN_MESSAGE.search(message)
    role = match[1] if match else Timestamp.type
    trusted = updater._trusted_set
    if role in (Root.type, Timestamp.type, Snapshot.type):
        expires = trusted[role].expires
    else:
        expires = Metadata[Targets].from_bytes(bytes(source.content)).signed.expires
    return TrustRefused(
        "catalog-expired",
        "mentor {mentor}: {file} at {url} expired on {expired} (judged by {judged})",
        hint="check this machine's clock; else get a newer copy, or accept it knowingly: "
        "semai catalog update {mentor} --accept-stale 90d --reason '…'",
        mentor=mentor,
        file=f"metadata/{role}.json",
        url=source.base,
        expired=show_time(expires),
        judged=show_time(trusted.reference_time),
    )
