"""SQLite: copied by the online backup API and checked for integrity; brought back beside, then swapped."""

from __future__ import annotations

import errno
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from .. import durable
from ..errors import HostError
from . import Counted

COPY = "database.sqlite3"
DIGEST = "database.sha256"
BUSY_SECONDS = 30.0
_COMPANIONS = ("-wal", "-shm", "-journal")
_COUNT = "SELECT count(*) FROM "
_TABLES = """
SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'
AND sql NOT LIKE 'CREATE VIRTUAL%' ORDER BY name
"""


class SqliteDatabase:
    """The database file of one app."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def exists(self) -> bool:
        return self.path.exists()

    def size(self) -> int:
        files = (self.path, self.path.with_name(self.path.name + "-wal"))
        return sum(file.stat().st_size for file in files if file.exists())

    def dump(self, folder: Path) -> None:
        copy = folder / COPY
        with (
            _told(self.path),
            closing(sqlite3.connect(f"{self.path.as_uri()}?mode=rw", timeout=BUSY_SECONDS, uri=True)) as source,
            closing(sqlite3.connect(copy)) as target,
        ):
            source.backup(target)
        _verify(copy)
        copy.chmod(0o640)
        durable.sync_file(copy)
        durable.write(folder / DIGEST, durable.digest_file(copy).encode())

    def verify(self, folder: Path) -> None:
        copy = folder / COPY
        if not copy.exists() or durable.digest_file(copy) != (folder / DIGEST).read_text():
            raise HostError("database-damaged", f"{copy} is not the file that was written")

    def dump_counted(self, folder: Path, packed: bool) -> Counted:
        self.dump(folder)
        return Counted(SqliteDatabase(folder / COPY).rows())

    def rows(self) -> dict[str, int]:
        if not self.exists():
            return {}
        address = f"{self.path.as_uri()}?mode=rw"  # a log left by a killed app is read as well
        with _told(self.path), closing(sqlite3.connect(address, timeout=BUSY_SECONDS, uri=True)) as source:
            source.execute("BEGIN")  # all tables as of one moment
            names = [str(row[0]) for row in source.execute(_TABLES)]
            return {name: int(source.execute(_COUNT + _quoted(name)).fetchone()[0]) for name in names}

    def restore(self, folder: Path, spent: bool = False) -> None:
        copy = folder / COPY
        if not copy.exists() and self._came_from(folder):
            return  # an earlier try had no room for two and moved the copy here
        _verify(copy)
        try:
            beside = durable.copy_beside(copy, self.path)
        except OSError as error:
            if not spent or error.errno not in (errno.ENOSPC, errno.EDQUOT):
                raise
            beside = copy  # no room for two: the copy itself becomes the database
        for companion in _COMPANIONS:  # a log of the other file would be replayed into this one
            durable.remove(self.path.with_name(self.path.name + companion))
        os.replace(beside, self.path)
        durable.sync_folder(self.path.parent)

    def discard(self) -> None:
        for suffix in ("", *_COMPANIONS):
            durable.remove(self.path.with_name(self.path.name + suffix))

    def _came_from(self, folder: Path) -> bool:
        return self.exists() and durable.digest_file(self.path) == (folder / DIGEST).read_text()


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _verify(path: Path) -> None:
    """Check a copy nobody else has open."""
    with _told(path), closing(sqlite3.connect(f"{path.as_uri()}?mode=ro&immutable=1", uri=True)) as database:
        found = [str(row[0]) for row in database.execute("PRAGMA integrity_check(5)")]
    if found != ["ok"]:
        raise HostError("database-damaged", f"{path} fails SQLite's integrity check: {'; '.join(found)}")


@contextmanager
def _told(path: Path) -> Iterator[None]:
    """Turn SQLite's errors into ours, naming the file and telling a full disk from damage."""
    try:
        yield
    except sqlite3.Error as error:
        code = "disk-full" if "full" in str(error) else "database-damaged"
        raise HostError(code, f"{path}: {error}") from error
