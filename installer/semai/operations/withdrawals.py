"""What mentors said since the lock: a withdrawn release arrives on no host unless the region says why it must."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from semai.adapters.mentor_state import known_mentors
from semai.adapters.trusted_catalogs import TrustedCatalog, read_catalog
from semai.core.catalog import AppKey, Status
from semai.core.lockfile import Lock
from semai.errors import TrustRefused
from semai.operations.plan import ARRIVALS, Outlook
from semai.operations.probe import Site


@dataclass(frozen=True)
class Withdrawn:
    """A locked release that its mentor has withdrawn since."""

    app: str
    version: str
    reason: str
    successor: str


def look_up(site: Site) -> tuple[Withdrawn, ...]:
    """Return the region's locked releases that were withdrawn, as far as this machine's catalogs know."""
    lock = site.files.load_lock()
    return withdrawn_releases(lock, catalogs_of(lock, site.state.folder)) if lock else ()


def catalogs_of(lock: Lock, state_dir: Path) -> dict[str, TrustedCatalog]:
    """Return the trusted catalogs of the lock's mentors; a mentor this machine does not know is left out."""
    return {mentor: read_catalog(state_dir, mentor) for mentor in set(known_mentors(state_dir)) & set(lock.mentors)}


def withdrawn_releases(lock: Lock, catalogs: Mapping[str, TrustedCatalog]) -> tuple[Withdrawn, ...]:
    """Return the locked releases that the trusted catalogs list as withdrawn, by app."""
    found = []
    for text, locked in sorted(lock.apps.items()):
        key = AppKey.parse(text)
        app = catalogs[key.mentor].index.app(key.id) if key.mentor in catalogs else None
        release = app.release(locked.version) if app else None
        if release and release.standing.status is Status.withdrawn:
            standing = release.standing
            found.append(Withdrawn(text, locked.version, standing.reason, standing.successor or ""))
    return tuple(found)


def refuse_withdrawn(outlook: Outlook, withdrawn: tuple[Withdrawn, ...], accepted: str) -> None:
    """Raise TrustRefused (`release-withdrawn`) when one would arrive on a host and no reason was `accepted`."""
    arriving = {step.app for step in outlook.plan.changes if step.kind in ARRIVALS}
    stopped = [entry for entry in withdrawn if AppKey.parse(entry.app).id in arriving]
    if not stopped or accepted.strip():
        return
    first = stopped[0]
    raise TrustRefused(
        "release-withdrawn",
        "{app} {version} was withdrawn by its mentor: {reason}",
        hint="semai lock --upgrade {app}; if it must be this one: semai apply --accept-withdrawn REASON",
        details=[f"{entry.app} {entry.version}: {entry.reason}" for entry in stopped[1:]],
        app=first.app,
        version=first.version,
        reason=first.reason or "-",
    )
