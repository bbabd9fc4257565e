"""Named steps with undo: forward step by step, or back to what stood before, never left between.

A runbook lists its steps in order and names the one that commits it. Before that step is done, any failure or
crash undoes every step begun, last first; after it, a crash is finished forward. Once a run is proven, a failure is
finished forward too: people work with the new state. Acts and undos may each run twice, because a kill can come
between the work and the journal's word about it.
"""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any, Protocol

from . import space
from .errors import HostError, Interrupted, Refused, of_system
from .events import Events
from .journal import Journal

_STOPPING = (signal.SIGINT, signal.SIGTERM)


@dataclass(frozen=True)
class Step:
    """One named piece of work and how to take it back (None: nothing to take back)."""

    name: str
    act: Callable[[], None]
    undo: Callable[[], None] | None = None


class Runbook(Protocol):
    """The steps of one verb for one app."""

    @property
    def commit(self) -> str:
        """The step after which the run is finished rather than undone."""

    @property
    def proven(self) -> str:
        """The step after which not even a failure undoes the run."""

    @property
    def notes(self) -> list[str]:
        """What a person must know about the outcome, filled as the run goes."""

    def steps(self) -> tuple[Step, ...]: ...

    def take_over(self) -> None:
        """Called before a killed run is finished or undone: end what it left running."""


class Transaction:
    """One run of a runbook, new or found in the journal."""

    def __init__(self, journal: Journal, runbook: Runbook, events: Events, reserve: Path) -> None:
        self.journal = journal
        self.runbook = runbook
        self.events = events
        self.reserve = reserve
        self.seconds: dict[str, float] = {}

    def run(self) -> None:
        """Do all steps; after a failure put everything back and raise it, saying so."""
        with _stoppable():
            self._run()

    def recover(self) -> str:
        """Finish or undo a killed run; return "finished" or "undone"."""
        self.runbook.take_over()
        if self._committed and not self.journal.record.undoing:
            self.run()
            return "finished"
        self._put_back(HostError("run-killed", f"the run was killed at {self.journal.record.step or 'its start'}"))
        return "undone"

    @property
    def _committed(self) -> bool:
        return self.runbook.commit in self.journal.record.done

    @property
    def _proven(self) -> bool:
        return self.runbook.proven in self.journal.record.done

    def _run(self) -> None:
        first = self.runbook.steps()[0].name
        try:
            self._forward()
        except Refused as refusal:
            if self.journal.record.begun == (first,):  # the first step only looks
                self._close()
                raise
            if not self._proven:
                raise self._turned_round(refusal) from refusal
            self._finish(refusal)
        except Exception as error:  # a defect must be undone like any other failure
            if not self._proven:
                raise self._turned_round(error) from error
            self._finish(error)

    def _finish(self, error: Exception) -> None:
        """Go on once more with the room of the reserve; what cannot be done even so waits in the journal."""
        self.events.say("step", step=self.journal.record.step, status="failed", message=str(error))
        space.give_back(self.reserve)
        try:
            self._forward()
        except Exception as failure:
            known = failure if isinstance(failure, HostError) else _named(failure)
            self.events.say("unfinished", code=known.code, message=known.message)
            raise HostError(
                "run-unfinished",
                f"{known.message}; what was asked for is in force, and the rest is left to do",
                hint="clear what stands in the way, then run: semai-host recover",
                step=self.journal.record.step,
                undone=False,
                notes=list(self.runbook.notes),
            ) from failure

    def _forward(self) -> None:
        for step in self.runbook.steps():
            if step.name in self.journal.record.done:
                continue
            self.journal.begin(step.name)
            self.events.say("step", step=step.name, status="begun")
            started = time.monotonic()
            step.act()
            self.journal.done(step.name)
            self.seconds[step.name] = round(time.monotonic() - started, 3)
            self.events.say("step", step=step.name, status="done", seconds=self.seconds[step.name])
            if self._committed:
                _ignore_stopping()
            if len(self.journal.record.begun) == 1:
                space.keep_back(self.reserve)
        self._close()

    def _turned_round(self, error: Exception) -> HostError:
        """Undo everything and return the error to raise."""
        step = self.journal.record.step
        known = error if isinstance(error, HostError) else _named(error)
        self.events.say("step", step=step, status="failed", code=known.code, message=known.message)
        self._put_back(known)
        told = {**known.details, "step": step, "undone": True, "notes": list(self.runbook.notes)}
        return HostError(known.code, known.message, known.hint, **told)

    def _put_back(self, error: HostError) -> None:
        try:
            with _unstoppable():
                self._undo(error)
        except Exception as failure:
            self.events.say("undo-failed", message=str(failure))
            raise HostError(
                "undo-failed",
                f"{error.message}; and putting things back stopped: {failure}",
                hint="clear what stands in the way, then run: semai-host recover",
                step=self.journal.record.step,
                undone=False,
                notes=list(self.runbook.notes),
            ) from failure

    def _undo(self, error: HostError) -> None:
        space.give_back(self.reserve)
        self.journal.turn({"code": error.code, "message": error.message})
        for step in reversed(self.runbook.steps()):
            record = self.journal.record
            if step.name not in record.begun or step.name in record.undone:
                continue
            if step.undo:
                self.events.say("step", step=step.name, status="undoing")
                step.undo()
            self.journal.undone(step.name)
        self.events.say("undone", notes=list(self.runbook.notes))
        self._close()

    def _close(self) -> None:
        space.give_back(self.reserve)
        self.journal.close()


def _named(error: Exception) -> HostError:
    """Give an operating system's error, or a defect, a code of ours."""
    if isinstance(error, OSError):
        return of_system(error, HostError)
    return HostError("step-failed", f"{type(error).__name__}: {error}")


@contextmanager
def _stoppable() -> Iterator[None]:
    """Turn Ctrl-C and SIGTERM into an error at the step they meet."""

    def stop(number: int, frame: FrameType | None) -> None:
        _ignore_stopping()
        raise Interrupted(signal.Signals(number).name)

    with _signals(stop):
        yield


@contextmanager
def _unstoppable() -> Iterator[None]:
    """Let nothing but a kill stop an undo."""
    with _signals(_pass_over):
        yield


@contextmanager
def _signals(reaction: Any) -> Iterator[None]:
    before = [(number, signal.signal(number, reaction)) for number in _STOPPING]
    try:
        yield
    finally:
        for number, former in before:
            signal.signal(number, former)


def _ignore_stopping() -> None:
    for number in _STOPPING:
        signal.signal(number, _pass_over)


def _pass_over(number: int, frame: FrameType | None) -> None:
    """Do nothing; unlike SIG_IGN this is not inherited by the commands of the run."""
