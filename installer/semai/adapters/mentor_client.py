"""The adopter's side of one mentor: first trust, refresh over several addresses, the trusted index on disk.

A refresh works on a copy and takes its place only when every signature, date, digest and name holds; a refused one
leaves all files as they were, except that a newer root signed by the trusted one is kept, so that a revoked key
stays revoked.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from semai.adapters.failures import situated, worst
from semai.adapters.fetch import Fetcher, NotThere, Patience, check_url
from semai.adapters.locking import locked
from semai.adapters.mentor_state import INDEX, MentorFolder, MentorRecord, TrustedRecord, unpack
from semai.adapters.signed_metadata import RootChain, Source, Verified, check_stored, read_roots, refresh
from semai.adapters.trusted_index import parse_index
from semai.core.catalog import Index
from semai.core.listing import plain
from semai.core.trust import (
    MAX_INDEX_BYTES,
    Stale,
    fingerprint_differs,
    fingerprint_matches,
    fingerprint_needed,
    key_differs,
    other_mentor,
    parse_fingerprint,
    show_time,
    time_to_judge_by,
    typed_matches,
)
from semai.errors import NetworkFailed, SemaiError, TrustRefused

_HINT_BYTES = 64 * 1024
_NAME_LENGTH = 80
_BUSY_SECONDS = 15.0
_NOTHING = timedelta(0)


@dataclass(frozen=True)
class Offer:
    """What an address claims to be, before it is trusted; `name` comes from an unsigned file."""

    mentor: str
    name: str
    url: str
    fingerprint: str


@dataclass(frozen=True)
class Added:
    """The mentor as recorded; `new` is false when only its addresses changed."""

    record: MentorRecord
    new: bool


@dataclass(frozen=True)
class Refreshed:
    """A trusted catalog; `passed_over` are the addresses that failed before one served it."""

    index: Index
    root_version: int
    timestamp_version: int
    index_sha256: str
    expires: datetime
    fingerprint: str
    url: str
    changed: bool
    passed_over: tuple[SemaiError, ...] = ()


@dataclass(frozen=True)
class Verification:
    """What `verify` found intact: the fingerprint of the newest root and what was trusted last."""

    record: MentorRecord
    fingerprint: str
    trusted: TrustedRecord | None


class MentorClient:
    """Trusts, refreshes and reads one mentor; `patience` bounds each address's whole refresh."""

    def __init__(self, state_dir: Path, mentor_id: str, patience: Patience | None = None) -> None:
        self.folder = MentorFolder(state_dir, mentor_id)
        self.mentor = mentor_id
        self._patience = patience

    @property
    def fingerprint(self) -> str:
        """Return the fingerprint of the newest trusted root, 64 hex digits."""
        trusted = self.folder.trusted()
        return trusted.fingerprint if trusted else self.folder.record().fingerprint

    @property
    def urls(self) -> tuple[str, ...]:
        """Return the mentor's addresses in the order they are tried; `Store.ensure` takes them as sources."""
        return self.folder.record().urls

    def knows(self, fingerprint: str) -> bool:
        """Tell whether a fingerprint written down earlier is of the anchor or of a root that followed it."""
        given = parse_fingerprint(fingerprint)
        roots = self._stored_roots(self.folder.trusted())
        return any(fingerprint_matches(root, given) for root in roots)

    def load(self) -> Index:
        """Return the trusted index on disk: no network, no look at its age.

        Raises InvalidInput (`unknown-mentor`, `catalog-not-fetched`) or TrustRefused (`trust-store-corrupt`).
        """
        return parse_index(self.folder.index())

    def add(
        self,
        urls: Sequence[str],
        fingerprint: str | None,
        confirm: Callable[[Offer], str] | None,
        now: datetime,
    ) -> Added:
        """Trust the mentor at `urls` when its root has `fingerprint`, or `confirm` returns the digits typed for it.

        A mentor trusted already only gets the new addresses. Raises InvalidInput, TrustRefused
        (`fingerprint-differs`, `mentor-key-differs`), NetworkFailed; then nothing was written.
        """
        checked = tuple(check_url(url) for url in urls)
        given = parse_fingerprint(fingerprint) if fingerprint else None
        known = self.folder.exists()
        if not known and given is None and confirm is None:
            raise fingerprint_needed(self.mentor)
        offer, roots = self._first_offer(checked, now)
        try:
            if given is not None and not fingerprint_matches(offer.fingerprint, given):
                raise fingerprint_differs(self.mentor, offer.url, roots.fingerprints, given)
            if known:
                return self._new_addresses(offer, roots, checked)
            if given is None and confirm is not None and not typed_matches(offer.fingerprint, confirm(offer)):
                raise fingerprint_differs(self.mentor, offer.url, roots.fingerprints, None)
        except TrustRefused as error:
            raise situated(error, mentor=self.mentor, file="metadata/root.json", now=now) from error
        record = MentorRecord(self.mentor, offer.name, checked, offer.fingerprint, show_time(now))
        self.folder.create(roots.newest, record)
        return Added(record, new=True)

    def refresh(self, now: datetime, accept_stale: Stale | None = None, only: Sequence[str] = ()) -> Refreshed:
        """Bring the trusted catalog up to date from the first address that serves it properly, of `only` if given.

        Raises TrustRefused or NetworkFailed with the failure of each address, Locked; see the module's docstring
        for what is kept then.
        """
        self.folder.record()
        with locked(self.folder.lock, f"semai catalog update {self.mentor}", wait_seconds=_BUSY_SECONDS):
            urls = tuple(only) or self.folder.record().urls  # again, now that nobody else changes them
            at = time_to_judge_by(now, self.folder.signed_at()) - (
                accept_stale.length if accept_stale else _NOTHING
            )
            failures: list[SemaiError] = []
            for url in urls:
                try:
                    refreshed = self._refresh_from(url, now, at, accept_stale)
                    return replace(refreshed, passed_over=tuple(failures))
                except (TrustRefused, NetworkFailed) as error:
                    failures.append(error)
        raise worst(failures)

    def verify(self, fingerprint: str | None, now: datetime) -> Verification:
        """Check everything stored about the mentor, and the fingerprint against its letter; no network.

        Raises TrustRefused (`trust-store-corrupt`, `fingerprint-differs`), InvalidInput.
        """
        given = parse_fingerprint(fingerprint) if fingerprint else None
        record, trusted = self.folder.record(), self.folder.trusted()
        try:
            roots = self._stored_roots(trusted)
            if trusted is not None:
                parse_index(self.folder.index())
            if given is not None and not fingerprint_matches(roots[-1], given):
                raise fingerprint_differs(self.mentor, record.urls[0], roots, given)
        except TrustRefused as error:
            raise situated(error, mentor=self.mentor, file="anchor.json", now=now) from error
        return Verification(record, roots[-1], trusted)

    def remove(self) -> MentorRecord:
        """Forget the mentor; artifacts in the store stay. Raises InvalidInput (`unknown-mentor`), Locked."""
        record = self.folder.record()
        with locked(self.folder.lock, f"semai mentor remove {self.mentor}"):
            self.folder.remove()
        return record

    def _stored_roots(self, trusted: TrustedRecord | None) -> tuple[str, ...]:
        signed_by = trusted.root_version if trusted else None
        return check_stored(self.mentor, self.folder.metadata(), self.folder.anchor(), signed_by)

    def _first_offer(self, urls: Sequence[str], now: datetime) -> tuple[Offer, RootChain]:
        failures: list[SemaiError] = []
        with Fetcher(self._patience) as fetcher:
            for url in urls:
                source = Source(fetcher, url)
                try:
                    roots = read_roots(self.mentor, source)
                    name = self._claimed_name(source)
                    return Offer(self.mentor, name, url, roots.fingerprints[-1]), roots
                except (TrustRefused, NetworkFailed) as error:
                    failures.append(situated(error, mentor=self.mentor, file=source.file, now=now))
        raise worst(failures)

    def _claimed_name(self, source: Source) -> str:
        """Return the name in mentor.json, an unsigned courtesy; refuse a catalog that calls itself otherwise."""
        try:
            hint = json.loads(source.read("mentor.json", _HINT_BYTES))
            claimed, name = str(hint["id"]), str(hint["name"])
        except (NotThere, ValueError, KeyError, TypeError, RecursionError):
            return self.mentor
        if claimed != self.mentor:
            raise other_mentor(self.mentor, claimed, "mentor.json")
        return plain(name)[:_NAME_LENGTH] or self.mentor

    def _new_addresses(self, offer: Offer, roots: RootChain, urls: tuple[str, ...]) -> Added:
        if self.fingerprint not in roots.fingerprints:
            raise key_differs(self.mentor, offer.url)
        record = replace(self.folder.record(), urls=urls, name=offer.name)
        with locked(self.folder.lock, f"semai mentor add {self.mentor}", wait_seconds=_BUSY_SECONDS):
            self.folder.write_record(record)
        return Added(record, new=False)

    def _refresh_from(self, url: str, now: datetime, at: datetime, stale: Stale | None) -> Refreshed:
        scratch = self.folder.begin()
        try:
            with Fetcher(self._patience) as fetcher:
                source = Source(fetcher, url)
                verified, packed, index = self._verified_from(source, scratch / "metadata", now, at)
            changed = self._accept(url, verified, packed, now, stale)
            self._take_signed_name(index.name)
        except SemaiError:
            self._keep_newer_roots()
            raise
        finally:
            self.folder.discard()
        return Refreshed(
            index=index,
            root_version=verified.root_version,
            timestamp_version=verified.timestamp_version,
            index_sha256=verified.index_sha256,
            expires=verified.expires,
            fingerprint=verified.fingerprint,
            url=url,
            changed=changed,
        )

    def _verified_from(
        self, source: Source, metadata: Path, now: datetime, at: datetime
    ) -> tuple[Verified, bytes, Index]:
        """Return what `source` offers when all of it holds; a refusal names the file that was read last."""
        try:
            verified = refresh(self.mentor, source, metadata, self.folder.anchor(), at)
            packed = self._packed_index(source, verified)
            index = parse_index(unpack(packed))
            if index.mentor != self.mentor:
                raise other_mentor(self.mentor, index.mentor, INDEX)
        except (TrustRefused, NetworkFailed) as error:
            raise situated(error, mentor=self.mentor, file=source.file, now=now) from error
        return verified, packed, index

    def _packed_index(self, source: Source, verified: Verified) -> bytes:
        stored = self.folder.packed_index()
        if stored is not None and hashlib.sha256(stored).hexdigest() == verified.index_sha256:
            return stored
        name = f"targets/{verified.index_sha256}.{INDEX}"
        try:
            packed = source.read(name, min(verified.index_size, MAX_INDEX_BYTES))
        except NotThere as error:
            raise NetworkFailed(
                "catalog-missing",
                "{file} is not at {url}: no catalog there, or an incomplete copy",
                hint="check the address in the mentor's letter; a copy on a USB stick must be complete",
                file=name,
                url=source.base,
            ) from error
        if hashlib.sha256(packed).hexdigest() != verified.index_sha256:
            raise TrustRefused(
                "index-digest",
                "{file} at {url} is not what the mentor signed",
                hint="do not use this copy; try another address of the mentor, or ask the mentor",
                file=name,
                url=source.base,
            )
        return packed

    def _accept(self, url: str, verified: Verified, packed: bytes, now: datetime, stale: Stale | None) -> bool:
        """Make what was verified the trusted state; return whether anything in it is new."""
        previous = self.folder.trusted()
        record = TrustedRecord(
            url=url,
            root_version=verified.root_version,
            timestamp_version=verified.timestamp_version,
            index_sha256=verified.index_sha256,
            fingerprint=verified.fingerprint,
            expires=show_time(verified.expires),
            signed_at=show_time(verified.signed_at),
            refreshed_at=show_time(now),
            accepted_stale=f"{stale.length.days} days: {stale.reason}" if stale else "",
        )
        same = (
            previous is not None
            and replace(record, refreshed_at=previous.refreshed_at, url=previous.url) == previous
        )
        if not same or self.folder.packed_index() != packed:
            self.folder.commit(record, packed)
        self.folder.write_seen(verified.signed_at, now)
        return previous is None or previous.index_sha256 != verified.index_sha256

    def _take_signed_name(self, name: str) -> None:
        """Put the signed name in the place of the unsigned one that was shown at first trust."""
        record = self.folder.record()
        if (shown := plain(name)[:_NAME_LENGTH]) and shown != record.name:
            self.folder.write_record(replace(record, name=shown))

    def _keep_newer_roots(self) -> None:
        """Keep roots that were verified before the refresh was refused, and nothing else of it."""
        offered = self.folder.scratch / "metadata" / "root_history"
        kept = self.folder.metadata() / "root_history"
        have = {path.name for path in kept.glob("*.root.json")}
        newer = [path for path in sorted(offered.glob("*.root.json")) if path.name not in have]
        contents = {path.name: path.read_bytes() for path in newer}
        if not contents or (not have and list(contents.values()) == [self.folder.anchor()]):
            return
        scratch = self.folder.begin()
        history = scratch / "metadata" / "root_history"
        history.mkdir(exist_ok=True)
        for name, content in contents.items():
            (history / name).write_bytes(content)
        self.folder.commit(None, None)
