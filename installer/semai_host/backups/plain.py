"""The engine of a machine without restic: one tar per set and a sealed record beside it; not encrypted.

`<set>.tar` without `<set>.json` was never verified and is no set.
"""

from __future__ import annotations

import os
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from .. import durable
from ..errors import HostError, Refused
from .engine import SET, Stored

MARK = "semai-archive.json"


class PlainArchives:
    """A folder of tars."""

    name = "archive"
    encrypted = False
    shares = False

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def prepare(self) -> None:
        durable.make_folder(self.folder, 0o700)
        if not (self.folder / MARK).exists():
            durable.write_sealed(self.folder / MARK, {"schema": 1, "engine": self.name}, 0o600)
        self.tidy()

    def tidy(self) -> None:
        """Drop what killed runs left of sets that were not verified."""
        for left in (left for end in ("tar.partial", "tar", "pending") for left in self.folder.glob(f"*.{end}")):
            name = left.name.split(".")[0]
            known = left.suffix == ".tar" and (self._record(name).exists() or self._damaged(name).exists())
            if SET.fullmatch(name) and not known:
                durable.remove(left)

    def store(self, stored: Stored, folder: Path) -> None:
        partial = self.folder / f"{stored.set}.tar.partial"
        try:
            with partial.open("xb") as file:
                partial.chmod(0o600)
                with tarfile.open(fileobj=file, mode="w|", format=tarfile.PAX_FORMAT) as tar:
                    tar.add(folder, arcname=stored.set)
            durable.sync_file(partial)
            durable.write_sealed(self._pending(stored.set), {"schema": 1, **stored.as_dict()}, 0o600)
            partial.replace(self._tar(stored.set))
        except BaseException:
            durable.remove(partial)
            raise
        durable.sync_folder(self.folder)

    @contextmanager
    def opened(self, name: str) -> Iterator[IO[bytes]]:
        try:
            file = self._tar(name).open("rb")
        except FileNotFoundError as error:
            raise Refused("set-unknown", f"the repository has no set {name}", "semai-host backup list") from error
        with file:
            yield file

    def part(self, name: str, path: str) -> bytes:
        try:
            with self.opened(name) as file, tarfile.open(fileobj=file, mode="r:") as tar:
                content = tar.extractfile(f"{name}/{path}")
                return content.read() if content else b""
        except (tarfile.TarError, KeyError, EOFError) as error:
            raise HostError(
                "set-damaged", f"the set {name} cannot be read back: {path} is missing", "semai-host backup list"
            ) from error

    def confirm(self, name: str) -> None:
        record = durable.read_sealed(self._pending(name))
        size = self._tar(name).stat().st_size
        rest = {key: value for key, value in record.items() if key != "digest"}
        durable.write_sealed(self._record(name), {**rest, "tar_bytes": size}, 0o600)
        durable.remove(self._pending(name))

    def distrust(self, name: str) -> None:
        os.replace(self._record(name), self._damaged(name))
        durable.sync_folder(self.folder)

    def sets(self) -> list[Stored]:
        names = sorted(path.stem for path in self.folder.glob("*.json") if SET.fullmatch(path.stem))
        return [stored for name in names if (stored := self._believed(name))]

    def check(self) -> None:
        """Nothing lies between sets that could be damaged: each is a file of its own."""

    def forget(self, names: list[str]) -> None:
        for name in names:  # the record first: a tar alone is no set
            for record in (self._record(name), self._damaged(name), self._pending(name)):
                durable.remove(record)
            durable.remove(self._tar(name))

    def _believed(self, name: str) -> Stored | None:
        """Return the set when its record is ours and its tar has the length it had when verified."""
        try:
            record: dict[str, Any] = durable.read_sealed(self._record(name))
            if self._tar(name).stat().st_size != record["tar_bytes"] or record["set"] != name:
                return None
            return Stored(
                name,
                tuple(record["apps"]),
                record["bytes"],
                record.get("laid", ""),
                record.get("whole", ""),
                tuple(record.get("whole_apps", ())),
            )
        except (HostError, OSError, KeyError):
            return None

    def _tar(self, name: str) -> Path:
        return self.folder / f"{name}.tar"

    def _record(self, name: str) -> Path:
        return self.folder / f"{name}.json"

    def _damaged(self, name: str) -> Path:
        return self.folder / f"{name}.damaged"

    def _pending(self, name: str) -> Path:
        return self.folder / f"{name}.pending"
