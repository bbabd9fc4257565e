"""Restore points: database, media and configuration of one moment in `restore-points/<name>/`.

Media are hard links (uploads are written once). A point is made as `.partial`, verified, renamed; only whole ones
have a name without it.
"""

from __future__ import annotations

import os
from pathlib import Path

from . import durable
from .drivers import DatabaseDriver
from .layout import AppPlaces
from .request import Request

KEPT = 3
RECORD = "restore-point.json"


def make(
    places: AppPlaces, name: str, database: DatabaseDriver | None, serving: Request | None, reason: str
) -> Path:
    """Make the restore point `name` (once: a whole one of that name is left as it is)."""
    point = places.restore_points / name
    if point.exists():
        return point
    partial = places.restore_points / f"{name}.partial"
    durable.remove_tree(partial)
    durable.make_folder(partial, 0o700)
    has_database = database is not None and database.exists()
    if database is not None and has_database:
        database.dump(partial)
    has_media = places.media.is_dir()
    if has_media:
        durable.link_tree(places.media, partial / "media")
    files = _copy_files(places, serving, partial)
    durable.write_sealed(
        partial / RECORD,
        {
            "schema": 1,
            "app": places.name,
            "reason": reason,
            "database": has_database,
            "media": has_media,
            "request": serving.as_dict() if serving else None,
            "files": files,
        },
    )
    os.replace(partial, point)
    durable.sync_folder(places.restore_points)
    return point


def restore(places: AppPlaces, name: str, database: DatabaseDriver | None) -> None:
    """Bring database and media back to the point; may be repeated after a crash."""
    point = places.restore_points / name
    record = durable.read_sealed(point / RECORD)
    if database is not None:
        if record["database"]:
            database.restore(point)
        else:
            database.discard()
    _restore_media(places, point / "media" if record["media"] else None)


def _restore_media(places: AppPlaces, kept: Path | None) -> None:
    if os.path.ismount(places.media):  # a network folder cannot be swapped, only filled anew
        durable.empty(places.media)
        if kept:
            durable.link_tree(kept, places.media)
        return
    fresh, old = places.shared / "media.restoring", places.shared / "media.replaced"
    durable.remove_tree(fresh)
    durable.remove_tree(old)
    if kept:
        durable.link_tree(kept, fresh)
    if places.media.exists():
        os.replace(places.media, old)
    if kept:
        os.replace(fresh, places.media)
    durable.sync_folder(places.shared)
    durable.remove_tree(old)


def discard(places: AppPlaces, name: str) -> None:
    durable.remove_tree(places.restore_points / f"{name}.partial")
    durable.remove_tree(places.restore_points / name)


def prune(places: AppPlaces) -> list[str]:
    """Delete all but the newest `KEPT` points; names begin with their time."""
    if not places.restore_points.is_dir():
        return []
    points = sorted(point.name for point in places.restore_points.iterdir())
    for name in points[:-KEPT]:
        durable.remove_tree(places.restore_points / name)
    return points[:-KEPT]


def _copy_files(places: AppPlaces, serving: Request | None, point: Path) -> list[str]:
    """Copy the managed files as they are now."""
    present = [file for file in (serving.files if serving else ()) if places.managed(file.path).is_file()]
    for file in present:
        target = point / "files" / file.path
        durable.make_folder(target.parent, 0o700)
        durable.copy(places.managed(file.path), target, file.bits)
    return [file.path for file in present]
