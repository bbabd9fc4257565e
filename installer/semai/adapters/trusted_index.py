"""An index as a model; what cannot be understood is refused in semai's words."""

from __future__ import annotations

from semai.adapters.mentor_state import index_unreadable
from semai.core.catalog import Index


def parse_index(content: bytes) -> Index:
    """Return an unpacked index; raises TrustRefused (`index-unreadable`)."""
    try:
        return Index.read(content)
    except ValueError as error:  # pydantic's ValidationError is one
        raise index_unreadable(" ".join(str(error).split())[:300]) from error
