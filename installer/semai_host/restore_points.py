"""Restore points: database, media and configuration of one moment in `restore-points/<name>/`.

A run that changes no data leaves a point without data: its release and configuration are enough to go back. Media
are hard links (uploads are written once). A point is made as `.partial`, verified, renamed; only whole ones have a
name without it.
"""

from __future__ import annotations

import calendar
import os
import re
import stat
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from . import durable
from .drivers import DatabaseDriver
from .durable import Corrupt
from .events import utc
from .layout import AppPlaces
from .request import ManagedFile, Request

KEPT = 3  # with data; and as many without
RECORD = "restore-point.json"
RESCUED = "rescued"  # the reason of a point that keeps what people wrote to a release which then failed
_STAMP = re.compile(r"[0-9]{8}T[0-9]{6}Z")
FILES, MEANT = "files", "meant"  # managed files as they were; those that were edited as they should have been


@dataclass(frozen=True)
class Point:
    """One moment an app can go back to; `form` names the run that gave its data their form (see `Receipt`)."""

    path: Path
    moment: str
    reason: str
    request: Request | None
    form: str
    data: bool
    rows: dict[str, int] = field(default_factory=dict)  # per table, as of the copy
    uploads: dict[str, int] = field(default_factory=dict)  # files per folder, as of the copy
    size: int = 0  # bytes on disk that are not shared with the app's own media
    counted: bool = True  # False for points of former tools, which did not count

    @property
    def name(self) -> str:
        return self.path.name

    def copy_of(self, file: ManagedFile) -> Path | None:
        """Return where the point keeps a managed file of its configuration, or None."""
        for place in (self.path / FILES / file.path, self.path / MEANT / file.path):
            if place.is_file() and durable.digest_file(place) == file.sha256:
                return place
        return None


def make(
    places: AppPlaces,
    name: str,
    database: DatabaseDriver | None,
    serving: Request | None,
    reason: str,
    form: str = "",
    data: bool = True,
) -> Path:
    """Make the restore point `name` (once: a whole one of that name is left as it is)."""
    point = places.restore_points / name
    if point.exists():
        return point
    partial = places.restore_points / f"{name}.partial"
    durable.remove_tree(partial)
    durable.make_folder(partial, 0o700)
    content = _copy_data(places, database, partial) if data else {"data": False}
    files = _copy_files(places, serving, partial)
    record = {
        "schema": 1,
        "app": places.name,
        "moment": utc(),
        "reason": reason,
        "release": {"version": serving.version, "digest": serving.release} if serving else None,
        "request": serving.as_dict() if serving else None,
        "form": form,
        "files": files,
        **content,
        "bytes": _own_bytes(partial),
    }
    durable.write_sealed(partial / RECORD, record)
    os.replace(partial, point)
    durable.sync_folder(places.restore_points)
    return point


def _copy_data(places: AppPlaces, database: DatabaseDriver | None, point: Path) -> dict[str, Any]:
    """Copy database and media; nobody writes to them meanwhile, so what is counted is what was copied."""
    has_database = database is not None and database.exists()
    rows: dict[str, int] = {}
    if database is not None and has_database:
        database.dump(point)
        rows = database.rows()
    if places.media.is_dir():
        durable.link_tree(places.media, point / "media")
    return {
        "data": True,
        "database": has_database,
        "media": places.media.is_dir(),
        "rows": rows,
        "uploads": {f"shared/{name}": count for name in ("data", "media") if (count := count_files(point / name))},
    }


def count_files(folder: Path) -> int:
    """Return the number of plain files below a folder; a missing one has none."""
    return sum(len(files) for _, _, files in os.walk(folder))


def _own_bytes(folder: Path) -> int:
    """Return the bytes of files nobody else links to."""
    figures = (os.lstat(os.path.join(top, name)) for top, _, files in os.walk(folder) for name in files)
    return sum(found.st_blocks * 512 for found in figures if found.st_nlink == 1 and stat.S_ISREG(found.st_mode))


def _copy_files(places: AppPlaces, serving: Request | None, point: Path) -> list[str]:
    """Copy the managed files as they are now; of an edited one also the version the configuration asked for."""
    present = [file for file in (serving.files if serving else ()) if places.managed(file.path).is_file()]
    for file in present:
        source = places.managed(file.path)
        _copy(source, point / FILES / file.path, file)
        kept = places.kept / file.sha256
        if durable.digest_file(source) != file.sha256 and kept.is_file():
            _copy(kept, point / MEANT / file.path, file)
    return [file.path for file in present]


def _copy(source: Path, target: Path, file: ManagedFile) -> None:
    durable.make_folder(target.parent, 0o700)
    durable.copy(source, target, file.bits)


def read(path: Path) -> Point:
    """Return the point in a folder; raise Corrupt when its record cannot be believed."""
    try:
        record = durable.read_sealed(path / RECORD)
        request = Request.parse(record["request"]) if record["request"] else None
        if "moment" not in record:  # made by a former tool
            return Point(path, _moment_of(path.name), record["reason"], request, "", data=True, counted=False)
        return Point(
            path,
            record["moment"],
            record["reason"],
            request,
            record["form"],
            record["data"],
            record.get("rows", {}),
            record.get("uploads", {}),
            record["bytes"],
        )
    except (FileNotFoundError, NotADirectoryError, KeyError, TypeError) as error:
        raise Corrupt("file-corrupt", f"{path / RECORD} is no record of a restore point") from error


def every(places: AppPlaces) -> list[Point]:
    """Return the points that can be read, oldest first; names begin with their time."""
    found = []
    for path in paths(places):
        try:
            found.append(read(path))
        except Corrupt:
            continue
    return found


def paths(places: AppPlaces) -> list[Path]:
    """Return the folders of all whole points, oldest first."""
    folder = places.restore_points
    entries = folder.iterdir() if folder.is_dir() else ()
    return sorted(path for path in entries if path.is_dir() and not path.name.endswith(".partial"))


def data_for(point: Point, form: str, points: Sequence[Point]) -> Point | None:
    """Return the point whose data come back with `point`, or None when the data may stay as they are.

    Data that still have the form the point's release knows may stay; else the newest copy in that form comes back.
    Raises Corrupt when there is none.
    """
    if point.data:
        return point
    if point.form == form:
        return None
    copies = [other for other in points if other.data and other.form == point.form]
    if not copies:
        raise Corrupt("point-without-data", f"no restore point holds data that {point.name} could run with")
    return copies[-1]


def restore(places: AppPlaces, name: str, database: DatabaseDriver | None, spent: bool = False) -> None:
    """Bring database and media back to the point; may be repeated after a crash. `spent` as of `bring_back`."""
    point = places.restore_points / name
    record = durable.read_sealed(point / RECORD)
    media = point / "media" if record["media"] else None
    bring_back(places, database, point if record["database"] else None, media, spent)


def bring_back(
    places: AppPlaces, database: DatabaseDriver | None, copy: Path | None, media: Path | None, spent: bool = False
) -> None:
    """Put the database copied in folder `copy` and the folder `media` in the place of those there are.

    None stands for none there was. May be repeated after a crash; media become hard links where they can. A copy
    that is `spent` afterwards may itself become the database where there is no room for two.
    """
    if database is not None:
        if copy:
            database.restore(copy, spent)
        else:
            database.discard()
    _restore_media(places, media)


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


def forget_without_data(places: AppPlaces) -> None:
    """Delete the points that are nothing without the releases, which go."""
    for point in every(places):
        if not point.data:
            durable.remove_tree(point.path)


def prune(places: AppPlaces, form: str) -> list[str]:
    """Delete all but the newest `KEPT` points with data and as many without; return what went.

    A point without data goes with the last copy in its form, unless the data there are now have that `form`.
    Points that cannot be read go once they are older than all that are kept with data.
    """
    points = every(places)
    with_data, without = [p for p in points if p.data], [p for p in points if not p.data]
    kept, gone = with_data[-KEPT:], with_data[:-KEPT]
    lost = {point.form for point in gone} - {point.form for point in kept} - {form}
    gone += [point for point in without if point.form in lost or point not in without[-KEPT:]]
    readable = {point.path for point in points}
    damaged = [path for path in paths(places) if path not in readable and kept and path < kept[0].path]
    names = sorted(path.name for path in (*damaged, *(point.path for point in gone)))
    for name in names:
        durable.remove_tree(places.restore_points / name)
    return names


def next_moment(places: AppPlaces) -> str:
    """Return the time now, or a second after the newest point.

    So names are distinct and in the order of their age even when two runs fall into one second, or somebody set
    the clock back.
    """
    names = [path.name for path in paths(places) if _STAMP.match(path.name)]
    newest = calendar.timegm(time.strptime(names[-1][:16], "%Y%m%dT%H%M%SZ")) if names else 0
    return utc(max(time.time(), newest + 1))


def _moment_of(name: str) -> str:
    """Return the time a point's name begins with: 20261121T201405Z as 2026-11-21T20:14:05Z."""
    t = name[:16]
    return f"{t[:4]}-{t[4:6]}-{t[6:8]}T{t[9:11]}:{t[11:13]}:{t[13:15]}Z"
