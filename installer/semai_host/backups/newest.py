"""`<root>/backup/last.json`: each app's newest backup, so that a probe need not ask the repository."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from .. import durable
from .engine import Engine, Stored


def note(path: Path, engine: Engine, stored: Stored) -> None:
    """Take down that `stored` is now the newest set of its apps and was read back."""
    apps = _apps(path)
    apps.update({name: {"set": stored.set, "moment": stored.moment, "verified": True} for name in stored.apps})
    record = {"schema": 1, "engine": engine.name, "encrypted": engine.encrypted, "apps": apps}
    durable.write_sealed(path, record, 0o600)


def distrust(path: Path, name: str) -> None:
    """Take down that the set could not be read back: nobody may delete data because of it."""
    known = durable.believed(path)
    if known is None:
        return
    apps = {
        app: {**entry, "verified": entry["verified"] and entry["set"] != name}
        for app, entry in known["apps"].items()
    }
    durable.write_sealed(path, {**known, "apps": apps}, 0o600)


def _apps(path: Path) -> dict[str, Any]:
    known = durable.believed(path)
    return dict(known["apps"]) if known else {}
