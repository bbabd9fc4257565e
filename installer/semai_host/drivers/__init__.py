"""What the transaction needs of a database and of a service keeper; one module beside this per product.

Which product serves a request is decided in `choice`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol, runtime_checkable

from ..parts import Limits


@dataclass(frozen=True)
class Part:
    """A program beside the app: kept running, or started by the clock when it has a calendar."""

    name: str
    command: tuple[str, ...]
    calendar: str = ""


@dataclass(frozen=True)
class Counted:
    """Rows per table of a copy.

    Unless `exact`, they were counted just after the copy was made, and `earlier` tells what was counted just before
    it in the tables that people wrote to meanwhile.
    """

    rows: Mapping[str, int]
    exact: bool = True
    earlier: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Unit:
    """A program to keep running; what follows `wanted` only a keeper of servers heeds."""

    name: str
    command: tuple[str, ...]
    log: Path
    folder: Path
    wanted: bool = True  # starts with the keeper; False after an operator stopped it
    root: Path = Path("/")  # of the host
    user: str = ""
    listen: str = ""  # ADDRESS:PORT, or the path of a unix socket
    flag: Path = Path("/")  # while it is there no part runs
    stop_signal: str = "SIGTERM"
    limits: Limits = Limits()
    parts: tuple[Part, ...] = ()


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

    @property
    def system(self) -> bool:
        """Tell whether the keeper is the machine's own: it holds the sockets, and each app has a user."""

    def check(self) -> None:
        """Refuse when the keeper itself cannot be reached."""

    def define(self, unit: Unit) -> None:
        """Make the unit known as given; starts nothing that is wanted=False."""

    def forget(self, name: str) -> None:
        """Stop the unit and take it out; an unknown one is fine."""

    def start(self, name: str) -> None:
        """Start the unit; a running one is fine."""

    def restart(self, name: str) -> None:
        """Start the unit anew; where the keeper holds its socket, whoever knocks meanwhile waits."""

    def start_parts(self, name: str) -> None:
        """Start the programs beside the unit that do not run; without any this does nothing."""

    def stop(self, name: str) -> None:
        """Stop the unit, its socket and its parts, and wait until they have ended; a stopped one is fine."""

    def listens(self, name: str, port: int) -> bool:
        """Tell whether the keeper itself holds `port` open for the unit."""

    def log(self, name: str, lines: int, since: int | None) -> tuple[list[str], int] | None:
        """Return the unit's last lines, those after mark `since`, and the next mark; None: they are in a file."""

    def exposure(self, names: Sequence[str]) -> dict[str, float]:
        """Return how exposed each unit is by the keeper's own judgement (0 safest, 10 worst), where it judges."""

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

    def dump_counted(self, folder: Path, packed: bool) -> Counted:
        """Do the same and return how many rows the copy has.

        A copy that is not `packed` takes more room, but a repository that stores only what changed finds in it what
        it has already.
        """

    def verify(self, folder: Path) -> None:
        """Read the copy in `folder` again; raise HostError when it is not the one that was written."""

    def rows(self) -> dict[str, int]:
        """Return the exact number of rows of every table now; a missing database has none."""

    def restore(self, folder: Path, spent: bool = False) -> None:
        """Replace the database by the copy in `folder`; nobody else uses it meanwhile; may be repeated.

        A copy that is `spent` afterwards may be used up where there is no room for two.
        """

    def discard(self) -> None:
        """Delete the database; a missing one is fine."""


@runtime_checkable
class Loading(Protocol):
    """A driver that can also take in an app's first content."""

    def load(self, path: Path) -> None:
        """Run a file of SQL (plain or .gz) in the database; stop at the first error."""
