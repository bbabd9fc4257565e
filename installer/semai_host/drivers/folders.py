"""The writable folders of a PHP app (`shared/data`): copied whole, because apps append to files in place.

`AppData` joins them with the app's database: one copy, one return.
"""

from __future__ import annotations

import os
from pathlib import Path

from .. import copies, durable, space
from ..copies import Owner
from ..errors import HostError
from . import Counted, DatabaseDriver, Loading

COPY = "data"
HAS_DATABASE = "has-database"


class Folders:
    """`shared/data` of one app; `owner` is its user when the tool runs as root."""

    def __init__(self, data: Path, owner: Owner) -> None:
        self.data = data
        self.owner = owner

    @property
    def _fresh(self) -> Path:
        """Beside the data, in a folder the app's user may not write to."""
        return self.data.with_name(self.data.name + ".restoring")

    @property
    def _old(self) -> Path:
        return self.data.with_name(self.data.name + ".replaced")

    def exists(self) -> bool:
        return self.data.is_dir() and any(self.data.iterdir())

    def size(self) -> int:
        return space.size_of(self.data)

    def dump(self, folder: Path) -> None:
        copy = folder / COPY
        durable.remove_tree(copy)
        copies.copy(self.data, copy)
        os.sync()

    def dump_counted(self, folder: Path, packed: bool) -> Counted:
        self.dump(folder)
        return Counted({})

    def verify(self, folder: Path) -> None:
        if not (folder / COPY).is_dir():
            raise HostError("database-damaged", f"{folder / COPY} is not the folder that was written")

    def rows(self) -> dict[str, int]:
        return {}

    def restore(self, folder: Path) -> None:
        for left in (self._fresh, self._old):
            durable.remove_tree(left)
        copies.copy(folder / COPY, self._fresh, self.owner)
        os.sync()
        if self.data.exists():
            os.replace(self.data, self._old)
        os.replace(self._fresh, self.data)
        durable.sync_folder(self.data.parent)
        durable.remove_tree(self._old)

    def discard(self) -> None:
        for folder in (self._fresh, self._old, self.data):
            durable.remove_tree(folder)


class AppData:
    """Folders and database of one app, as one."""

    def __init__(self, folders: Folders, database: DatabaseDriver | None) -> None:
        self.folders = folders
        self.database = database

    def exists(self) -> bool:
        return self.folders.exists() or (self.database is not None and self.database.exists())

    def size(self) -> int:
        return self.folders.size() + (self.database.size() if self.database and self.database.exists() else 0)

    def dump(self, folder: Path) -> None:
        """Copy the database first: a file more than it knows of does no harm."""
        if self.database and self.database.exists():
            self.database.dump(folder)
            durable.write(folder / HAS_DATABASE, b"")
        if self.folders.exists():
            self.folders.dump(folder)

    def dump_counted(self, folder: Path, packed: bool) -> Counted:
        counted = Counted({})
        if self.database and self.database.exists():
            counted = self.database.dump_counted(folder, packed)
            durable.write(folder / HAS_DATABASE, b"")
        if self.folders.exists():
            self.folders.dump(folder)
        return counted

    def verify(self, folder: Path) -> None:
        if (folder / COPY).exists():
            self.folders.verify(folder)
        if self.database and (folder / HAS_DATABASE).exists():
            self.database.verify(folder)

    def rows(self) -> dict[str, int]:
        return self.database.rows() if self.database else {}

    def restore(self, folder: Path, spent: bool = False) -> None:
        if (folder / COPY).is_dir():
            self.folders.restore(folder)
        else:
            self.folders.discard()
        if self.database is None:
            return
        if (folder / HAS_DATABASE).exists():
            self.database.restore(folder, spent)
        else:
            self.database.discard()

    def load(self, path: Path) -> None:
        if not isinstance(self.database, Loading):
            raise HostError("import-failed", f"the app has no database that {path.name} could be loaded into")
        self.database.load(path)

    def discard(self) -> None:
        if self.database:
            self.database.discard()
        self.folders.discard()
