"""Workflows as data: states and transitions read from YAML and checked when loaded.

A transition may name the kinds of records it is for (`kinds`); one that names none is for all.
Refused at load: unknown keys, unknown states, two equal transitions, a state no path reaches, and a
non-terminal state no transition leaves, also for one kind alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import yaml
from django.utils.translation import gettext_lazy as lazy

KINDS = ("neutral", "waiting", "progress", "success", "warning", "danger")


class WorkflowInvalid(Exception):
    """The workflow file is wrong; the message lists every fault."""


@dataclass(frozen=True)
class State:
    id: str
    title: str
    kind: str
    terminal: bool = False


@dataclass(frozen=True)
class Transition:
    origin: str
    to: str
    title: str
    permission: str
    needs_reason: bool = False
    kinds: tuple[str, ...] = ()

    def serves(self, kind: str) -> bool:
        return not self.kinds or kind in self.kinds


@dataclass(frozen=True)
class Workflow:
    """A checked set of states and transitions."""

    initial: str
    states: Mapping[str, State]
    transitions: tuple[Transition, ...]

    @classmethod
    def load(cls, path: Path) -> Workflow:
        """Read and check a YAML file; raises WorkflowInvalid."""
        return cls.parse(yaml.safe_load(Path(path).read_text(encoding="utf-8")), str(path))

    @classmethod
    def parse(cls, document: Mapping[str, Any], source: str) -> Workflow:
        try:
            states = {key: State(id=key, **entry) for key, entry in document["states"].items()}
            transitions = tuple(t for entry in document["transitions"] for t in _transitions(entry))
            workflow = cls(document["initial"], states, transitions)
        except (KeyError, TypeError, AttributeError) as error:
            raise WorkflowInvalid(f"{source}: {error}") from error
        faults = _faults(workflow)
        if faults:
            raise WorkflowInvalid(f"{source}: " + "; ".join(faults))
        return workflow

    def state(self, state_id: str) -> State:
        """The state; an id that left the file (old rows) is shown as it is."""
        return self.states.get(state_id) or State(state_id, state_id or "-", "neutral")

    def leaving(self, state_id: str) -> tuple[Transition, ...]:
        return tuple(t for t in self.transitions if t.origin == state_id)

    def of_kind(self, kind: str) -> Workflow:
        """The part of the workflow that records of one kind walk."""
        return Workflow(self.initial, self.states, tuple(t for t in self.transitions if t.serves(kind)))

    def find(self, origin: str, to: str) -> Transition | None:
        return next((t for t in self.transitions if (t.origin, t.to) == (origin, to)), None)

    def choices(self) -> list[tuple[str, str]]:
        """States with their titles, in the language of who looks at them."""
        return [(state.id, lazy(state.title)) for state in self.states.values()]


@lru_cache(maxsize=64)
def load_packaged(reference: str) -> Workflow:
    """Workflow of "package:path/inside/it.yml"."""
    package, _, name = reference.partition(":")
    resource = files(package).joinpath(name)
    return Workflow.parse(yaml.safe_load(resource.read_text(encoding="utf-8")), reference)


def _transitions(entry: Mapping[str, Any]) -> list[Transition]:
    """One YAML entry; `from` may be one state or a list of them."""
    rest = {key: value for key, value in entry.items() if key not in ("from", "kinds")}
    rest["kinds"] = tuple(entry.get("kinds", ()))
    origins = entry["from"] if isinstance(entry["from"], list) else [entry["from"]]
    return [Transition(origin=origin, **rest) for origin in origins]


def _faults(workflow: Workflow) -> list[str]:
    states = set(workflow.states)
    mentioned = {workflow.initial} | {s for t in workflow.transitions for s in (t.origin, t.to)}
    if mentioned - states:
        return [f"unknown state {state!r}" for state in sorted(mentioned - states)]
    faults = [
        f"state {s.id!r}: kind must be one of {', '.join(KINDS)}"
        for s in workflow.states.values()
        if s.kind not in KINDS
    ]
    pairs = [(t.origin, t.to) for t in workflow.transitions]
    faults += [
        f"transition {a!r} -> {b!r} given twice" for a, b in sorted({p for p in pairs if pairs.count(p) > 1})
    ]
    faults += [f"state {s!r} is never reached" for s in sorted(states - _reached(workflow))]
    for state in workflow.states.values():
        leaves = bool(workflow.leaving(state.id))
        if not state.terminal and not leaves:
            faults.append(f"state {state.id!r} is not terminal but nothing leaves it")
        if state.terminal and leaves:
            faults.append(f"state {state.id!r} is terminal but a transition leaves it")
    return faults + _dead_ends(workflow)


def _dead_ends(workflow: Workflow) -> list[str]:
    """States where records of one kind would stay for ever, though other kinds go on."""
    faults = []
    for kind in sorted({kind for transition in workflow.transitions for kind in transition.kinds}):
        part = workflow.of_kind(kind)
        left = {transition.origin for transition in part.transitions}
        stuck = [s for s in sorted(_reached(part)) if not part.states[s].terminal and s not in left]
        faults += [f"state {s!r}: nothing leaves it for kind {kind!r}" for s in stuck]
    return faults


def _reached(workflow: Workflow) -> set[str]:
    reached, queue = {workflow.initial}, [workflow.initial]
    while queue:
        for transition in workflow.leaving(queue.pop()):
            if transition.to not in reached:
                reached.add(transition.to)
                queue.append(transition.to)
    return reached
