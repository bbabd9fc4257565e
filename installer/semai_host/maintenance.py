"""The maintenance flag `<root>/maintenance/<app>`: who put it there, why, and whether the page or the app answers.

The flag alone decides: `semai-host serve APP` reads it at every start and becomes the page or the app. So the state
survives crashes and reboots, and taking the flag away and restarting the service is all it needs to end.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from . import durable
from .events import utc

PAGE, APP = "page", "app"


@dataclass(frozen=True)
class Flag:
    """`run` names the run that set it, empty for an operator; `serving` is what the app's port shows."""

    run: str
    since: str
    by: str
    serving: str = PAGE


def write(path: Path, run: str, by: str, serving: str = PAGE) -> None:
    before = read(path)
    flag = Flag(run, before.since if before else utc(), by, serving)
    durable.make_folder(path.parent)
    durable.write(path, json.dumps(asdict(flag)).encode(), 0o640)


def clear(path: Path) -> None:
    durable.remove(path)
    if path.parent.is_dir():
        durable.sync_folder(path.parent)


def read(path: Path) -> Flag | None:
    """Return the flag; one that cannot be read counts as an operator's."""
    try:
        return Flag(**json.loads(path.read_bytes()))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, TypeError):
        return Flag("", "", "unreadable flag")


def shows_page(path: Path) -> bool:
    flag = read(path)
    return flag is not None and flag.serving == PAGE
