"""What stays of drills: `<root>/backup/last-drill.json` says how each app's last one went, which a probe tells, and
`<root>/backup/drills` keeps all that was found in each, sealed, for whoever asks for proof of one that a timer ran.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from .. import durable

Entry = dict[str, Any]
KEPT = 36  # three years of monthly drills


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


def keep(folder: Path, answer: Entry, by: str) -> Path:
    """Keep all that a drill found, on whose behalf it was, and drop the oldest beyond `KEPT`; return its file."""
    moment = answer["moment"].replace("-", "").replace(":", "")
    path = folder / f"drill-{moment}.json"
    durable.make_folder(folder, 0o700)
    durable.write_sealed(path, {"schema": 1, "by": by, **answer}, 0o600)
    for old in sorted(folder.glob("drill-*.json"))[:-KEPT]:
        durable.remove(old)
    return path


def newest(folder: Path) -> Entry | None:
    """Return all that the newest drill found, or None when there was none; one that was damaged is passed over."""
    found = (durable.believed(path) for path in sorted(folder.glob("drill-*.json"), reverse=True))
    return next((record for record in found if record is not None), None)


def _known(path: Path) -> Entry:
    return dict((durable.believed(path) or {}).get("apps", {}))
