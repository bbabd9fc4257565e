"""What this host is and runs, in one reading: `collect(root)` for Ansible's probe and for the verb `state`.

Takes no lock and changes nothing; works on a bare host and reports damage in place instead of failing.
"""

from __future__ import annotations

import json
import os
import stat
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from . import accounts, durable, health, host_facts, journal, locks, maintenance, receipts, runtimes, space
from .drivers import ServiceStatus, choice
from .errors import HostError
from .layout import SYSTEMD, Layout
from .receipts import Receipt
from .request import Request

SCHEMA = 1


def collect(root: str, sizes: bool = False, exposure: bool = False) -> dict[str, Any]:
    """Return the state of the host below `root` (README.md has an example).

    Without `sizes` the apps' `disk_mb` is null: counting ten thousand files per release costs 30 ms each time.
    With `exposure` each service says how exposed systemd finds it (0 safest, 10 worst); that costs half a second.
    """
    layout = Layout(os.path.abspath(root))
    names = [name for name in layout.apps() if _is_here(layout, name)]
    services = choice.services(layout)
    status = services.status(names)
    found = services.exposure(names) if exposure else {}
    with ThreadPoolExecutor(max_workers=8) as pool:
        reports = pool.map(lambda name: (name, _app(layout, name, status[name], sizes)), names)
        apps = dict(reports)
    for name, figure in found.items():
        apps[name]["service"]["exposure"] = figure
    return {
        "schema": SCHEMA,
        "tool": _tool_version(layout.tool),
        "tool_sha256": durable.digest_file(layout.tool) if layout.tool.is_file() else None,
        "host": host_facts.collect(),
        "filesystems": _filesystems(layout),
        "apps": apps,
        "kept": {name: points for name in layout.apps() if (points := _restore_points(layout, name))},
        "journal": [entry for name in layout.journals() for entry in _journal(layout, name)],
        "maintenance": sorted(path.name for path in _listing(layout.root / "maintenance")),
        "lock": locks.holder(layout.lock),
        "backup": _backup(layout),
        "verdict": durable.believed(layout.verdict),
    }


def _backup(layout: Layout) -> dict[str, Any] | None:
    known, drilled = durable.believed(layout.last_backups), durable.believed(layout.last_drill)
    if known is None and drilled is None:
        return None
    return {"engine": known["engine"] if known else "", "last": known or {}, "last_drill": drilled}


def _is_here(layout: Layout, name: str) -> bool:
    return layout.receipt(name).exists() or layout.app(name).serving.exists()


def _app(layout: Layout, name: str, status: ServiceStatus, sizes: bool) -> dict[str, Any]:
    places = layout.app(name)
    report: dict[str, Any] = {"receipt": None}
    try:
        receipt = receipts.read(layout.receipt(name))
    except (HostError, OSError) as error:
        receipt, report["receipt_error"] = None, str(error)
    serving = _serving(layout, name)
    if receipt:
        report["receipt"] = {**receipt.as_dict(), "digest": durable.digest_of(receipt.as_dict())}
    report["leader"] = serving.leader if serving else True
    report["files"] = _files(layout, name, receipt, serving)
    report["service"] = {
        "state": status.state,
        "pid": status.pid,
        "since": status.since,
        "wanted": status.wanted,
        "detail": status.detail,
    }
    report["health"] = _health(layout, name, serving, status)
    report["rss_mb"] = host_facts.resident_mb(status.pid)
    report["disk_mb"] = _mb(space.size_of(places.folder)) if sizes else None
    report["media_mb"] = _mb(space.size_of(places.media)) if sizes else None
    report["database_mb"] = _database_mb(layout, serving) if sizes and serving else None
    return report


def _database_mb(layout: Layout, serving: Request) -> int | None:
    """Return what a copy of the app's database takes; None when it has none, or it cannot be asked."""
    try:
        account = accounts.find(serving.name) if layout.keeper == SYSTEMD else None
        database = choice.database(serving, layout.app(serving.name), account)
        return _mb(database.size()) if database and database.exists() else None
    except (HostError, OSError):
        return None


def _mb(size: int) -> int:
    return -(-size // space.MB)


def _serving(layout: Layout, name: str) -> Request | None:
    try:
        return receipts.serving(layout.app(name))
    except (HostError, OSError):
        return None


def _files(
    layout: Layout, name: str, receipt: Receipt | None, serving: Request | None
) -> dict[str, dict[str, str] | None]:
    """Return digest and mode of every managed file as it is now; None when it is gone or cannot be read."""
    paths = sorted(receipt.files) if receipt else [file.path for file in (serving.files if serving else ())]
    return {path: _file(layout.app(name).folder / path) for path in paths}


def _file(path: Path) -> dict[str, str] | None:
    try:
        mode = stat.S_IMODE(path.lstat().st_mode)
        return {"sha256": durable.digest_file(path), "mode": f"{mode:04o}"}
    except OSError:
        return None


def _health(layout: Layout, name: str, serving: Request | None, status: ServiceStatus) -> dict[str, Any]:
    if serving is None or status.state != "running":
        return {"status": "unknown", "release": None, "detail": f"service {status.state}"}
    if maintenance.shows_page(layout.maintenance(name)):
        return {"status": "unknown", "release": None, "detail": "maintenance page"}
    return runtimes.of(serving).ask(layout.app(name), serving, health.PATIENCE_SECONDS).as_dict()


def _journal(layout: Layout, name: str) -> list[dict[str, Any]]:
    """Return an entry for each app of the run in a journal."""
    try:
        found = journal.load(layout.journal(name))
    except (HostError, OSError) as error:
        return [{"app": name, "verb": None, "step": None, "started": None, "error": str(error)}]
    if found is None:
        return [{"app": name, "verb": None, "step": None, "started": None}]
    record = found.record
    told = {
        "verb": record.verb,
        "step": record.step,
        "started": record.started,
        "run": record.run,
        "undoing": record.undoing,
    }
    return [{"app": app, **told} for app in record.apps]


def _filesystems(layout: Layout) -> list[dict[str, Any]]:
    """Return each file system below the root once, by the first path that lies on it."""
    found: dict[int, dict[str, Any]] = {}
    for path in (layout.root, *layout.folders()):
        there = space.existing(path)
        figures = os.statvfs(there)
        found.setdefault(
            there.stat().st_dev,
            {
                "path": str(there),
                "total_mb": figures.f_blocks * figures.f_frsize // space.MB,
                "free_mb": figures.f_bavail * figures.f_frsize // space.MB,
            },
        )
    return list(found.values())


def _restore_points(layout: Layout, name: str) -> list[str]:
    points = _listing(layout.app(name).restore_points)
    return sorted(str(point) for point in points if not point.name.endswith(".partial"))


def _listing(folder: Path) -> list[Path]:
    try:
        return list(folder.iterdir())
    except OSError:
        return []


def _tool_version(tool: Path) -> str | None:
    """Return the version inside the installed zipapp; None when there is none or it cannot be read."""
    try:
        with zipfile.ZipFile(tool) as archive:
            about = json.loads(archive.read("semai_host/about.json"))
    except (OSError, KeyError, ValueError, zipfile.BadZipFile):
        return None
    return str(about.get("version"))
