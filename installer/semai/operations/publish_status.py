"""`semai publish status`: what a published folder offers, and how long its signatures last."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from semai.adapters.signing import is_near, read_published, read_roots, role_expiries
from semai.errors import InvalidInput
from semai.operations.publish_sign import read_index


@dataclass(frozen=True)
class RoleStatus:
    """One role's signature; `warn` from 60 days before its end."""

    role: str
    version: int
    expires: datetime
    days_left: int
    warn: bool


@dataclass(frozen=True)
class ReleaseStatus:
    """One published release."""

    app: str
    version: str
    status: str
    files: int
    size: int
    digest: str


@dataclass(frozen=True)
class PublishStatus:
    """A published folder as an adopter will see it."""

    mentor: str
    name: str
    fingerprint: str
    index_sha256: str
    roles: tuple[RoleStatus, ...]
    releases: tuple[ReleaseStatus, ...]


def publish_status(web_root: Path, now: datetime) -> PublishStatus:
    """Read and verify a published folder; raises InvalidInput (`nothing-published`), TrustRefused."""
    if not (web_root / "metadata" / "timestamp.json").exists():
        raise InvalidInput(
            "nothing-published",
            "nothing is published in {folder}",
            hint="semai publish all --to {folder}",
            folder=web_root,
        )
    roots = read_roots(web_root / "metadata")
    published = read_published(web_root, roots.newest)
    assert published is not None
    versions = {
        role.type: role.version
        for role in (roots.newest, published.targets, published.snapshot, published.timestamp)
    }
    roles = tuple(
        RoleStatus(role, versions[role], expires, (expires - now).days, is_near(expires, now))
        for role, expires in role_expiries(roots, published).items()
    )
    index = read_index(published.packed_index)
    releases = tuple(
        ReleaseStatus(
            app=app.page.id,
            version=release.manifest.version,
            status=release.standing.status.value,
            files=len(release.artifacts),
            size=sum(artifact.size for artifact in release.artifacts),
            digest=release.digest,
        )
        for app in index.apps
        for release in app.releases
    )
    return PublishStatus(index.mentor, index.name, roots.fingerprint, published.index_sha256, roles, releases)
