"""Bring the hosts to what the lock says: fetch what is missing, one run of site.yml for what changes, then tell.

Nothing on a host is touched before every artifact is here. An app that fails is put back by the host tool and stops
only the apps that read its contracts; a run that is cut is finished or undone by the next one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from semai.adapters.ansible import Event, OnEvent, RunResult
from semai.adapters.mentor_state import MentorFolder, known_mentors
from semai.adapters.redaction import strings_in
from semai.adapters.state import actor
from semai.adapters.store import Progress, Store
from semai.core.catalog import Artifact
from semai.core.host_words import spoken, spoken_hint
from semai.core.lockfile import Lock, LockedApp, parse
from semai.core.plan import Plan, Step, StepKind
from semai.core.receipt import HostState
from semai.errors import HostRefused, Locked, SemaiError
from semai.messages import N_, translate
from semai.operations.deployment import remember_overrides
from semai.operations.plan import ARRIVALS, Outlook, forget_gone
from semai.operations.probe import Site, unready_from, why_nothing_ran

REMEMBER = "failed_apps"


@dataclass(frozen=True)
class Failure:
    """Why an app did not become what the plan says, and what to do next."""

    code: str
    message: str
    hint: str = ""
    exit_code: int = 1


@dataclass(frozen=True)
class Outcome:
    """What became of one step: done, failed (undone by the host) or held back because a provider failed."""

    step: Step
    result: str  # done | failed | held-back
    serving: str = ""  # the version that serves now, empty when none does
    failure: Failure | None = None
    report: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class Applied:
    """All outcomes of one apply, in order."""

    outcomes: tuple[Outcome, ...]
    log: str = ""

    def require_done(self) -> None:
        """Raise HostRefused (or Locked) when an app is not what the plan says."""
        failed = [outcome for outcome in self.outcomes if outcome.failure is not None]
        if not failed:
            return
        first = failed[0].failure
        assert first is not None
        details = [f"{o.step.host} {o.step.app or o.step.role}: {o.failure.message}" for o in failed if o.failure]
        if all(o.failure and o.failure.exit_code == Locked.exit_code for o in failed):
            raise Locked(first.code, "{said}", hint=first.hint, said=first.message)
        raise HostRefused(
            first.code if len(failed) == 1 else "apply-incomplete",
            "{count} of {all} steps could not be taken",
            details=details,
            hint=first.hint or N_("read {log}"),
            count=len(failed),
            all=len(self.outcomes),
            log=self.log,
        )


def fetch_missing(
    lock: Lock,
    plan: Plan,
    states: Mapping[str, HostState],
    store: Store,
    progress: Progress,
    others: Mapping[str, Sequence[str]] = MappingProxyType({}),
) -> int:
    """Bring every artifact that a changing host may need into the store; return how many were missing.

    Tried are the address in the lock and then `others`, the mentor's mirrors. Raises NetworkFailed or TrustRefused;
    no host was touched then.
    """
    return fetch(lock, _arriving(lock, plan, states), store, progress, others)


def fetch(
    lock: Lock,
    wanted: Iterable[tuple[str, Artifact]],
    store: Store,
    progress: Progress,
    others: Mapping[str, Sequence[str]],
) -> int:
    """Bring (mentor, file) pairs into the store as `fetch_missing` does; return how many were missing."""
    missing = [(mentor, artifact) for mentor, artifact in wanted if not store.has(artifact.sha256)]
    for mentor, artifact in missing:
        urls = dict.fromkeys((lock.mentors[mentor].url, *others.get(mentor, ())))
        store.ensure(artifact, list(urls), progress)
    return len(missing)


def mirrors(state_dir: Path) -> dict[str, tuple[str, ...]]:
    """Return every address this machine knows of each mentor it trusts."""
    return {mentor: MentorFolder(state_dir, mentor).record().urls for mentor in known_mentors(state_dir)}


def _arriving(lock: Lock, plan: Plan, states: Mapping[str, HostState]) -> Iterable[tuple[str, Artifact]]:
    """Yield (mentor, artifact) of every release that arrives somewhere, once per file and host's kind."""
    seen: set[str] = set()
    for step in plan.changes:
        if step.kind not in ARRIVALS:
            continue
        mentor, locked = _locked(lock, step.app)
        host = states[step.host].host
        for artifact in locked.release.artifacts:
            if artifact.sha256 not in seen and artifact.suits(host.python, host.machine):
                seen.add(artifact.sha256)
                yield mentor, artifact


def _locked(lock: Lock, name: str) -> tuple[str, LockedApp]:
    key = next(key for key in lock.apps if key.partition("/")[2] == name)
    return key.partition("/")[0], lock.apps[key]


def perform(site: Site, outlook: Outlook, watch: Watch) -> Applied:
    """Fetch, run, and read from the run what became of each step."""
    plan, store = outlook.plan, Store(site.state.store)
    lock = parse(site.files.lock.read_bytes())
    fetch_missing(lock, plan, outlook.states, store, watch.download, mirrors(site.state.folder))
    runner = site.ansible("apply", secrets=strings_in(site.vault.read().plain()))
    variables = {
        "semai_only": list(plan.apps),
        "semai_roles": plan.roles,
        "semai_digests": {found.host: dict(found.roles) for found in outlook.machines},
        "semai_led": _led(outlook),
        "semai_overwrite": list(outlook.overwrite),
        "semai_store": str(store.folder),
        "semai_by": actor(),
    }
    limit = site.limit or ",".join(plan.hosts)
    result = runner.run("site", watch.event, variables=variables, limit=limit)
    outcomes = tuple(_outcomes(plan.changes, result))
    if not outcomes or (result.exit_code and all(outcome.failure is None for outcome in outcomes)):
        raise _broken(site, result)
    stuck = {outcome.step.app for outcome in outcomes if outcome.failure is not None} - {""}
    forget_gone(site, outlook, stuck)
    if not stuck and not site.limit:
        remember_overrides(site.files)
    return Applied(outcomes, str(result.log))


@dataclass(frozen=True)
class Watch:
    """Who is told about progress: bytes of downloads, events of the run."""

    download: Progress
    event: OnEvent


def _broken(site: Site, result: RunResult) -> SemaiError:
    if not result.failures:
        return why_nothing_ran(site, result)
    unready = unready_from(result.failures[0])
    return HostRefused(unready.code, unready.text, hint=unready.hint, host=unready.host, **unready.fields)


def _led(outlook: Outlook) -> list[str]:
    """Return the apps whose leader has its release already, so that followers may go on without it."""
    led = []
    for app in outlook.expected:
        state = outlook.states.get(app.leader) if app.leader else None
        receipt = state.app(app.name).receipt if state else None
        if receipt is not None and receipt.release == app.release:
            led.append(app.name)
    return led


def _outcomes(steps: Sequence[Step], result: RunResult) -> Iterable[Outcome]:
    done = {(e.host, str(e.result.get("app", ""))): e for e in result.results("semai_host") if _is_end(e)}
    failures = dict(_failures(result.events))
    ends = [event for event in result.results("semai_receipt") if _is_end(event)]
    written = {(event.host, str(role)) for event in ends for role in event.result.get("roles") or ()}
    for step in steps:
        key = (step.host, step.app)
        if step.role:
            ended = (step.host, step.role) in written
            yield Outcome(step, "done") if ended else Outcome(step, "failed", "", _silent(step.host, result))
            continue
        if key in failures:
            failure = failures[key]
            yield Outcome(step, "failed", _serving(step, done.get(key)), failure, _report(done.get(key)))
        elif key in done:
            yield Outcome(step, "done", step.version, report=_report(done[key]))
        elif any(host == step.host for host, _ in failures):
            yield Outcome(step, "held-back", step.previous, _held_back(step.host, failures))
        else:
            yield Outcome(step, "failed", step.previous, _silent(step.host, result))


def _is_end(event: Event) -> bool:
    return event.kind in ("ok", "changed", "failed", "unreachable")


def _report(event: Event | None) -> Mapping[str, Any] | None:
    report = event.result.get("report") if event else None
    return report if isinstance(report, dict) else None


def _serving(step: Step, event: Event | None) -> str:
    """Return the version a failed app serves now: what the host tool reports, else what was there before."""
    report = _report(event) or {}
    error = report.get("error") or {}
    found = error.get("serving", report.get("serving"))
    return str(found or "") if found is not None else step.previous


def _failures(events: Iterable[Event]) -> Iterable[tuple[tuple[str, str], Failure]]:
    """Yield ((host, app), why): the role's rescue names the app whose task failed just before."""
    last: dict[str, Failure] = {}
    for event in events:
        if event.kind in ("failed", "unreachable"):
            last.setdefault(event.host, _failure(event))
        elif names := event.result.get(REMEMBER):
            yield (event.host, str(names[-1])), last.pop(event.host, _failure(event))


def _failure(event: Event) -> Failure:
    error = event.result.get("semai_error")
    if isinstance(error, dict):
        code, message, hint = (str(error.get(name) or "") for name in ("code", "message", "hint"))
        return Failure(code, spoken(message), spoken_hint(hint), int(error.get("exit_code", 1)))
    unready = unready_from(event)
    hint = translate(unready.hint, host=unready.host, **unready.fields)
    return Failure(unready.code, unready.message, hint, HostRefused.exit_code)


def _held_back(host: str, failures: Mapping[tuple[str, str], Failure]) -> Failure:
    names = ", ".join(app for found, app in failures if found == host)
    return Failure("provider-failed", translate(N_("left as it was because {names} failed"), names=names))


def _silent(host: str, result: RunResult) -> Failure:
    """Return why a host that was asked reported nothing of an app: its connection, or the run itself."""
    for event in result.failures:
        if event.host == host:
            return _failure(event)
    return Failure("no-report", translate(N_("the run ended before it came to this app")))


def removed_data(outcome: Outcome) -> str:
    """Return where the data of a removed app was kept, empty when it was deleted or nothing was removed."""
    if outcome.step.kind is not StepKind.remove or not outcome.report:
        return ""
    return str(outcome.report.get("restore_point") or "")
