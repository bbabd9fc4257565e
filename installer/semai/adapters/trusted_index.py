"""The trusted index of a mentor as a model, read from disk without tuf and requests (for lock, plan and show)."""

from __future__ import annotations

from pathlib import Path

from semai.adapters.mentor_state import MentorFolder, index_unreadable
from semai.core.catalog import Index


def load_index(state_dir: Path, mentor: str) -> Index:
    """Return the index that the last refresh brought: no network, no look at its age.

    Raises InvalidInput (`unknown-mentor`, `catalog-not-fetched`) or TrustRefused (`trust-store-corrupt`).
    """
    return parse_index(MentorFolder(state_dir, mentor).index())


def parse_index(content: bytes) -> Index:
    """Return an unpacked index; raises TrustRefused (`index-unreadable`)."""
    try:
        return Index.read(content)
    except ValueError as error:  # pydantic's ValidationError is one
        raise index_unreadable(" ".join(str(error).split())[:300]) from error
