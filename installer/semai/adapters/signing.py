"""The mentor's side of TUF: the root, and the publishing of an index into a folder of static files.

Order of writing: artifacts, index, roots, targets, snapshot, mentor.json, and the timestamp last, each whole or not
at all; a reader who comes in between sees the state before. What is published is verified with our own root before
anything is signed, so a folder that someone else changed is never signed over. Rotation of keys is not done here.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TypeVar

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from securesystemslib.signer import CryptoSigner  # type: ignore[attr-defined]  # public, but not re-exported for mypy
from tuf.api.exceptions import RepositoryError
from tuf.api.metadata import Metadata, MetaFile, Root, Signed, Snapshot, TargetFile, Targets, Timestamp
from tuf.api.serialization import DeserializationError

from semai.adapters.files import make_folder, write_atomic
from semai.core.trust import (
    INDEX_TARGET,
    ROOT_VALIDITY,
    SIGNED_AT,
    SIGNING_VALIDITY,
    WARN_BEFORE_EXPIRY,
    fingerprint_of,
    show_time,
)
from semai.errors import TrustRefused

THRESHOLD = 2
KEPT = 20  # old targets, snapshots and indexes that stay
_ROOT_FILE = re.compile(r"([1-9][0-9]{0,5})\.root\.json")

S = TypeVar("S", Timestamp, Snapshot, Targets)


@dataclass(frozen=True)
class Roots:
    """The mentor's roots, oldest first; the newest says whose signatures count."""

    contents: tuple[bytes, ...]
    newest: Root

    @property
    def fingerprint(self) -> str:
        """Return the fingerprint of the newest root, 64 hex digits."""
        return root_fingerprint(self.newest)


@dataclass(frozen=True)
class Published:
    """The signed state of a web root, verified."""

    timestamp: Timestamp
    snapshot: Snapshot
    targets: Targets
    packed_index: bytes

    @property
    def index_sha256(self) -> str:
        return str(self.targets.targets[INDEX_TARGET].hashes["sha256"])


@dataclass(frozen=True)
class Signing:
    """What a signing did: the roles that have a new version, which is empty when nothing had to be signed."""

    roles: tuple[str, ...]
    timestamp_version: int
    expires: datetime


def new_root(root_keys: Sequence[Ed25519PrivateKey], publish_key: Ed25519PrivateKey, now: datetime) -> bytes:
    """Return root version 1: two of `root_keys` sign for it, one key for all other roles."""
    root = Root(version=1, expires=now.replace(microsecond=0) + ROOT_VALIDITY, consistent_snapshot=True)
    signers = [CryptoSigner(key) for key in root_keys]
    for signer in signers:
        root.add_key(signer.public_key, Root.type)
    for role in (Timestamp.type, Snapshot.type, Targets.type):
        root.add_key(CryptoSigner(publish_key).public_key, role)
    root.roles[Root.type].threshold = THRESHOLD
    metadata = Metadata(root)
    for signer in signers:
        metadata.sign(signer, append=True)
    return metadata.to_bytes()


def root_fingerprint(root: Root) -> str:
    """Return the fingerprint over key material and threshold."""
    role = root.roles[Root.type]
    keys = [root.get_key(keyid) for keyid in role.keyids]
    return fingerprint_of(role.threshold, [(k.keytype, k.scheme, str(k.keyval["public"])) for k in keys])


def read_roots(folder: Path) -> Roots:
    """Read N.root.json of a folder, each signed by the one before and itself.

    Raises TrustRefused (`root-missing`, `published-untrusted`).
    """
    found = {
        int(match[1]): path for path in folder.glob("*.root.json") if (match := _ROOT_FILE.fullmatch(path.name))
    }
    contents: list[bytes] = []
    newest: Root | None = None
    for version in sorted(found):
        content = found[version].read_bytes()
        try:
            metadata = Metadata[Root].from_bytes(content)
            if version != len(contents) + 1 or metadata.signed.version != version:
                raise RepositoryError(f"version {version} does not follow {len(contents)}")
            for verifier in filter(None, (metadata.signed, newest)):
                verifier.verify_delegate(Root.type, metadata.signed_bytes, metadata.signatures)
        except (RepositoryError, DeserializationError) as error:
            raise _untrusted(found[version], error) from error
        contents.append(content)
        newest = metadata.signed
    if newest is None:
        raise TrustRefused(
            "root-missing",
            "no root.json in {folder}",
            hint="name the right folder; keys are made with: semai publish init-keys",
            folder=folder,
        )
    return Roots(tuple(contents), newest)


def read_published(web_root: Path, root: Root) -> Published | None:
    """Return what is published, verified with `root`; None when nothing is. Raises TrustRefused."""
    metadata = web_root / "metadata"
    if not (metadata / "timestamp.json").exists():
        return None
    timestamp = _read(metadata / "timestamp.json", Timestamp, root)
    snapshot = _read(metadata / f"{timestamp.snapshot_meta.version}.snapshot.json", Snapshot, root)
    targets = _read(metadata / f"{snapshot.meta['targets.json'].version}.targets.json", Targets, root)
    target = targets.targets.get(INDEX_TARGET)
    path = web_root / "targets" / f"{target.hashes['sha256'] if target else ''}.{INDEX_TARGET}"
    try:
        if target is None:
            raise RepositoryError(f"no {INDEX_TARGET}")
        packed = path.read_bytes()
        target.verify_length_and_hashes(packed)
    except (RepositoryError, OSError) as error:
        raise _untrusted(path, error) from error
    return Published(timestamp, snapshot, targets, packed)


def sign_index(
    web_root: Path,
    roots: Roots,
    published: Published | None,
    packed: bytes,
    publish_key: Ed25519PrivateKey,
    now: datetime,
    *,
    hint: bytes,
    refresh: bool = False,
) -> Signing:
    """Publish `packed` as the index; with `refresh`, or close to expiry, sign again what did not change.

    `hint` is the content of mentor.json. The artifacts must be there already.
    Raises TrustRefused (`key-not-listed`), OperationFailed.
    """
    signer = _signer(publish_key, roots.newest)
    writer = _Writer(web_root, signer, now.replace(microsecond=0))
    make_folder(web_root / "metadata")
    make_folder(web_root / "targets")
    for version, content in enumerate(roots.contents, 1):
        writer.put(f"metadata/{version}.root.json", content)
    target = TargetFile.from_data(INDEX_TARGET, packed, ["sha256"])
    changed = published is None or target.hashes != published.targets.targets[INDEX_TARGET].hashes
    if changed:
        writer.put(f"targets/{target.hashes['sha256']}.{INDEX_TARGET}", packed)
    if changed or (published is not None and _near(published.targets, now)):
        writer.sign_targets(target, published)
    if writer.roles or (published is not None and _near(published.snapshot, now)):
        writer.sign_snapshot(published)
    writer.put("mentor.json", hint)
    if writer.roles or refresh or (published is not None and _near(published.timestamp, now)):
        writer.sign_timestamp(published)
    timestamp = writer.timestamp or (published.timestamp if published else None)
    assert timestamp is not None  # without a published one, everything was signed just now
    return Signing(tuple(writer.roles), timestamp.version, timestamp.expires)


def collect_garbage(web_root: Path, published: Published) -> list[str]:
    """Remove all but the last 20 targets, snapshots and the indexes they name; return the removed names."""
    removed = []
    metadata = web_root / "metadata"
    for role, newest in ((Snapshot.type, published.snapshot.version), (Targets.type, published.targets.version)):
        for path in sorted(metadata.glob(f"*.{role}.json")):
            version = path.name.split(".")[0]
            if version.isdecimal() and int(version) <= newest - KEPT:
                path.unlink()
                removed.append(path.name)
    named = {published.index_sha256}
    for path in metadata.glob(f"*.{Targets.type}.json"):
        target = Metadata[Targets].from_file(str(path)).signed.targets.get(INDEX_TARGET)
        named.add(str(target.hashes["sha256"]) if target else "")
    for path in sorted((web_root / "targets").glob(f"*.{INDEX_TARGET}")):
        if path.name.split(".")[0] not in named:
            path.unlink()
            removed.append(path.name)
    return removed


def role_expiries(roots: Roots, published: Published | None) -> dict[str, datetime]:
    """Return when each role's signature ends."""
    signed: Iterable[Signed] = (published.targets, published.snapshot, published.timestamp) if published else ()
    return {role.type: role.expires for role in (roots.newest, *signed)}


def is_near(expires: datetime, now: datetime) -> bool:
    """Tell whether an expiry is close enough to warn and to sign again."""
    return expires - now < WARN_BEFORE_EXPIRY


class _Writer:
    """Signs the next version of each role and writes it; remembers what the role after it must name."""

    def __init__(self, web_root: Path, signer: CryptoSigner, now: datetime) -> None:
        self.roles: list[str] = []
        self.timestamp: Timestamp | None = None
        self._web_root = web_root
        self._signer = signer
        self._now = now
        self._contents: dict[str, tuple[int, bytes]] = {}

    def put(self, name: str, content: bytes) -> None:
        path = self._web_root / name
        if not path.exists() or path.read_bytes() != content:
            write_atomic(path, content)

    def sign_targets(self, target: TargetFile, published: Published | None) -> None:
        version = published.targets.version + 1 if published else 1
        self._sign(Targets(version=version, expires=self._expiry(), targets={INDEX_TARGET: target}), versioned=True)

    def sign_snapshot(self, published: Published | None) -> None:
        if Targets.type in self._contents:
            meta = MetaFile.from_data(*self._contents[Targets.type], ["sha256"])
        else:
            assert published is not None
            meta = published.snapshot.meta["targets.json"]
        version = published.snapshot.version + 1 if published else 1
        snapshot = Snapshot(version=version, expires=self._expiry(), meta={"targets.json": meta})
        self._sign(snapshot, versioned=True)

    def sign_timestamp(self, published: Published | None) -> None:
        if Snapshot.type in self._contents:
            meta = MetaFile.from_data(*self._contents[Snapshot.type], ["sha256"])
        else:
            assert published is not None
            meta = published.timestamp.snapshot_meta
        self.timestamp = Timestamp(
            version=published.timestamp.version + 1 if published else 1,
            expires=self._expiry(),
            snapshot_meta=meta,
            unrecognized_fields={SIGNED_AT: show_time(self._now)},
        )
        self._sign(self.timestamp, versioned=False)

    def _expiry(self) -> datetime:
        return self._now + SIGNING_VALIDITY

    def _sign(self, signed: S, *, versioned: bool) -> None:
        metadata: Metadata[S] = Metadata(signed)
        metadata.sign(self._signer)
        content = metadata.to_bytes()
        prefix = f"{signed.version}." if versioned else ""
        write_atomic(self._web_root / "metadata" / f"{prefix}{signed.type}.json", content)
        self._contents[signed.type] = (signed.version, content)
        self.roles.append(signed.type)


def hint_for(mentor: str, name: str, urls: Sequence[str], fingerprint: str) -> bytes:
    """Return mentor.json: an unsigned courtesy for people who look at the folder."""
    hint = {"id": mentor, "name": name, "urls": list(urls), "fingerprint": fingerprint}
    return json.dumps(hint, indent=2, ensure_ascii=False).encode() + b"\n"


def _near(signed: Signed, now: datetime) -> bool:
    return is_near(signed.expires, now)


def _signer(key: Ed25519PrivateKey, root: Root) -> CryptoSigner:
    signer = CryptoSigner(key)
    for role in (Timestamp.type, Snapshot.type, Targets.type):
        listed = [root.get_key(keyid).keyval for keyid in root.roles[role].keyids]
        if signer.public_key.keyval not in listed:
            raise TrustRefused(
                "key-not-listed",
                "the publish key is not one that the root trusts for {role}",
                hint="use the keys that belong together, from one folder",
                role=role,
            )
    return signer


def _read(path: Path, kind: type[S], root: Root) -> S:
    try:
        metadata = Metadata[S].from_bytes(path.read_bytes())
        if not isinstance(metadata.signed, kind):
            raise RepositoryError(f"expected {kind.type}, got {metadata.signed.type}")
        root.verify_delegate(kind.type, metadata.signed_bytes, metadata.signatures)
        return metadata.signed
    except (RepositoryError, DeserializationError, OSError) as error:
        raise _untrusted(path, error) from error


def _untrusted(path: Path, error: Exception) -> TrustRefused:
    return TrustRefused(
        "published-untrusted",
        "{file} is not signed by these keys, or is damaged: {reason}",
        hint="use the keys this folder was published with; if it was changed, restore it from a copy",
        file=path,
        reason=" ".join(str(error).split())[:200] or type(error).__name__,
    )
