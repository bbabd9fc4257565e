"""The control groups of a lab: every process of a lab lives in one, so that all of them can be found and killed.

Machines must not share a group: the systemd of each keeps its services below it, and would kill the other's.
"""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from pathlib import Path

from tests.lab.commands import LabError

_V2_PLACES = (Path("/sys/fs/cgroup/unified"), Path("/sys/fs/cgroup"))
_NAMED = Path("/sys/fs/cgroup/systemd")  # where hosts with cgroup v1 let systemd keep its tree


def unified() -> Path | None:
    """Return the mount point of cgroup2, or None when groups cannot be killed as a whole here."""
    return next((place for place in _V2_PLACES if (place / "cgroup.controllers").exists()), None)


def roots() -> tuple[Path, ...]:
    """Return the hierarchies that take part."""
    found = unified()
    if found is None:
        raise LabError("no cgroup2 hierarchy here")
    named = _NAMED if (_NAMED / "cgroup.procs").exists() and found != _NAMED.parent else None
    return (found, named) if named else (found,)


def within(group: str, words: Sequence[str]) -> list[str]:
    """Make a group and return the command that runs `words` in it."""
    folders = [root / group for root in roots()]
    for folder in folders:
        folder.mkdir(parents=True, exist_ok=True)
    enter = " && ".join(f"echo $$ >{folder}/cgroup.procs" for folder in folders)
    return ["/bin/sh", "-c", f'{enter} && exec "$@"', "sh", *words]


def kill(group: str, seconds: float = 20) -> None:
    """Kill every process of a group and below at once, wait until they are gone, and remove it."""
    folders = [root / group for root in roots()]
    if folders[0].exists():
        (folders[0] / "cgroup.kill").write_text("1")
        wait_empty(group, seconds)
    for folder in folders:
        _remove(folder)


def populated(group: str) -> bool:
    """Tell whether a process lives in the group or below."""
    try:
        return "populated 1" in (roots()[0] / group / "cgroup.events").read_text()
    except FileNotFoundError:
        return False


def wait_empty(group: str, seconds: float) -> None:
    """Wait until no process is left; raises LabError when that takes too long."""
    end = time.monotonic() + seconds
    while populated(group):
        if time.monotonic() > end:
            raise LabError(f"processes of {group} are still there after {seconds:.0f} s")
        time.sleep(0.02)


def names(prefix: str) -> set[str]:
    """Return the groups at the top whose name begins with `prefix`."""
    return {folder.name for root in roots() for folder in root.glob(f"{prefix}*") if folder.is_dir()}


def _remove(folder: Path) -> None:
    for path, _, _ in os.walk(folder, topdown=False):
        Path(path).rmdir()
