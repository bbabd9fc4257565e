"""The catalogs this machine trusts, as the last refresh left them: no network, no look at their age, no tuf."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from semai.adapters.mentor_state import MentorFolder, index_unreadable, known_mentors
from semai.core.catalog import Index
from semai.core.lockfile import LockedMentor


@dataclass(frozen=True)
class TrustedCatalog:
    """One mentor's index and where it came from; `fingerprints` are of the first and of the newest root."""

    index: Index
    origin: LockedMentor
    fingerprints: tuple[str, str]


def read_catalog(state_dir: Path, mentor: str) -> TrustedCatalog:
    """Return a mentor's trusted catalog.

    Raises InvalidInput (`unknown-mentor`, `catalog-not-fetched`) or TrustRefused (`trust-store-corrupt`, …).
    """
    folder = MentorFolder(state_dir, mentor)
    content = folder.index()
    trusted, record = folder.trusted(), folder.record()
    assert trusted is not None  # index() has read it
    try:
        index = Index.read(content)
    except ValueError as error:  # pydantic's ValidationError is one
        raise index_unreadable(" ".join(str(error).split())[:300]) from error
    origin = LockedMentor(
        fingerprint=trusted.fingerprint,
        url=trusted.url,
        root_version=trusted.root_version,
        timestamp_version=trusted.timestamp_version,
        index_sha256=trusted.index_sha256,
    )
    return TrustedCatalog(index, origin, (record.fingerprint, trusted.fingerprint))


def read_catalogs(state_dir: Path) -> dict[str, TrustedCatalog]:
    """Return every trusted mentor's catalog; raises as `read_catalog` does."""
    return {mentor: read_catalog(state_dir, mentor) for mentor in known_mentors(state_dir)}
