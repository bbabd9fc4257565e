"""The files a region's configuration owns: put in place from `staged/`, kept by digest, put back after a failure.

A new file may wait in `staged/<path>` (then a run that is refused changes nothing), or lie in place already. Copies
of the files of the last receipt stay in `kept/<sha256>`, so the old configuration comes back whoever overwrote it.
A file that an administrator edited stays as he left it; what the region would have lies beside it.
"""

from __future__ import annotations

import stat
from collections.abc import Callable, Collection, Iterable
from pathlib import Path

from . import durable
from .errors import HostError, Refused
from .layout import AppPlaces
from .request import ManagedFile

KEPT_FOLDER_MODE = 0o700
BESIDE = ".semai-new"


def check(places: AppPlaces, files: Iterable[ManagedFile]) -> None:
    """Refuse when a file with the digest asked for lies neither staged nor in place."""
    for file in files:
        if _source(places, file) is None:
            raise Refused(
                "file-missing",
                f"{file.path} with digest {file.sha256[:12]}… lies neither in {places.staged} nor in place",
                hint="apply again: the configuration is written anew",
            )


def place(places: AppPlaces, files: Iterable[ManagedFile]) -> None:
    """Put the files in place with their modes."""
    for file in files:
        source, target = _source(places, file), places.managed(file.path)
        if source is None:
            raise HostError("file-missing", f"{file.path} vanished during the run")
        durable.make_folder(target.parent)
        if source != target or stat.S_IMODE(target.stat().st_mode) != file.bits:
            durable.copy(source, target, file.bits)


def keep(places: AppPlaces, files: Iterable[ManagedFile]) -> None:
    """Copy the files in place to `kept/`, and lay what an edited one would be beside it."""
    durable.make_folder(places.kept, KEPT_FOLDER_MODE)
    for file in files:
        copy = places.kept / file.sha256
        if not copy.exists():
            durable.copy(places.managed(file.path), copy, 0o600)
        _lay_beside(places, file)


def _lay_beside(places: AppPlaces, file: ManagedFile) -> None:
    beside = places.managed(file.path + BESIDE)
    if not file.shipped:
        durable.remove(beside)
    elif _has_digest(source := places.inside(f"staged/{file.path}"), file.shipped):
        durable.copy(source, beside, file.bits)


def forget_others(places: AppPlaces, files: Iterable[ManagedFile]) -> None:
    """Delete kept copies of other files than these, and what was staged."""
    durable.remove_tree(places.staged)
    wanted = {file.sha256 for file in files}
    for copy in places.kept.iterdir():
        if copy.name not in wanted:
            durable.remove(copy)


def put_back(
    places: AppPlaces,
    before: Iterable[ManagedFile],
    after: Iterable[ManagedFile],
    copy_of: Callable[[ManagedFile], Path | None],
    stay: Collection[str] = (),
) -> None:
    """Return from the files `after` to the files `before`, of which there are copies; those only in `after` go.

    Paths in `stay` are passed over.
    """
    old = {file.path: file for file in before}
    for file in after:
        if file.path not in old and file.path not in stay:
            durable.remove(places.managed(file.path))
    for file in (file for file in old.values() if file.path not in stay):
        target = places.managed(file.path)
        if not is_in_place(target, file):
            copy = copy_of(file)
            if copy is None or not copy.exists():
                raise HostError("file-missing", f"no copy of {file.path} as of the last receipt was kept")
            durable.make_folder(target.parent)
            durable.copy(copy, target, file.bits)


def is_in_place(target: Path, file: ManagedFile) -> bool:
    """Tell whether `target` is a plain file with the digest and mode of `file`."""
    return _has_digest(target, file.sha256) and stat.S_IMODE(target.stat().st_mode) == file.bits


def _source(places: AppPlaces, file: ManagedFile) -> Path | None:
    candidates = (places.inside(f"staged/{file.path}"), places.managed(file.path))
    return next((path for path in candidates if _has_digest(path, file.sha256)), None)


def _has_digest(path: Path, digest: str) -> bool:
    return path.is_file() and not path.is_symlink() and durable.digest_file(path) == digest
