"""List the mentors this machine trusts, from disk."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from semai.adapters.mentor_state import MentorFolder, known_mentors
from semai.operations.catalog_list import CatalogAge, catalog_age


@dataclass(frozen=True)
class MentorRow:
    """One trusted mentor; `fingerprint` is of its newest root, times are "" before the first refresh."""

    id: str
    name: str
    urls: tuple[str, ...]
    fingerprint: str
    added: str
    checked: str
    root_version: int | None
    timestamp_version: int | None
    accepted_stale: str
    age: CatalogAge


def list_mentors(state_dir: Path, now: datetime) -> tuple[MentorRow, ...]:
    """Return the trusted mentors, sorted by id; raises TrustRefused (`trust-store-corrupt`)."""
    return tuple(_row(MentorFolder(state_dir, mentor), now) for mentor in known_mentors(state_dir))


def _row(folder: MentorFolder, now: datetime) -> MentorRow:
    record, trusted = folder.record(), folder.trusted()
    return MentorRow(
        id=record.id,
        name=record.name,
        urls=record.urls,
        fingerprint=trusted.fingerprint if trusted else record.fingerprint,
        added=record.added,
        checked=folder.checked_at(),
        root_version=trusted.root_version if trusted else None,
        timestamp_version=trusted.timestamp_version if trusted else None,
        accepted_stale=trusted.accepted_stale if trusted else "",
        age=catalog_age(record.id, trusted.expires, now) if trusted else CatalogAge(record.id, "missing", ""),
    )
