"""`journal/<app>.json`: what a run is doing, written and fsynced before and after every step.

Steps are begun, then done; after a failure those begun are undone, last first. A journal that exists belongs to a
run that is going on or was killed; from it alone the run can be finished or undone.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Protocol

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
class Member:
    """One app of a run that changes several together."""

    app: str
    before: Before
    request: Request | None = None

    def as_dict(self) -> dict[str, Any]:
        request = self.request.as_dict() if self.request else None
        return {"app": self.app, "before": self.before.as_dict(), "request": request}

    @classmethod
    def parse(cls, raw: dict[str, Any]) -> Member:
        request = Request.parse(raw["request"]) if raw["request"] else None
        return cls(raw["app"], Before.parse(raw["before"]), request)


@dataclass(frozen=True)
class Record:
    """One run: what was asked, what stood before, and how far it got.

    A run of several apps is one record: all of them are finished, or all undone.
    """

    run: str
    app: str
    verb: str
    started: str
    before: Before
    request: Request | None = None
    purge: bool = False
    point: str = ""  # the restore point a rollback goes to
    from_set: str = ""  # the set of a backup whose data a restore brings back
    others: tuple[Member, ...] = ()  # the apps of the run besides `app`
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

    @property
    def members(self) -> tuple[Member, ...]:
        return (Member(self.app, self.before, self.request), *self.others)

    @property
    def apps(self) -> tuple[str, ...]:
        return tuple(member.app for member in self.members)

    def as_dict(self) -> dict[str, Any]:
        raw = {**self.__dict__, "before": self.before.as_dict()}
        raw["others"] = [member.as_dict() for member in self.others]
        raw["request"] = self.request.as_dict() if self.request else None
        return {"schema": 1, **raw, **{key: list(raw[key]) for key in ("begun", "done", "undone")}}

    @classmethod
    def parse(cls, raw: dict[str, Any]) -> Record:
        kept = {key: value for key, value in raw.items() if key not in ("schema", "digest")}
        kept.update({key: tuple(raw[key]) for key in ("begun", "done", "undone")})
        kept["before"] = Before.parse(raw["before"])
        kept["request"] = Request.parse(raw["request"]) if raw["request"] else None
        kept["others"] = tuple(Member.parse(member) for member in raw.get("others", ()))
        return cls(**kept)


class Kept(Protocol):
    """What the runbook of one app reads of its journal."""

    @property
    def record(self) -> Record: ...

    def began(self, step: str) -> bool: ...


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

    def of(self, app: str) -> Share:
        """Return the journal as the runbook of one of its apps sees it."""
        return Share(self, app)

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


class Share:
    """The journal of a run of several apps as one of them reads it: the steps of all, its own state of before."""

    def __init__(self, whole: Journal, app: str) -> None:
        self.whole = whole
        self.app = app

    @property
    def record(self) -> Record:
        mine = next(member for member in self.whole.record.members if member.app == self.app)
        return replace(self.whole.record, app=mine.app, before=mine.before, request=mine.request, others=())

    def began(self, step: str) -> bool:
        return self.whole.began(step)


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
