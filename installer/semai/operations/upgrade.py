"""Go the hops of an upgrade: lock one, bring the hosts to it, and only then the next.

A hop is a full deployment, so a host that cannot take it undoes it; the lock then goes back to what really runs,
and what reads contracts of the failed app is left alone. Cut anywhere, the next `semai upgrade` goes on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass

from semai.adapters.state import audited
from semai.adapters.store import Progress, Store
from semai.adapters.trusted_catalogs import TrustedCatalog
from semai.core.catalog import AppKey, Artifact
from semai.core.contracts import links_of
from semai.core.lockfile import Lock
from semai.core.receipt import HostState
from semai.core.upgrade_steps import Versions
from semai.errors import CannotResolve, HostRefused, SemaiError
from semai.messages import N_
from semai.operations.apply import Applied, Outcome, fetch, mirrors
from semai.operations.freeze import spoken_verb
from semai.operations.lock import LockRequest, prepare, write
from semai.operations.plan import Outlook, look
from semai.operations.probe import Site, begin
from semai.operations.upgrade_plan import Hop, Journey

TAKEN, FAILED, LEFT_OUT = "taken", "failed", "left-out"


@dataclass(frozen=True)
class HopResult:
    """What became of a hop: taken, failed (an app of it did not arrive) or left-out (never begun)."""

    hop: Hop
    result: str
    outcomes: tuple[Outcome, ...] = ()

    @property
    def failed(self) -> tuple[Outcome, ...]:
        """Return the outcomes that failed, also those of apps that only share a contract with the hop's."""
        return tuple(outcome for outcome in self.outcomes if outcome.failure)


@dataclass(frozen=True)
class Upgraded:
    """What became of a journey, hop by hop."""

    results: tuple[HopResult, ...]
    log: str = ""

    @property
    def taken(self) -> tuple[Hop, ...]:
        """Return the hops whose apps all arrived."""
        return tuple(found.hop for found in self.results if found.result == TAKEN)

    @property
    def left_out(self) -> tuple[Hop, ...]:
        """Return the hops that were not taken, begun or not."""
        return tuple(found.hop for found in self.results if found.result != TAKEN)

    def require_done(self) -> None:
        """Raise HostRefused `upgrade-incomplete` when something failed."""
        failures = [(o.step, o.failure) for found in self.results for o in found.failed if o.failure]
        if not failures:
            return
        raise HostRefused(
            "upgrade-incomplete",
            "{taken} of {all} hops were taken; semai.lock says what really runs",
            details=[f"{step.host} {step.app or step.role}: {failure.message}" for step, failure in failures],
            hint=next((failure.hint for _, failure in failures if failure.hint), N_("read {log}")),
            taken=len(self.taken),
            all=len(self.results),
            log=self.log,
        )


@dataclass(frozen=True)
class Road:
    """What every hop is taken with.

    `tell` hears of a hop before it begins and `ended` what became of it, also when a later one raises; `perform`
    brings the hosts to an outlook and shows what came of it.
    """

    site: Site
    catalogs: Mapping[str, TrustedCatalog]
    knows: Callable[[str, str], bool]
    tell: Callable[[Hop], None]
    ended: Callable[[HopResult], None]
    perform: Callable[[Outlook], Applied]
    override: str = ""

    def lock(self, versions: Versions) -> None:
        """Write the lock of exactly these versions."""
        request = LockRequest(exact=versions, allow_downgrade=True)  # back to what runs may be below the lock
        files, vault = self.site.files, self.site.vault
        prepared = prepare(files, self.catalogs, vault, request, knows=self.knows)
        with audited(files.audit, "lock", files.lock):
            write(files, vault, prepared)


def fetch_all(site: Site, journey: Journey, states: Mapping[str, HostState], progress: Progress) -> int:
    """Bring the files of every hop into the store before anything stops; return how many were missing.

    Raises NetworkFailed or TrustRefused; nothing was changed then.
    """
    store, others = Store(site.state.store), mirrors(site.state.folder)
    return sum(fetch(hop.lock, _files_of(hop, states), store, progress, others) for hop in journey.hops)


def go(road: Road, journey: Journey) -> Upgraded:
    """Take the hops in order.

    An app that fails stops itself and the readers of its contracts. Raises what kept a hop from being begun at all;
    the lock says what runs then too.
    """
    running, blocked = dict(journey.running), set[AppKey]()
    results: list[HopResult] = []
    log = ""

    def end(hop: Hop, result: str, outcomes: tuple[Outcome, ...] = ()) -> None:
        results.append(HopResult(hop, result, outcomes))
        road.ended(results[-1])

    for hop in journey.hops:
        if blocked & hop.moves.keys():
            end(hop, LEFT_OUT)
            continue
        road.tell(hop)
        try:
            applied = _take(road, hop, running)
        except CannotResolve:  # without what failed before, its versions do not fit together
            if not any(found.failed for found in results):
                raise
            blocked |= hop.moves.keys()
            end(hop, LEFT_OUT)
            continue
        log = applied.log or log
        arrived = _arrived(hop, applied)
        running |= arrived
        end(hop, TAKEN if len(arrived) == len(hop.legs) else FAILED, applied.outcomes)
        if problems := results[-1].failed:
            blocked |= _with_readers(hop.lock, {outcome.step.app for outcome in problems})
            _lock_what_runs(road, running)
    return Upgraded(tuple(results), log)


def _take(road: Road, hop: Hop, running: Versions) -> Applied:
    """Lock the hop and bring the hosts to it; an app that failed is told in what is returned, not raised."""
    site, applied = road.site, None
    said = ", ".join(f"{leg.key.id} {leg.old} -> {leg.new}" for leg in hop.legs)
    try:
        with audited(site.files.audit, spoken_verb(f"upgrade {said}", road.override), site.files.lock):
            road.lock({**running, **{leg.key: leg.new for leg in hop.legs}})
            outlook = look(site, begin(site)).narrowed(_concerned(hop))
            if not outlook.plan.changes:
                return Applied(())
            outlook.require_possible()
            applied = road.perform(outlook)
            applied.require_done()
    except SemaiError:
        if applied is None:
            _lock_what_runs(road, running)
            raise
    return applied


def _lock_what_runs(road: Road, running: Versions) -> None:
    with suppress(CannotResolve):  # a hop of two apps of which one arrived: the lock stays ahead, apply goes on
        road.lock(running)


def _arrived(hop: Hop, applied: Applied) -> dict[AppKey, str]:
    """Return the versions of the hop that a host serves now, whatever else failed there."""
    found = {}
    for leg in hop.legs:
        outcomes = [outcome for outcome in applied.outcomes if outcome.step.app == leg.key.id]
        if not outcomes or any(o.failure is None or o.serving == leg.new for o in outcomes):
            found[leg.key] = leg.new
    return found


def _concerned(hop: Hop) -> set[str]:
    """Return the hop's apps and those that share a contract with one: their wiring may change too."""
    ends = [(link.provider, link.consumer) for link in links_of(hop.lock)]
    partners = {key.id for pair in ends for key in pair if hop.moves.keys() & set(pair)}
    return {*hop.names, *partners}


def _with_readers(lock: Lock, names: set[str]) -> set[AppKey]:
    """Return the apps of these ids and, link by link, all that read their contracts."""
    found = {key for key in lock.versions if key.id in names}
    while further := {link.consumer for link in links_of(lock) if link.provider in found} - found:
        found |= further
    return found


def _files_of(hop: Hop, states: Mapping[str, HostState]) -> Iterator[tuple[str, Artifact]]:
    """Yield (mentor, file) of each release of the hop, once, when it suits a host that has the app."""
    for leg in hop.legs:
        machines = {(s.host.python, s.host.machine) for s in states.values() if leg.key.id in s.apps}
        for artifact in leg.release.artifacts:
            if _suits_any(artifact, machines):
                yield leg.key.mentor, artifact


def _suits_any(artifact: Artifact, machines: Iterable[tuple[str, str]]) -> bool:
    return any(artifact.suits(python, machine) for python, machine in machines)
