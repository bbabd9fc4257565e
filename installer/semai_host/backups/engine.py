"""What backups need of a repository: to take a folder as a set, and to give a set back as a stream of tar."""

from __future__ import annotations

import re
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any, Protocol

SET = re.compile(r"[0-9]{8}T[0-9]{6}Z-[a-z][a-z0-9-]{0,60}-[0-9a-f]{6}")


@dataclass(frozen=True)
class Stored:
    """A verified set: its bytes are those of its content, before the repository saved any.

    `laid` is when the last file of it was copied, UTC; sets of older host tools do not say. `whole` names what it
    is a part of when hosts were backed up together, `whole_apps` are all apps of that, on this host and others.
    """

    set: str
    apps: tuple[str, ...]
    bytes: int
    laid: str = ""
    whole: str = ""
    whole_apps: tuple[str, ...] = ()

    @property
    def moment(self) -> str:
        """Return when it was made, UTC."""
        stamp = self.set[:16]
        return f"{stamp[:4]}-{stamp[4:6]}-{stamp[6:11]}:{stamp[11:13]}:{stamp[13:16]}"

    def as_dict(self) -> dict[str, Any]:
        lists = {"apps": list(self.apps), "whole_apps": list(self.whole_apps)}
        return {**asdict(self), **lists, "moment": self.moment}


class Engine(Protocol):
    """A repository of sets."""

    @property
    def name(self) -> str:
        """Return restic or archive."""

    @property
    def encrypted(self) -> bool:
        """Tell whether who finds the repository cannot read it."""

    @property
    def shares(self) -> bool:
        """Tell whether what two sets have in common is stored once."""

    def prepare(self) -> None:
        """Make the repository where there is none; drop what killed runs of this host left."""

    def store(self, stored: Stored, folder: Path) -> None:
        """Take in `folder` as a set that is not listed yet."""

    def opened(self, name: str) -> AbstractContextManager[IO[bytes]]:
        """Give the set as a stream of tar, listed or not; raise HostError at its end when it was not whole."""

    def part(self, name: str, path: str) -> bytes:
        """Return one small file of the set without reading the rest; raise HostError when it cannot be read."""

    def confirm(self, name: str) -> None:
        """List the set from now on: it was read back."""

    def distrust(self, name: str) -> None:
        """List the set no longer, but keep it: what cannot be read whole may still be the last there is."""

    def sets(self) -> list[Stored]:
        """Return the verified sets, oldest first."""

    def check(self) -> None:
        """Raise HostError `repository-damaged` when what all sets share is not as it was written."""

    def forget(self, names: list[str]) -> None:
        """Delete sets and free their room."""
