"""`journal/<app>.json`: what a run is doing, written and fsynced before and after every step.

Steps are begun, then done; after a failure those begun are undone, last first. A journal that exists belongs to a
run that is going on or was killed; from it alone the run can be finished or undone.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from . import durable
from .durable import Corrupt
from .receipts import Receipt
from .request import Request


@dataclass(frozen=True)
class Before:
    """What stood before the run and comes back when it fails."""

    serving: Request | None = None
    receipt: Receipt | None = None
    wanted: bool = False
    healthy: bool = False
    release_there: bool = False
    database_there: bool = False
    media_there: bool = False
    account_there: bool = False

    def as_dict(self) -> dict[str, Any]:
        return {
            **asdict(self),
            "serving": self.serving.as_dict() if self.serving else None,
            "receipt": asdict(self.receipt) if self.receipt else None,
        }

    @classmethod
    def parse(cls, raw: dict[str, Any]) -> Before:
        serving, receipt = raw["serving"], raw["receipt"]
        return cls(
            **{
                **raw,
                "serving": Request.parse(serving) if serving else None,
                "receipt": Receipt(**receipt) if receipt else None,
            }
        )


@dataclass(frozen=True)
class Record:
    """One run: what was asked, what stood before, and how far it got."""

    run: str
    app: str
    verb: str
    started: str
    before: Before
    request: Request | None = None
    purge: bool = False
    point: str = ""  # the restore point a rollback goes to
    begun: tuple[str, ...] = ()
    done: tuple[str, ...] = ()
    undone: tuple[str, ...] = ()
    undoing: bool = False
    reason: dict[str, Any] | None = None  # the error that turned the run round

    @property
    def step(self) -> str:
        """The step the run is at."""
        return self.begun[-1] if self.begun else ""

    @property
    def stamp(self) -> str:
        """When the run started, as the beginning of a file name: 20261121T201405Z."""
        return self.started.replace("-", "").replace(":", "")

    def as_dict(self) -> dict[str, Any]:
        raw = {**self.__dict__, "before": self.before.as_dict()}
        raw["request"] = self.request.as_dict() if self.request else None
        return {"schema": 1, **raw, **{key: list(raw[key]) for key in ("begun", "done", "undone")}}

    @classmethod
    def parse(cls, raw: dict[str, Any]) -> Record:
        kept = {key: value for key, value in raw.items() if key not in ("schema", "digest")}
        kept.update({key: tuple(raw[key]) for key in ("begun", "done", "undone")})
        kept["before"] = Before.parse(raw["before"])
        kept["request"] = Request.parse(raw["request"]) if raw["request"] else None
        return cls(**kept)


class Journal:
    """The record of a run on disk; every change is there before the call returns."""

    def __init__(self, path: Path, record: Record) -> None:
        self.path = path
        self.record = record

    @classmethod
    def open(cls, path: Path, record: Record) -> Journal:
        """Write the first record of a new run."""
        journal = cls(path, record)
        journal._put(record)
        return journal

    def begin(self, step: str) -> None:
        if step not in self.record.begun:
            self._put(replace(self.record, begun=(*self.record.begun, step)))

    def done(self, step: str) -> None:
        self._put(replace(self.record, done=(*self.record.done, step)))

    def began(self, step: str) -> bool:
        return step in self.record.begun

    def turn(self, reason: dict[str, Any]) -> None:
        """Say that from here on the run is undone, and why."""
        if not self.record.undoing:
            self._put(replace(self.record, undoing=True, reason=reason))

    def undone(self, step: str) -> None:
        self._put(replace(self.record, undone=(*self.record.undone, step)))

    def close(self) -> None:
        """The run is over, one way or the other."""
        durable.remove(self.path)
        durable.sync_folder(self.path.parent)

    def _put(self, record: Record) -> None:
        durable.write_sealed(self.path, record.as_dict(), 0o600)
        self.record = record


def load(path: Path) -> Journal | None:
    """Return the journal of an unfinished run, or None; raise Corrupt when it cannot be believed."""
    try:
        raw = durable.read_sealed(path)
    except FileNotFoundError:
        return None
    try:
        return Journal(path, Record.parse(raw))
    except (KeyError, TypeError) as error:
        raise Corrupt("file-corrupt", f"{path} lacks a part of a journal: {error}") from error


def set_aside(path: Path) -> Path:
    """Move a journal that cannot be believed out of the way, where a person can look at it."""
    aside = path.with_suffix(".corrupt")
    path.replace(aside)
    durable.sync_folder(path.parent)
    return aside
