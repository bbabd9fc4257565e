"""After a run that was cut: finish or undo it on the hosts, and open again what an operator closed.

The journal on the host decides which: a run past its commit can only be finished, every other one is undone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from semai.adapters.ansible import OnEvent
from semai.core.host_words import spoken
from semai.core.plan import Plan
from semai.core.receipt import HostState
from semai.errors import HostRefused
from semai.operations.plan import Outlook
from semai.operations.probe import Site
from semai.operations.verb import run_verb


@dataclass(frozen=True)
class Unsettled:
    """An app on a host with a run that was cut or goes on, or with a maintenance page that stands."""

    host: str
    app: str
    verb: str = ""  # of the run; empty when only the page stands
    step: str = ""
    running: bool = False
    page: bool = False
    tool: bool = True  # False where the host lost its tool: apply brings it, and the tool then does the rest


@dataclass(frozen=True)
class Settled:
    """How a run ended: finished, undone, or set-aside (its journal could not be read)."""

    host: str
    app: str
    verb: str
    outcome: str
    message: str = ""


def unsettled(states: Mapping[str, HostState], app: str = "") -> tuple[Unsettled, ...]:
    """Return what is neither done nor undone, of `app` or of every app."""
    return tuple(entry for host, state in sorted(states.items()) for entry in _of_host(host, state, app))


def _of_host(host: str, state: HostState, only: str) -> Iterator[Unsettled]:
    cut = {entry.app: entry for entry in state.journal}
    running = state.lock.app.split() if state.lock else []  # a restore may be about several
    for name in sorted({*cut, *state.maintenance, *running}):
        if only in ("", name):
            entry = cut.get(name)
            verb = (state.lock.verb if state.lock and name in running else (entry.verb if entry else "")) or ""
            step, page = (entry.step if entry else "") or "", name in state.maintenance
            yield Unsettled(host, name, verb, step, name in running, page, state.tool is not None)


def resume(site: Site, found: tuple[Unsettled, ...], on_event: OnEvent) -> tuple[Settled, ...]:
    """Have the hosts finish or undo what was cut, then take away maintenance pages that still stand."""
    site = replace(site, limit="")
    settled: list[Settled] = []
    for host in sorted({entry.host for entry in found if entry.verb and entry.tool}):
        report = run_verb(site, ["recover"], "", on_event, log="resume", hosts=(host,))[host]
        settled += _recovered(host, report)
    _open(site, found, on_event)
    return tuple(settled)


def abort(site: Site, found: tuple[Unsettled, ...], on_event: OnEvent) -> tuple[Settled, ...]:
    """Have the hosts undo what was cut and stop what goes on; what is past its commit is finished."""
    site = replace(site, limit="")
    settled: list[Settled] = []
    for entry in found:
        if not entry.tool:
            raise HostRefused(
                "host-tool-lost",
                "{host} has lost its host tool, which would have to undo it",
                hint="semai resume {app}, which brings it again",
                host=entry.host,
                app=entry.app,
            )
        if entry.verb:
            words = ["abort", entry.app]
            report = run_verb(site, words, entry.app, on_event, log="abort", hosts=(entry.host,))[entry.host]
            if stopped := report.get("stopped"):
                settled.append(Settled(entry.host, entry.app, stopped["verb"], stopped["outcome"]))
            settled += _recovered(entry.host, report)
    _open(site, found, on_event)
    return tuple(settled)


def _recovered(host: str, report: Mapping[str, Any]) -> Iterator[Settled]:
    for one in report.get("recovered", ()):
        yield Settled(host, one["app"], one["verb"], one["outcome"], spoken(one["message"]))


def _open(site: Site, found: tuple[Unsettled, ...], on_event: OnEvent) -> None:
    """A page that a run put up went with the run; one that an operator put up is taken away here."""
    for entry in found:
        if entry.page and entry.tool:
            words = ["maintenance", "off", entry.app]
            run_verb(site, words, entry.app, on_event, log="resume", hosts=(entry.host,))


def of_app(outlook: Outlook, app: str) -> Outlook:
    """Return the outlook with the steps of one app alone, and of the machines it stands on."""
    if not app:
        return outlook
    steps = tuple(step for step in outlook.plan.steps if step.role or step.app == app)
    return replace(outlook, plan=Plan(steps, outlook.plan.unknown, outlook.plan.moves))
