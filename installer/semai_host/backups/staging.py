"""Laying a set ready: each app's database of one moment, media as hard links, managed files, a manifest."""

from __future__ import annotations

import os
import stat
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from .. import durable
from ..drivers import Counted, folders
from ..errors import Refused
from ..events import utc
from ..host import App
from ..request import Request
from .engine import Engine

MANIFEST = "set.json"
SECRET_MODE_BITS = 0o077  # a managed file that shuts everybody else out holds secrets


def lay(apps: Sequence[App], folder: Path, name: str, engine: Engine) -> dict[str, Any]:
    """Fill the new `folder` for `engine` and return its manifest.

    Raises HostError when a database cannot be copied whole. An engine that stores once what sets have in common
    gets copies that are not packed.
    """
    durable.make_folder(folder, 0o700)
    moment = utc()
    spread, counted = _copy_databases(apps, folder, packed=not engine.shares)
    parts = {app.name: _lay_app(app, folder / app.name, engine.encrypted, counted[app.name]) for app in apps}
    manifest = {
        "schema": 1,
        "set": name,
        "moment": moment,
        "spread_ms": spread,
        "engine": engine.name,
        "encrypted": engine.encrypted,
        "apps": parts,
        "parts": digests(folder),
    }
    durable.write_sealed(folder / MANIFEST, manifest, 0o600)
    return manifest


def _copy_databases(apps: Sequence[App], folder: Path, packed: bool) -> tuple[int, dict[str, Counted | None]]:
    """Copy all databases at once; return the milliseconds from the first beginning to the last, and the rows."""
    start = threading.Barrier(len(apps))

    def copy(app: App) -> tuple[float, Counted | None]:
        target = folder / app.name
        durable.make_folder(target, 0o700)
        database = app.database(app.serving())
        there = database is not None and database.exists()
        start.wait()
        began = time.monotonic()
        return began, database.dump_counted(target, packed) if database is not None and there else None

    with ThreadPoolExecutor(max_workers=len(apps)) as pool:
        found = list(pool.map(copy, apps))
    moments = [began for began, _ in found]
    counted = dict(zip((app.name for app in apps), (rows for _, rows in found)))  # noqa: B905 - Python 3.9
    return round((max(moments) - min(moments)) * 1000), counted


def _lay_app(app: App, folder: Path, encrypted: bool, counted: Counted | None) -> dict[str, Any]:
    serving = _serving(app)
    has_database = any(folder.iterdir())
    if app.places.media.is_dir():
        durable.link_tree(app.places.media, folder / "media")
    kept, secret = _lay_files(app, serving, folder / "files", encrypted)
    media, data = figures(folder / "media"), figures(folder / folders.COPY)
    return {
        "version": serving.version,
        "release": serving.release,
        "config": serving.config,
        "database": serving.database.driver if serving.database and has_database else None,
        "rows": dict(counted.rows) if counted else None,
        "rows_exact": counted.exact if counted else None,
        "rows_earlier": dict(counted.earlier) if counted else {},
        "media": media,
        "data": data,
        "files": kept,
        "left_out": secret,
        "bytes": sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()),
        "request": serving.as_dict(),
    }


def _serving(app: App) -> Request:
    serving = app.serving()
    if serving is None:
        raise Refused("unknown-app", f"{app.name} is not installed on this host")
    return serving


def _lay_files(app: App, serving: Request, folder: Path, encrypted: bool) -> tuple[list[str], list[str]]:
    """Copy the managed files; those with secrets into an encrypted set only. Return what was kept and left out."""
    kept, left = [], []
    for file in serving.files:
        source = app.places.managed(file.path)
        if not source.is_file():
            continue
        if not encrypted and not file.bits & SECRET_MODE_BITS:
            left.append(file.path)
            continue
        durable.make_folder((folder / file.path).parent, 0o700)
        durable.copy(source, folder / file.path, file.bits)
        kept.append(file.path)
    return kept, left


def figures(folder: Path) -> dict[str, int]:
    """Count plain files and bytes; whatever else an app laid there (links, sockets) goes: no set has it."""
    count = size = 0
    for place, inner, files in os.walk(folder):
        for name in (*inner, *files):
            path = Path(place) / name
            found = path.lstat()
            if stat.S_ISREG(found.st_mode):
                count, size = count + 1, size + found.st_size
            elif not stat.S_ISDIR(found.st_mode):
                durable.remove(path)
    return {"files": count, "bytes": size}


def digests(folder: Path) -> dict[str, str]:
    """Return the sha256 of every plain file below `folder` by its relative path."""
    files = sorted(path for path in folder.rglob("*") if path.is_file() and not path.is_symlink())
    return {path.relative_to(folder).as_posix(): durable.digest_file(path) for path in files}
