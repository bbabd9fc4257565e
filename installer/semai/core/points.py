"""What a host says of an app's restore points: the moments it can go back to and what that would undo. Pure.

The models read the answer of `semai-host points`; unknown keys are ignored so that an older semai understands a
newer host tool.
"""

from __future__ import annotations

from typing import Literal

from semai.core.catalog import Wire

RESCUED = "rescued"  # the reason of a point that keeps what people wrote to a release which then failed


class Why(Wire):
    """Why the app cannot go back to a point."""

    code: str
    message: str


class Loss(Wire):
    """Rows of a table, or files of a folder: how many there are, and how many there were at the point."""

    kind: Literal["rows", "files"]
    of: str
    now: int
    then: int


class Point(Wire):
    """One restore point of one app on one host; `bytes` are what it takes on the disk."""

    name: str
    path: str = ""
    moment: str
    reason: str = ""
    version: str | None = None
    release: str | None = None
    config: str | None = None
    data: bool
    bytes: int = 0
    possible: bool
    why: Why | None = None
    undoes_data: bool = False
    seconds: float | None = None
    data_from: str | None = None
    lost_after: str | None = None
    differences: tuple[Loss, ...] = ()
    compared: str = ""  # why nothing could be counted


class Points(Wire):
    """All points of an app on a host, newest first; a `leader` looks after its data."""

    app: str
    version: str | None = None
    release: str | None = None
    leader: bool = True
    points: tuple[Point, ...] = ()
    damaged: tuple[str, ...] = ()

    def of_release(self, release: str | None) -> Point | None:
        """Return the newest point of a release that the app can go back to."""
        return next((p for p in self.points if p.possible and p.release == release), None)
