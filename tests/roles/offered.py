"""A mentor's catalog on this machine, as a refresh that was trusted would have left it."""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Mapping, Sequence

from semai.adapters.mentor_state import MentorFolder, MentorRecord, TrustedRecord
from semai.adapters.state import State
from semai.core.catalog import App, AppPage, Index, Release, Terms, canonical_json, plain

MOMENT = "2026-11-21T08:00:00Z"
FINGERPRINT = "a" * 64


def offer(state: State, url: str, releases: Mapping[str, Sequence[Release]]) -> None:
    """Let Batang offer these releases of each app at a URL; a second call replaces the first."""
    listed = tuple(App(page=_page(name), releases=tuple(found)) for name, found in releases.items())
    index = Index(mentor="batang", name="Kabupaten Batang", region_code="33.25", apps=listed)
    packed = gzip.compress(canonical_json(plain(index)), mtime=0)
    folder = MentorFolder(state.folder, "batang")
    if not folder.exists():
        folder.create(b"{}", MentorRecord("batang", index.name, (url,), FINGERPRINT, MOMENT))
    folder.begin()
    record = TrustedRecord(
        url=url,
        root_version=1,
        timestamp_version=1,
        index_sha256=hashlib.sha256(packed).hexdigest(),
        fingerprint=FINGERPRINT,
        expires="2127-12-01T00:00:00Z",
        signed_at=MOMENT,
        refreshed_at=MOMENT,
    )
    folder.commit(record, packed)


def _page(name: str) -> AppPage:
    return AppPage(id=name, name=name.title(), summary="", owner="Bappeda", terms=Terms(licence="EUPL-1.2"))
