"""Who owns what of an app that has a user of its own: code is root's, data the app's, the rest nobody else reads.

Every function puts things right however it finds them, so it may run again after a crash. Folders an app may write
to are walked without following links, because a compromised app could have put some there.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from .accounts import Account
from .layout import AppPlaces, Layout
from .request import ManagedFile

OPEN, PASSABLE, GROUP, PRIVATE = 0o755, 0o751, 0o750, 0o700
PUBLIC_FILE, GROUP_FILE = 0o644, 0o640
_GROUP_READS = 0o040
_OF_THE_GROUP = ("venv", "release.json")  # of a release; the web server shows the rest
_ROOT = 0


def give_root(layout: Layout) -> None:
    """Let apps' users pass where their files lie, and nowhere else."""
    open_to_all = (layout.root, layout.root / "apps", layout.tool.parent, layout.root / "maintenance")
    closed = (layout.root / "receipts", layout.root / "journal")
    for folder, mode in (*((path, OPEN) for path in open_to_all), *((path, PRIVATE) for path in closed)):
        if folder.is_dir():
            _set(folder, _ROOT, _ROOT, mode)


def give_folders(places: AppPlaces, account: Account) -> None:
    """Set the folders of the app; those that are not there yet are passed over."""
    for folder, gid, mode in (
        (places.folder, _ROOT, PASSABLE),
        (places.releases, _ROOT, OPEN),
        (places.shared, account.gid, GROUP),
        (places.kept, _ROOT, PRIVATE),
        (places.staged, _ROOT, PRIVATE),
        (places.restore_points, _ROOT, PRIVATE),
    ):
        if folder.is_dir():
            _set(folder, _ROOT, gid, mode)
    for folder in (places.shared / "data", places.media):
        if folder.is_dir():
            _set(folder, account.uid, account.gid, GROUP)


def give_files(places: AppPlaces, account: Account, files: Iterable[ManagedFile]) -> None:
    """Let the app read its managed files: through its group, or as owner when the mode shuts the group out."""
    for file in files:
        path = places.managed(file.path)
        if path.is_file():
            _set(path, _ROOT if file.bits & _GROUP_READS else account.uid, account.gid, file.bits)
            _give_parents(path, places.shared, account)


def _give_parents(path: Path, shared: Path, account: Account) -> None:
    """Let the group pass the folders of managed files below `shared`; the app's own folders stay its own."""
    own = (shared / "data", shared / "media")
    for folder in path.parents:
        if folder == shared or any(folder == mine or mine in folder.parents for mine in own):
            return
        _set(folder, _ROOT, account.gid, GROUP)


def give_data(places: AppPlaces, account: Account) -> None:
    """Give everything in data and media to the app: what a restore brought back is root's until then."""
    for top in (places.shared / "data", places.media):
        if not top.is_dir() or top.is_symlink():
            continue
        for _, folders, files, descriptor in os.fwalk(top):
            _own(".", account, descriptor)
            for name in (*folders, *files):
                _own(name, account, descriptor)


def give_release(folder: Path, account: Account) -> None:
    """Make a release root's: the app reads all of it, the web server what is shown, other apps' users no code."""
    _set(folder, _ROOT, _ROOT, OPEN)
    for entry in sorted(folder.iterdir()):
        if entry.name in _OF_THE_GROUP:
            _set(entry, _ROOT, account.gid, GROUP if entry.is_dir() else GROUP_FILE)
        elif entry.name == "static":
            _open_up(entry)


def give_record(path: Path, account: Account | None) -> None:
    """Let the app's user read a record of the tool's."""
    if account and path.is_file():
        _set(path, _ROOT, account.gid, GROUP_FILE)


def _open_up(top: Path) -> None:
    for folder, _, files in os.walk(top):
        _set(Path(folder), _ROOT, _ROOT, OPEN)
        for name in files:
            _set(Path(folder) / name, _ROOT, _ROOT, PUBLIC_FILE)


def _set(path: Path, uid: int, gid: int, mode: int) -> None:
    """Set owner and mode of a path in a folder that only root writes to."""
    figures = path.lstat()
    if (figures.st_uid, figures.st_gid) != (uid, gid):
        os.chown(path, uid, gid, follow_symlinks=False)
        figures = path.lstat()
    if figures.st_mode & 0o7777 != mode:
        path.chmod(mode)


def _own(name: str, account: Account, descriptor: int) -> None:
    figures = os.stat(name, dir_fd=descriptor, follow_symlinks=False)
    if (figures.st_uid, figures.st_gid) != account.owner:
        os.chown(name, account.uid, account.gid, dir_fd=descriptor, follow_symlinks=False)
