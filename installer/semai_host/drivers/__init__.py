"""What the transaction needs of a database and of a service keeper; one module beside this per product.

PostgreSQL, MariaDB and systemd join by implementing these Protocols and one line in `choice`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol


@dataclass(frozen=True)
class Unit:
    """A program to keep running."""

    name: str
    command: tuple[str, ...]
    log: Path
    folder: Path
    wanted: bool = True  # starts with the keeper; False after an operator stopped it


@dataclass(frozen=True)
class ServiceStatus:
    """state is running, stopped, failed or absent; since in UTC; wanted as in the unit."""

    state: str
    pid: int | None = None
    since: str | None = None
    wanted: bool = False
    gave_up: bool = False  # failed, and the keeper does not try again
    detail: str = ""


class Services(Protocol):
    """Keeps programs running across crashes and reboots."""

    def check(self) -> None:
        """Refuse when the keeper itself cannot be reached."""

    def define(self, unit: Unit) -> None:
        """Make the unit known as given; starts nothing that is wanted=False."""

    def forget(self, name: str) -> None:
        """Stop the unit and take it out; an unknown one is fine."""

    def start(self, name: str) -> None:
        """Start the unit; a running one is fine."""

    def stop(self, name: str) -> None:
        """Stop the unit and wait until it has ended; a stopped one is fine."""

    def status(self, names: Sequence[str]) -> dict[str, ServiceStatus]:
        """Return the status of each name; works without a reachable keeper (state absent)."""


class DatabaseDriver(Protocol):
    """Copies and brings back the data of one app."""

    def exists(self) -> bool:
        """Tell whether the app has a database yet."""

    def size(self) -> int:
        """Return the bytes a copy will take."""

    def dump(self, folder: Path) -> None:
        """Write a verified copy into `folder`, consistent while the app runs."""

    def restore(self, folder: Path) -> None:
        """Replace the database by the copy in `folder`; nobody else uses it meanwhile; may be repeated."""

    def discard(self) -> None:
        """Delete the database; a missing one is fine."""
