"""Writing so that a power cut leaves the old file or the new one: temp beside, fsync, rename, fsync the folder.

One run at a time writes below a root, so the temp name is fixed: a killed run leaves at most one `.name.tmp`, which
the next write or `sweep` removes.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from .errors import HostError

FOLDER_MODE = 0o750


class Corrupt(HostError):
    """A file of ours does not hold what we wrote."""


def write(path: Path, content: bytes, mode: int = 0o640) -> None:
    """Replace `path` by `content` in one step."""
    temp = path.with_name(f".{path.name}.tmp")
    try:
        descriptor = os.open(temp, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fchmod(descriptor, mode)
            os.fsync(descriptor)
        os.replace(temp, path)
    except BaseException:
        remove(temp)
        raise
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def make_folder(folder: Path, mode: int = FOLDER_MODE) -> None:
    """Create `folder` and its parents where missing."""
    if folder.is_dir():
        return
    make_folder(folder.parent, mode)
    folder.mkdir(mode, exist_ok=True)
    sync_folder(folder.parent)


def remove(path: Path) -> None:
    """Delete a file or link; a missing one is fine."""
    try:
        path.unlink()
    except FileNotFoundError:
        return


def remove_tree(folder: Path) -> None:
    """Delete a folder with all in it (never following links); a missing one is fine."""
    if folder.is_symlink():
        remove(folder)
    elif folder.exists():
        shutil.rmtree(folder)
        sync_folder(folder.parent)


def remove_around(folder: Path, spared: Path) -> None:
    """Delete a folder with all in it; where `spared` is a file system of its own, what is mounted there stays."""
    if not os.path.ismount(spared):
        remove_tree(folder)
        return
    for entry in list(folder.iterdir()):
        if entry in spared.parents:
            remove_around(entry, spared)
        elif entry.is_dir() and not entry.is_symlink() and entry != spared:
            remove_tree(entry)
        elif entry != spared:
            remove(entry)


def empty(folder: Path) -> None:
    """Delete all in a folder, never following links."""
    for entry in list(folder.iterdir()):
        if entry.is_dir() and not entry.is_symlink():
            remove_tree(entry)
        else:
            remove(entry)


def remove_if_empty(folder: Path) -> None:
    try:
        folder.rmdir()
    except OSError as error:
        if error.errno not in (errno.ENOENT, errno.ENOTEMPTY, errno.EEXIST, errno.ENOTDIR, errno.EBUSY):
            raise


def link(path: Path, target: str) -> None:
    """Point the symbolic link `path` at `target` in one step."""
    temp = path.with_name(f".{path.name}.tmp")
    remove(temp)
    temp.symlink_to(target)
    os.replace(temp, path)
    sync_folder(path.parent)


def copy(source: Path, target: Path, mode: int = 0o640) -> None:
    """Copy a file beside its target, fsync, rename over it."""
    os.replace(copy_beside(source, target, mode), target)
    sync_folder(target.parent)


def copy_beside(source: Path, target: Path, mode: int = 0o640) -> Path:
    """Copy a file, fsynced, to the temp name beside `target` and return that name."""
    temp = target.with_name(f".{target.name}.tmp")
    remove(temp)  # the folder may be an app's own: a link it laid there must not lead us elsewhere
    try:
        descriptor = os.open(temp, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        with source.open("rb") as content, os.fdopen(descriptor, "wb") as file:
            shutil.copyfileobj(content, file, 1 << 20)
            file.flush()
            os.fchmod(descriptor, mode)
            os.fsync(descriptor)
    except BaseException:
        remove(temp)
        raise
    return temp


def sync_file(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def link_tree(source: Path, target: Path) -> None:
    """Rebuild folder `source` as `target` with hard links; copy where the file system cannot link."""
    for folder, _, files in os.walk(source):
        there = target / os.path.relpath(folder, source)
        there.mkdir(FOLDER_MODE, parents=True, exist_ok=True)
        for name in files:
            link_or_copy(Path(folder) / name, there / name)


def link_or_copy(source: Path | str, target: Path | str) -> None:
    """Make `target` the same file; a copy where the file system cannot link."""
    try:
        os.link(source, target, follow_symlinks=False)
    except OSError as error:
        if error.errno not in (errno.EXDEV, errno.EPERM, errno.EMLINK):
            raise
        shutil.copy2(source, target, follow_symlinks=False)


def sweep(folders: Iterable[Path]) -> list[Path]:
    """Delete the temp files a killed run left in `folders`; return them."""
    left = [path for folder in folders if folder.is_dir() for path in folder.glob(".*.tmp")]
    for path in left:
        remove(path)
    return left


def digest_file(path: Path) -> str:
    """Return the sha256 of a file's bytes."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        for block in iter(lambda: file.read(1 << 20), b""):
            digest.update(block)
    return digest.hexdigest()


def digest_of(value: Any) -> str:
    """Return the sha256 of `value` in canonical JSON (sorted keys, no spaces, UTF-8)."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def write_sealed(path: Path, record: dict[str, Any], mode: int = 0o640) -> None:
    """Write `record` as JSON with a `digest` over all the rest."""
    sealed = {**record, "digest": digest_of(record)}
    write(path, (json.dumps(sealed, indent=2, sort_keys=True, ensure_ascii=False) + "\n").encode(), mode)


def read_sealed(path: Path) -> dict[str, Any]:
    """Read what `write_sealed` wrote, digest included; raise Corrupt when it is anything else."""
    try:
        record = json.loads(path.read_bytes())
    except (ValueError, RecursionError) as error:
        raise Corrupt("file-corrupt", f"{path} is not JSON: {error}") from error
    if not isinstance(record, dict) or record.get("schema") != 1:
        raise Corrupt("file-corrupt", f"{path} does not say schema 1")
    rest = {key: value for key, value in record.items() if key != "digest"}
    if record.get("digest") != digest_of(rest):
        raise Corrupt("file-corrupt", f"{path} was changed by hand or damaged: its digest does not match")
    return record


def believed(path: Path) -> dict[str, Any] | None:
    """Return what `write_sealed` wrote, without the digest; None when there is nothing or it cannot be believed."""
    try:
        record = read_sealed(path)
    except (Corrupt, OSError):
        return None
    return {key: value for key, value in record.items() if key != "digest"}
