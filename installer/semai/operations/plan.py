"""What apply would change: expected apps of deployment.yml against the probe, with shortages of hosts."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from typing import Any

from semai.adapters.ansible import Event
from semai.adapters.redaction import strings_in
from semai.adapters.region_files import RegionFiles
from semai.adapters.role_sources import role_digests
from semai.adapters.yaml_files import read_document
from semai.core.capacity import Shortage, shortages
from semai.core.plan import DeployedApp, Plan, StepKind
from semai.core.plan import plan as compare
from semai.core.receipt import HostState
from semai.core.roles import Wanted, displaced, wanted
from semai.core.roles import steps as role_steps
from semai.errors import ChangesPending, HostRefused, InvalidInput, Locked
from semai.messages import N_, translate
from semai.operations.deployment import forget_removed, refresh_deployment
from semai.operations.probe import Probe, Probed, Site

ARRIVALS = (StepKind.install, StepKind.upgrade)


@dataclass(frozen=True)
class Outlook:
    """A plan with what it was made from."""

    plan: Plan
    expected: tuple[DeployedApp, ...]
    probed: Probed
    machines: tuple[Wanted, ...] = ()
    overwrite: tuple[str, ...] = ()

    @property
    def states(self) -> Mapping[str, HostState]:
        """Return what hosts said."""
        return self.probed.states

    def app(self, name: str) -> DeployedApp:
        """Return the expectation for one app."""
        return next(app for app in self.expected if app.name == name)

    def narrowed(self, names: AbstractSet[str]) -> Outlook:
        """Return the outlook on these apps and the machines alone; removals and other apps wait for `apply`."""
        steps = tuple(step for step in self.plan.steps if step.role or step.app in names)
        jumps = tuple(jump for jump in self.plan.jumps if jump.app in names)
        present = tuple(app for app in self.expected if app.present)
        return replace(self, plan=replace(self.plan, steps=steps, unknown=(), jumps=jumps), expected=present)

    def shortages(self) -> tuple[Shortage, ...]:
        """Return what hosts lack for the apps that would arrive on them."""
        found: list[Shortage] = []
        for host, state in sorted(self.states.items()):
            arriving = [self.app(s.app) for s in self.plan.steps if s.host == host and s.kind in ARRIVALS]
            found += shortages(host, state, arriving)
        return tuple(found)

    def require_possible(self) -> None:
        """Raise HostRefused or Locked when a host cannot be brought there now; nothing was changed yet."""
        self.probed.require_ready()
        self.require_unmoved()
        self.require_reachable()
        self.require_idle()
        if lacking := self.shortages():
            raise too_little(lacking, N_("semai doctor"))

    def require_idle(self) -> None:
        """Raise Locked `host-locked` when somebody is changing a host."""
        for host, state in sorted(self.states.items()):
            if state.lock is not None:
                raise _busy(host, state)

    def require_edited(self) -> None:
        """Raise InvalidInput when a file to be overwritten was edited on no host."""
        edited = sorted(
            {
                f"{name}/{path}"
                for state in self.states.values()
                for name, app in state.apps.items()
                if app.receipt
                for path in (*app.receipt.drift(app.files), *app.receipt.edited)
            }
        )
        if unknown := [name for name in self.overwrite if name not in edited]:
            raise InvalidInput(
                "not-edited",
                "{file} was edited on no host, so there is nothing to overwrite",
                details=edited,
                hint="semai plan --diff",
                file=unknown[0],
            )

    def require_unmoved(self) -> None:
        """Raise HostRefused when hosts.yml takes an app or its databases from the host that has the data."""
        if lost := displaced(self.machines, self.states):
            raise HostRefused(
                "database-moved",
                "{old} has the databases, but hosts.yml puts them on {new}, where they would be empty",
                hint="put {old} back into the group database",
                old=lost[0].old,
                new=lost[0].new,
            )
        if not self.plan.moves:
            return
        first = self.plan.moves[0]
        raise HostRefused(
            "app-moved",
            "{old} has {app} with its data, but hosts.yml gives it to {new}, which would begin without them",
            hint="put {app} back into semai_carries of {old}; to move it: first both carry it, then {new} stands "
            "before {old} in hosts.yml, then {new} carries it alone, with semai apply after each",
            details=[f"{move.app}: {move.old} -> {move.new}" for move in self.plan.moves[1:]],
            app=first.app,
            old=first.old,
            new=first.new,
        )

    def require_reachable(self) -> None:
        """Raise HostRefused when the lock jumps over releases that an app must pass through."""
        if not self.plan.jumps:
            return
        first = self.plan.jumps[0]
        raise HostRefused(
            "upgrade-jump",
            "{app} {new} cannot follow {old}, which {host} runs: releases in between must come first",
            hint="semai upgrade {app}",
            details=[f"{jump.host} {jump.app}: {jump.old} -> {jump.new}" for jump in self.plan.jumps[1:]],
            app=first.app,
            new=first.new,
            old=first.old,
            host=first.host,
        )

    def require_unchanged(self) -> None:
        """Raise ChangesPending when apply would do something."""
        if not self.plan.changes:
            return
        drifted = sum(step.drifted for step in self.plan.changes)
        raise ChangesPending(
            "changes-pending",
            "{count} changes are pending ({drifted} because of drift)",
            hint="semai apply",
            count=len(self.plan.changes),
            drifted=drifted,
        )


def too_little(lacking: Sequence[Shortage], hint: str) -> HostRefused:
    """Return the error for what hosts lack, one `Shortage` at least."""
    first = lacking[0]
    return HostRefused(
        first.code,
        first.text,
        hint=hint,
        details=[translate(s.text, host=s.host, needed=s.needed, found=s.found, path=s.path) for s in lacking[1:]],
        host=first.host,
        needed=first.needed,
        found=first.found,
        path=first.path,
    )


def look(site: Site, asked: Probe, *, refresh: bool = True, overwrite: Sequence[str] = ()) -> Outlook:
    """Compare with what `asked` brings; deployment.yml is brought up to date while Ansible starts.

    Without `refresh` it is taken as it lies there, so that a region under edit can still be looked at. `overwrite`
    names files (each app/path) that are written though an administrator edited them.
    """
    try:
        if refresh:
            refresh_deployment(site.files, site.vault)
        expected, machines = expected_apps(site.files), expected_machines(site)
    except BaseException:
        asked.stop()
        raise
    probed = asked.finish()
    steps = role_steps(machines, probed.states)
    return Outlook(compare(expected, probed.states, steps, overwrite), expected, probed, machines, tuple(overwrite))


def differences(site: Site, outlook: Outlook) -> tuple[str, ...]:
    """Return what would change in managed files as unified diffs, from a check run of the roles; secrets masked."""
    apps = [step.app for step in outlook.plan.changes if step.app and step.kind is not StepKind.remove]
    if not apps:
        return ()
    runner = site.ansible("plan", secrets=strings_in(site.vault.read().plain()))
    variables = {"semai_only": apps, "semai_roles": [], "semai_store": str(site.state.store)}
    variables["semai_overwrite"] = list(outlook.overwrite)
    result = runner.run("site", variables=variables, limit=site.limit, check=True, diff=True)
    return tuple(line for event in result.results("semai_tree") for line in _unified(event))


def _unified(event: Event) -> Iterator[str]:
    for entry in event.result.get("diff") or ():
        before, after = (str(entry[key]).splitlines() for key in ("before", "after"))
        name = f"{event.host}:{entry['after_header']}"
        yield from difflib.unified_diff(before, after, name, name, lineterm="", n=1)


def forget_gone(site: Site, outlook: Outlook, stuck: AbstractSet[str] = frozenset()) -> None:
    """Drop removed apps from the region's files once no host has them any more; a limited run cannot know that."""
    gone = {app.name for app in outlook.expected if not app.present} - stuck
    if gone and not site.limit:
        forget_removed(site.files, gone)


def expected_machines(site: Site) -> tuple[Wanted, ...]:
    """Read from deployment.yml which roles each server needs; none in the embedded profile."""
    value = read_document(site.files.deployment).value
    server = value.get("semai_server") if isinstance(value, dict) else None
    if not server:
        return ()
    try:
        told = {host: dict(found["roles"]) for host, found in server.items()}
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise _corrupt(site.files, error) from error
    return wanted(told, role_digests(site.resources))


def expected_backups(files: RegionFiles) -> Mapping[str, Mapping[str, Any]]:
    """Read from deployment.yml what each app host is told of its backups (core/backups.py); none before a lock."""
    value = read_document(files.deployment).value
    return (value.get("semai_backup") if isinstance(value, dict) else None) or {}


def expected_apps(files: RegionFiles) -> tuple[DeployedApp, ...]:
    """Read deployment.yml."""
    value = read_document(files.deployment).value
    items = value.get("semai_apps") if isinstance(value, dict) else None
    try:
        return tuple(DeployedApp.from_item(item) for item in items or ())
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise _corrupt(files, error) from error


def _corrupt(files: RegionFiles, error: Exception) -> InvalidInput:
    return InvalidInput(
        "deployment-corrupt",
        "{file} is not what semai lock writes ({reason})",
        hint="semai lock",
        file=files.deployment,
        reason=repr(error),
    )


def _busy(host: str, state: HostState) -> Locked:
    assert state.lock is not None
    return Locked(
        "host-locked",
        "{host} is being changed: {verb} by {user} since {since}",
        hint="wait until it ends, then run this again",
        host=host,
        verb=state.lock.verb,
        user=state.lock.user,
        since=state.lock.since,
    )
