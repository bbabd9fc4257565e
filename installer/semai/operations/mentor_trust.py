"""Begin, check and end trust in a mentor."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path

from semai.adapters.fetch import Patience
from semai.adapters.mentor_client import Added, MentorClient, Offer, Verification
from semai.adapters.mentor_state import MentorRecord, known_mentors
from semai.errors import InvalidInput


def add_mentor(
    state_dir: Path,
    mentor: str,
    urls: Sequence[str],
    now: datetime,
    *,
    fingerprint: str | None = None,
    confirm: Callable[[Offer], str] | None = None,
    patience: Patience | None = None,
) -> Added:
    """Trust a mentor whose root has `fingerprint`, or whose last digits `confirm` returns as a person typed them.

    Raises what `MentorClient.add` does; nothing is written then.
    """
    return MentorClient(state_dir, mentor, patience).add(urls, fingerprint, confirm, now)


def verify_mentors(
    state_dir: Path, now: datetime, *, mentor: str | None = None, fingerprint: str | None = None
) -> tuple[Verification, ...]:
    """Check what is stored of one mentor, or of all, and one's fingerprint against its letter.

    Raises TrustRefused (`trust-store-corrupt`, `fingerprint-differs`), InvalidInput.
    """
    if fingerprint and mentor is None:
        raise InvalidInput(
            "fingerprint-mentor",
            "a fingerprint belongs to one mentor; name it",
            hint="semai mentor verify <id> --fingerprint '…'",
        )
    mentors = [mentor] if mentor else known_mentors(state_dir)
    return tuple(MentorClient(state_dir, name).verify(fingerprint, now) for name in mentors)


def remove_mentor(state_dir: Path, mentor: str) -> MentorRecord:
    """End trust in a mentor; its artifacts stay in the store. Raises InvalidInput (`unknown-mentor`), Locked."""
    return MentorClient(state_dir, mentor).remove()
