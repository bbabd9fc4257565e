"""`<root>/backup/last-drill.json`: how each app's last drill went, so that a probe need not ask anybody."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from .. import durable

Entry = dict[str, Any]


def note(path: Path, moment: str, drilled: Sequence[Entry]) -> None:
    """Take down how apps fared at `moment`; `passed` stays the last time that all was well."""
    apps = dict(_known(path))
    for entry in drilled:
        passed = moment if entry["verdict"] == "passed" else apps.get(entry["app"], {}).get("passed")
        apps[entry["app"]] = {
            "moment": moment,
            "set": entry["set"],
            "verdict": entry["verdict"],
            "passed": passed,
        }
    durable.write_sealed(path, {"schema": 1, "apps": apps}, 0o600)


def _known(path: Path) -> Entry:
    return dict((durable.believed(path) or {}).get("apps", {}))
