"""A region and the mentors it trusts, on disk, for tests of add, remove and lock: real files, no network."""

from __future__ import annotations

import gzip
import hashlib
from pathlib import Path
from typing import Any

from semai.adapters.mentor_state import MentorFolder, MentorRecord, TrustedRecord
from semai.adapters.region_files import RegionFiles
from semai.adapters.state import State
from semai.adapters.trusted_catalogs import TrustedCatalog, read_catalogs
from semai.adapters.vault import VaultFile
from semai.core.catalog import (
    App,
    AppPage,
    Artifact,
    Index,
    Manifest,
    Overlap,
    Release,
    Standing,
    Terms,
    canonical_json,
    plain,
    release_digest,
)
from semai.operations.lock import LockRequest, LockResult, lock_region
from semai.operations.region_new import create_region, find_official, proposed

ENVIRONMENT = {
    "SEMAI_APP": "{{ app.id }}",
    "SEMAI_RELEASE": "{{ release.version }}",
    "SECRET_KEY": "{{ secrets.secret_key }}",
    "DATABASE_URL": "{{ database.url }}",
    "SEMAI_BIND": "{{ site.bind }}",
    "SEMAI_BASE_URL": "{{ site.url }}",
    "SEMAI_MEDIA": "{{ paths.media }}",
    "SEMAI_STATIC": "{{ paths.static }}",
    "SEMAI_REGION_FILE": "{{ paths.region_file }}",
    "SEMAI_CONTRACTS": "{{ contracts }}",
    "SEMAI_ADMIN_PASSWORD": "{{ secrets.admin_password }}",
    "SEMAI_ANSWERS": "{{ answers }}",
}


def manifest(app: str, version: str, **more: Any) -> Manifest:
    """Return a manifest as the reference apps have them; `more` are further keys."""
    return Manifest.model_validate(
        {
            "version": version,
            "resources": {"secrets": ["secret_key", "admin_password"]},
            "environment": ENVIRONMENT,
            "commands": {
                "serve": [f"semai-{app}", "serve"],
                "migrate": [f"semai-{app}", "migrate"],
                "after_install": [[f"semai-{app}", "ensure-admin"]],
                "sample_data": [f"semai-{app}", "sample-data"],
            },
            **more,
        }
    )


def release(made: Manifest, status: str = "active") -> Release:
    """Return the manifest as a published release with one wheel."""
    sha256 = hashlib.sha256(repr(made).encode()).hexdigest()
    wheel = Artifact(
        kind="wheel",
        name=f"apps/x/{made.version}/{sha256}.x.whl",
        file="x-1-py3-none-any.whl",
        size=10,
        sha256=sha256,
    )
    digest = release_digest(made, (wheel,))
    return Release(
        manifest=made, digest=digest, standing=Standing.model_validate({"status": status}), artifacts=(wheel,)
    )


def app(name: str, *releases: Release, overlaps: tuple[Overlap, ...] = ()) -> App:
    """Return an app's page with its releases."""
    page = AppPage(
        id=name, name=name.title(), summary="", owner="Bappeda", terms=Terms(licence="EUPL-1.2"), overlaps=overlaps
    )
    return App(page=page, releases=releases)


PLANNING = manifest("e-planning", "2026.11.0", provides={"planning.work-plan": ["1.0"]})
BUDGETING = manifest(
    "e-budgeting",
    "2026.11.0",
    consumes={"planning.work-plan": {"version": ">=1,<2"}},
    questions={
        "fiscal_year": {"type": "integer", "title": "Tahun anggaran", "minimum": 2020, "maximum": 2100},
        "paper": {"type": "choice", "title": "Kertas", "choices": ["A4", "F4"], "default": "F4"},
        "mail_password": {"title": "Kata sandi surel", "secret": True, "default": ""},
    },
)


class World:
    """A region `manggarai` below `folder`, its state folder and trusted mentors."""

    def __init__(self, folder: Path) -> None:
        self.inventories = folder / "inventories"
        self.state = folder / "state"
        self.files = RegionFiles(self.inventories / "manggarai")
        password = State(self.state).vault_password("manggarai")
        self.vault = VaultFile(self.files.vault, password)
        values = proposed(find_official("53.10")[0], 2027)
        create_region(self.inventories, "manggarai", values, "/srv/semai", password, make_password=True)

    def trust(self, mentor: str, *apps: App) -> None:
        """Store a mentor's catalog as a refresh would; a second call replaces it."""
        index = Index(mentor=mentor, name=f"Kabupaten {mentor.title()}", region_code="33.25", apps=apps)
        packed = gzip.compress(canonical_json(plain(index)), mtime=0)
        fingerprint = hashlib.sha256(mentor.encode()).hexdigest()
        url = f"file:///media/usb/{mentor}"
        folder = MentorFolder(self.state, mentor)
        if not folder.exists():
            record = MentorRecord(mentor, index.name, (url,), fingerprint, "2026-11-21T08:00:00Z")
            folder.create(b"{}", record)
        folder.begin()
        folder.commit(
            TrustedRecord(
                url=url,
                root_version=1,
                timestamp_version=3,
                index_sha256=hashlib.sha256(packed).hexdigest(),
                fingerprint=fingerprint,
                expires="2027-12-01T00:00:00Z",
                signed_at="2026-11-21T08:00:00Z",
                refreshed_at="2026-11-21T08:00:00Z",
            ),
            packed,
        )

    @property
    def catalogs(self) -> dict[str, TrustedCatalog]:
        return read_catalogs(self.state)

    def select(self, apps: dict[str, Any], **more: Any) -> None:
        """Write apps.yml as a person would."""
        from semai.adapters.yaml_files import dump_yaml

        self.files.apps.write_text(dump_yaml({"semai_selection": {"mentors": {}, "apps": apps, **more}}))

    def lock(self, **request: Any) -> LockResult:
        return lock_region(self.files, self.catalogs, self.vault, LockRequest(**request), knows=lambda *_: False)

    def contents(self) -> dict[str, bytes]:
        """Return every file of the region but the audit trail, to prove that nothing changed."""
        paths = (
            p for p in self.files.folder.rglob("*") if p.is_file() and p.name not in ("audit.jsonl", ".semai.lock")
        )
        return {str(p): p.read_bytes() for p in paths}
