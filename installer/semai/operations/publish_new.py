"""`semai publish new`: draft the description of an existing PHP app from its tree; nothing is ever overwritten."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from semai.adapters.editor_schemas import schema_comment
from semai.adapters.files import make_folder, write_atomic
from semai.adapters.php_inspect import inspect
from semai.core.catalog import APP_ID
from semai.core.php_draft import Inspection, app_page, release_file, template_name
from semai.errors import InvalidInput


@dataclass(frozen=True)
class Drafted:
    """What was found, and the files that were written."""

    inspection: Inspection
    files: tuple[Path, ...]


def draft(source: Path, app_id: str, folder: Path, now: datetime, version: str = "") -> Drafted:
    """Draft `apps/<app_id>` of the catalog in `source` from the tree in `folder`.

    Raises InvalidInput (`app-id`, `catalog-source-missing`, `already-there`, `source-missing`, `no-php`).
    """
    if not APP_ID.fullmatch(app_id) or len(app_id) > 40:
        raise InvalidInput(
            "app-id",
            "{id} is no app id: lower-case words joined by '-', at most 40 characters",
            hint="for example: semai publish new buku-tamu --from ../buku-tamu",
            id=app_id,
        )
    if not (source / "catalog.yml").is_file():
        raise InvalidInput(
            "catalog-source-missing",
            "there is no catalog.yml in {folder}",
            hint="write it as docs/mentor.md shows, or name its folder with --source",
            folder=source,
        )
    inspection = inspect(folder, version or f"{now.year}.{now.month}.0")
    if version:
        inspection = _with_version(inspection, version)
    home = source / "apps" / app_id
    texts = _texts(source, home, app_id, folder, inspection)
    if there := [path for path in texts if path.exists()]:
        raise InvalidInput(
            "already-there",
            "{file} is there already; nothing was written",
            hint="choose another id, or move the file away",
            file=there[0],
        )
    make_folder(home)
    for path, text in texts.items():
        write_atomic(path, text.encode())
    return Drafted(inspection, tuple(texts))


def _with_version(inspection: Inspection, version: str) -> Inspection:
    return Inspection(**{**vars(inspection), "version": version})


def _texts(source: Path, home: Path, app_id: str, folder: Path, inspection: Inspection) -> dict[Path, str]:
    page, release = home / "app.yml", home / f"{inspection.version}.yml"
    tree = Path(os.path.relpath(folder.resolve(), source.resolve())).as_posix()
    texts = {
        page: app_page(app_id, inspection.name, tree, inspection, schema_comment("app", page).rstrip()),
        release: release_file(inspection, schema_comment("release", release).rstrip()),
    }
    return texts | {home / template_name(place): text for place, text in inspection.templates.items()}
