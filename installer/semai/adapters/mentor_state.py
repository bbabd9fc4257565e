"""What this machine keeps of one mentor, below `<state>/mentors/<id>/`, read without tuf, requests or pydantic.

    anchor.json    the root trusted at first; never changes
    mentor.json    name, addresses, fingerprint of the anchor
    seen.json      the latest signing seen, and when the mentor was last asked
    current        link to trusted/<n>/: metadata/, index.json.gz and trusted.json, which belong together
    lock           held while the mentor is refreshed

A refresh builds a new trusted/<n> and moves the link as its last act: readers need no lock, a crash harms nothing.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import zlib
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

from semai.adapters.files import cannot_write, make_folder, sync_folder, write_atomic
from semai.core.trust import MAX_INDEX_BYTES, check_mentor_id, parse_time, show_time
from semai.errors import InvalidInput, TrustRefused

INDEX = "index.json.gz"
_RECORD = "trusted.json"
_GZIP = 31  # zlib's window bits for gzip, one member
_TRIES = 3

Value = TypeVar("Value")


@dataclass(frozen=True)
class MentorRecord:
    """Whom this machine trusts: `fingerprint` is that of the anchor, 64 hex digits."""

    id: str
    name: str
    urls: tuple[str, ...]
    fingerprint: str
    added: str


@dataclass(frozen=True)
class TrustedRecord:
    """What the last accepted refresh brought; times as "2026-11-21T08:00:00Z".

    `fingerprint` is that of the newest root, `expires` the earliest expiry of the four roles.
    """

    url: str
    root_version: int
    timestamp_version: int
    index_sha256: str
    fingerprint: str
    expires: str
    signed_at: str
    refreshed_at: str
    accepted_stale: str = ""  # "90 days: reason" when expiry was forgiven


@dataclass(frozen=True)
class Seen:
    """The latest signing seen and the last time the mentor was asked with success."""

    signed_at: str
    checked_at: str


class MentorFolder:
    """One mentor's folder; reading needs no lock, writing is done by MentorClient under `lock`."""

    def __init__(self, state_dir: Path, mentor_id: str) -> None:
        self.mentor = check_mentor_id(mentor_id)
        self.path = state_dir / "mentors" / mentor_id
        self.lock = self.path / "lock"
        self.scratch = self.path / "scratch"

    def exists(self) -> bool:
        return (self.path / "anchor.json").is_file()

    def anchor(self) -> bytes:
        """Return the root trusted at first."""
        self._must_exist()
        return self._read(self.path / "anchor.json", bytes)

    def record(self) -> MentorRecord:
        self._must_exist()
        return self._read(self.path / "mentor.json", _mentor_record)

    def trusted(self) -> TrustedRecord | None:
        """Return what the last refresh brought; None before the first."""
        return self._from_current(lambda folder: self._read(folder / _RECORD, _trusted_record))

    def index(self) -> bytes:
        """Return the trusted index, unpacked; raises InvalidInput (`catalog-not-fetched`), TrustRefused."""
        content = self._from_current(self._index_of)
        if content is None:
            raise InvalidInput(
                "catalog-not-fetched",
                "the catalog of mentor {mentor} was never fetched",
                hint="semai catalog update {mentor}",
                mentor=self.mentor,
            )
        return content

    def packed_index(self) -> bytes | None:
        """Return the stored index as it is on disk, unchecked; None when there is none."""
        path = self.current() / INDEX
        return self._read(path, bytes) if path.exists() else None

    def metadata(self) -> Path:
        """Return the folder of the current metadata (which may be empty before the first refresh)."""
        return self.current() / "metadata"

    def current(self) -> Path:
        try:
            return self.path / Path(os.readlink(self.path / "current"))
        except OSError as error:
            raise self._corrupt(self.path / "current") from error

    def signed_at(self) -> datetime | None:
        """Return the latest signing seen: no clock below it is believed."""
        path = self.path / "seen.json"
        return self._read(path, lambda raw: parse_time(_seen(raw).signed_at)) if path.exists() else None

    def checked_at(self) -> str:
        path = self.path / "seen.json"
        return self._read(path, _seen).checked_at if path.exists() else ""

    def create(self, anchor: bytes, record: MentorRecord) -> None:
        """Make the folder of a newly trusted mentor, whole or not at all."""
        staging = self.path.with_name(f".{self.mentor}.{os.getpid()}")
        make_folder(staging.parent)
        try:
            shutil.rmtree(staging, ignore_errors=True)
            (staging / "trusted" / "0" / "metadata").mkdir(parents=True)
            (staging / "current").symlink_to("trusted/0")
            write_atomic(staging / "anchor.json", anchor)
            write_atomic(staging / "mentor.json", _packed(record))
            staging.rename(self.path)
            sync_folder(self.path.parent)
        except OSError as error:
            raise cannot_write(self.path, error) from error
        finally:
            shutil.rmtree(staging, ignore_errors=True)

    def write_record(self, record: MentorRecord) -> None:
        write_atomic(self.path / "mentor.json", _packed(record))

    def write_seen(self, signed_at: datetime, checked_at: datetime) -> None:
        """Raise the clock floor to `signed_at`; it never sinks."""
        seen = self.signed_at()
        latest = signed_at if seen is None else max(signed_at, seen)
        write_atomic(self.path / "seen.json", _packed(Seen(show_time(latest), show_time(checked_at))))

    def begin(self) -> Path:
        """Return a fresh scratch folder holding a copy of the current state."""
        try:
            shutil.rmtree(self.scratch, ignore_errors=True)
            shutil.copytree(self.current(), self.scratch, symlinks=True)
        except OSError as error:
            raise cannot_write(self.scratch, error) from error
        return self.scratch

    def commit(self, record: TrustedRecord | None, packed_index: bytes | None) -> None:
        """Make the scratch folder the current state; None leaves record or index as copied."""
        if packed_index is not None:
            write_atomic(self.scratch / INDEX, packed_index)
        if record is not None:
            write_atomic(self.scratch / _RECORD, _packed(record))
        try:
            self._switch()
        except OSError as error:
            raise cannot_write(self.path, error) from error

    def discard(self) -> None:
        shutil.rmtree(self.scratch, ignore_errors=True)

    def remove(self) -> None:
        """Forget the mentor."""
        gone = self.path.with_name(f".{self.mentor}.{os.getpid()}.gone")
        try:
            self.path.rename(gone)
            shutil.rmtree(gone)
        except OSError as error:
            raise cannot_write(self.path, error) from error

    def _switch(self) -> None:
        previous = self.current()
        following = self.path / "trusted" / str(int(previous.name) + 1)
        shutil.rmtree(following, ignore_errors=True)  # left by a run that was killed before it moved the link
        for path in self.scratch.rglob("*"):
            if path.is_file() and not path.is_symlink():
                with path.open("rb") as file:
                    os.fsync(file.fileno())
        self.scratch.rename(following)
        link = self.path / "current.new"
        link.unlink(missing_ok=True)
        link.symlink_to(f"trusted/{following.name}")
        sync_folder(following.parent)
        link.replace(self.path / "current")
        sync_folder(self.path)
        for old in following.parent.iterdir():
            if old not in (previous, following):  # readers may still be in the previous one
                shutil.rmtree(old, ignore_errors=True)

    def _from_current(self, read: Callable[[Path], Value]) -> Value | None:
        """Read from the current state, again when it was replaced and pruned meanwhile; None before a refresh."""
        self._must_exist()
        for attempt in range(_TRIES):
            folder = self.current()
            if not (folder / _RECORD).exists() and folder.name == self.current().name:
                return None
            try:
                return read(folder)
            except TrustRefused:
                if attempt == _TRIES - 1 or folder.name == self.current().name:
                    raise
        return None

    def _index_of(self, folder: Path) -> bytes:
        expected = self._read(folder / _RECORD, _trusted_record).index_sha256
        packed = self._read(folder / INDEX, bytes)
        if hashlib.sha256(packed).hexdigest() != expected:
            raise TrustRefused(
                "trust-store-corrupt",
                "mentor {mentor}: {file} is missing or damaged",
                hint="semai catalog update {mentor} fetches it again",
                mentor=self.mentor,
                file=folder / INDEX,
            )
        return unpack(packed)

    def _read(self, path: Path, parse: Callable[[bytes], Value]) -> Value:
        try:
            return parse(path.read_bytes())
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise self._corrupt(path) from error

    def _must_exist(self) -> None:
        if not self.exists():
            raise InvalidInput(
                "unknown-mentor",
                "no mentor {mentor} is trusted on this machine",
                hint="semai mentor add {mentor} <address>",
                mentor=self.mentor,
            )

    def _corrupt(self, path: Path) -> TrustRefused:
        return TrustRefused(
            "trust-store-corrupt",
            "mentor {mentor}: {file} is missing or damaged",
            hint="semai mentor remove {mentor}, then add it again with the fingerprint in its letter",
            mentor=self.mentor,
            file=path,
        )


def known_mentors(state_dir: Path) -> list[str]:
    """Return the ids of the mentors trusted on this machine, sorted."""
    folder = state_dir / "mentors"
    if not folder.is_dir():
        return []
    return sorted(path.parent.name for path in folder.glob("[a-z]*/anchor.json"))


def unpack(packed: bytes) -> bytes:
    """Return the unpacked index; raises TrustRefused (`index-too-large`, `index-unreadable`)."""
    reader = zlib.decompressobj(wbits=_GZIP)
    try:
        content = reader.decompress(packed, MAX_INDEX_BYTES + 1)
    except zlib.error as error:
        raise index_unreadable(str(error)) from error
    if len(content) > MAX_INDEX_BYTES:
        raise TrustRefused(
            "index-too-large",
            "{file} unpacks to more than {limit} bytes; reading stopped",
            hint="tell the mentor; this catalog must not be used",
            file=INDEX,
            limit=MAX_INDEX_BYTES,
        )
    if not reader.eof or reader.unused_data:
        raise index_unreadable("not one whole gzip member")
    return content


def index_unreadable(reason: str) -> TrustRefused:
    """Return the error for an index that is signed but cannot be understood."""
    return TrustRefused(
        "index-unreadable",
        "{file} cannot be read: {reason}",
        hint="tell the mentor; or update semai, if the catalog is newer than this program",
        file=INDEX,
        reason=reason,
    )


def _packed(record: MentorRecord | TrustedRecord | Seen) -> bytes:
    return json.dumps({"schema": 1, **asdict(record)}, indent=2, ensure_ascii=False).encode() + b"\n"


def _fields(raw: bytes) -> dict[str, Any]:
    content = json.loads(raw)
    if not isinstance(content, dict) or content.pop("schema", None) != 1:
        raise ValueError("not a record of schema 1")
    return content


def _mentor_record(raw: bytes) -> MentorRecord:
    fields = _fields(raw)
    return MentorRecord(**{**fields, "urls": tuple(fields["urls"])})


def _trusted_record(raw: bytes) -> TrustedRecord:
    return TrustedRecord(**_fields(raw))


def _seen(raw: bytes) -> Seen:
    return Seen(**_fields(raw))
