"""List and search the apps of all trusted mentors from the catalogs on disk: no network, nothing heavy imported."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from semai.adapters.mentor_state import MentorFolder, known_mentors
from semai.core.listing import AppRow, read_rows
from semai.core.trust import WARN_BEFORE_EXPIRY, parse_time
from semai.errors import InvalidInput, TrustRefused


@dataclass(frozen=True)
class CatalogAge:
    """How current a mentor's catalog is: `state` is fresh, soon (expires within 60 days), expired or missing."""

    mentor: str
    state: str
    expires: str


@dataclass(frozen=True)
class Listing:
    """All apps, by mentor and in the mentor's order, and the age of each catalog."""

    rows: tuple[AppRow, ...]
    ages: tuple[CatalogAge, ...]


def list_apps(state_dir: Path, now: datetime, mentor: str | None = None) -> Listing:
    """Return the apps of one mentor, or of all.

    Raises InvalidInput (`no-mentor`, `unknown-mentor`), TrustRefused (`trust-store-corrupt`).
    """
    mentors = [mentor] if mentor else known_mentors(state_dir)
    if not mentors:
        raise InvalidInput(
            "no-mentor",
            "no mentor is trusted on this machine yet, so there is no catalog",
            hint="semai mentor add <id> <address>",
        )
    rows: list[AppRow] = []
    ages: list[CatalogAge] = []
    for name in mentors:
        folder = MentorFolder(state_dir, name)
        trusted = folder.trusted()
        if trusted is None:
            ages.append(CatalogAge(name, "missing", ""))
            continue
        ages.append(catalog_age(name, trusted.expires, now))
        rows.extend(_rows(folder))
    return Listing(tuple(rows), tuple(ages))


def catalog_age(mentor: str, expires: str, now: datetime) -> CatalogAge:
    """Return how current a catalog is that expires at `expires`."""
    left = parse_time(expires) - now
    state = "expired" if left.total_seconds() <= 0 else "soon" if left < WARN_BEFORE_EXPIRY else "fresh"
    return CatalogAge(mentor, state, expires)


def _rows(folder: MentorFolder) -> list[AppRow]:
    try:
        return read_rows(folder.index())
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise TrustRefused(
            "trust-store-corrupt",
            "mentor {mentor}: {file} is missing or damaged",
            hint="semai catalog update {mentor}",
            mentor=folder.mentor,
            file="index.json.gz",
        ) from error
