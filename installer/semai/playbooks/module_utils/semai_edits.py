"""Which managed files an administrator edited on this host: they stay, what semai would write goes beside."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from pathlib import Path

from ansible.module_utils.semai_host import receipts
from ansible.module_utils.semai_host.errors import HostError


def digest(content: bytes) -> str:
    """Return the sha256 of `content`, 64 hex digits."""
    return hashlib.sha256(content).hexdigest()


class Edits:
    """The edits below the folder of one app, but for those that `overwrite` names."""

    def __init__(self, app: Path, overwrite: Collection[str] = ()) -> None:
        self.app = app
        self._overwrite = overwrite
        try:
            receipt = receipts.read(app.parent.parent / "receipts" / f"{app.name}.json")
        except (HostError, OSError):  # without a receipt to believe nobody can tell who wrote what
            receipt = None
        self._files = {path: file["sha256"] for path, file in receipt.files.items()} if receipt else {}
        self._edited = receipt.edited if receipt else {}

    def keeps(self, path: str, shipped: str) -> bool:
        """Tell whether the file differs from what semai wrote last and from `shipped`, what it would write now."""
        found = self._found(path)
        if path in self._overwrite or path not in self._files or not found:
            return False
        return found not in (self._edited.get(path, self._files[path]), shipped)

    def recorded(self, path: str) -> str:
        """Return the digest semai would write, when the receipt knows of this very edit; else an empty text."""
        known = path not in self._overwrite and self._found(path) == self._files.get(path)
        return self._edited.get(path, "") if known else ""

    def _found(self, path: str) -> str:
        place = self.app / path
        return digest(place.read_bytes()) if place.is_file() and not place.is_symlink() else ""
