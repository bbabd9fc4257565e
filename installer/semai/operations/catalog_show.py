"""Show one app as its mentor presents it: terms, overlaps, needs, contracts, questions, releases."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from semai.adapters.trusted_catalogs import read_catalog
from semai.core.catalog import App, Release
from semai.core.listing import find, unknown_app
from semai.errors import InvalidInput
from semai.operations.catalog_list import list_apps


@dataclass(frozen=True)
class Shown:
    """An app and the release the details are of; None when the app has no release yet."""

    mentor: str
    app: App
    release: Release | None


def show_app(state_dir: Path, text: str, now: datetime) -> Shown:
    """Find `APP[==VERSION]`, APP being `mentor/id` or an id that only one mentor has.

    Raises InvalidInput (`unknown-app`, `app-ambiguous`, `unknown-version`, `no-mentor`), TrustRefused.
    """
    name, _, version = (part.strip() for part in text.partition("=="))
    rows = list_apps(state_dir, now).rows
    row = find(rows, name)
    app = read_catalog(state_dir, row.mentor).index.app(row.id)
    if app is None:
        raise unknown_app(rows, name)
    wanted = version or row.version
    release = app.release(wanted) if wanted else None
    if version and release is None:
        raise InvalidInput(
            "unknown-version",
            "{app} has no release {version}",
            hint="semai catalog show {app} lists its releases",
            details=[f"{row.key}=={known}" for known in row.versions],
            app=row.key,
            version=version,
        )
    return Shown(row.mentor, app, release)
