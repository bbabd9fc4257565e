"""Which roles of the machines themselves have something to do, decided by digests. Pure.

A role's digest is 32 digits over what deployment.yml tells it and 32 over its own source, so that a step can say
which of them changed. Hosts keep the digests of what was last done in `<root>/receipts/server.json`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from semai.core.plan import Reason, Step, StepKind
from semai.core.receipt import HostState
from semai.core.server import DRIVERS, ROLES
from semai.messages import N_

TOOL_ROLE = "hostctl"
_HALF = 32

_SUBJECTS = {
    "common": N_("ports, time zone or packages changed"),
    "postgresql": N_("databases changed"),
    "mariadb": N_("databases changed"),
    "hostctl": N_("its settings changed"),
    "backup": N_("place, times or apps of backups changed"),
    "php": N_("extensions changed"),
    "certificate": N_("names or source of certificates changed"),
    "nginx": N_("sites changed"),
}


@dataclass(frozen=True)
class Wanted:
    """The roles one host needs, each with its digest."""

    host: str
    roles: Mapping[str, str]


def wanted(server: Mapping[str, Mapping[str, str]], sources: Mapping[str, str]) -> tuple[Wanted, ...]:
    """Return the digests per host: `server` has those of what roles are told, `sources` those of their source."""
    return tuple(
        Wanted(host, {role: told[:_HALF] + sources.get(role, "0" * 64)[:_HALF] for role, told in roles.items()})
        for host, roles in server.items()
    )


@dataclass(frozen=True)
class Displaced:
    """Databases in use that hosts.yml puts on another host, where they would be empty."""

    driver: str
    old: str
    new: str


def displaced(expected: tuple[Wanted, ...], states: Mapping[str, HostState]) -> tuple[Displaced, ...]:
    """Return the database servers that shall be elsewhere than they are while apps are installed."""
    if not any(app.receipt for state in states.values() for app in state.apps.values()):
        return ()
    homes = {role: found.host for found in expected for role in found.roles if role in DRIVERS}
    ready = {(host, role) for host, state in states.items() for role in state.server}
    return tuple(
        Displaced(role, host, homes[role])
        for host, role in sorted(ready)
        if role in homes and homes[role] != host and (homes[role], role) not in ready
    )


def steps(expected: tuple[Wanted, ...], states: Mapping[str, HostState]) -> tuple[Step, ...]:
    """Return a step for each role that has something to do on a host that answered."""
    return tuple(
        Step(found.host, "", StepKind.server, reasons=(reason,), role=role)
        for found in expected
        if found.host in states
        for role in ROLES
        if role in found.roles and (reason := _reason(role, found.roles[role], states[found.host])) is not None
    )


def _reason(role: str, digest: str, state: HostState) -> Reason | None:
    done = state.server.get(role, "")
    if role == TOOL_ROLE and done and state.tool is None:
        return Reason("gone", N_("the host tool is missing"))
    if done == digest and role in state.due:
        return Reason("due", N_("certificates end within a month"))
    if done == digest:
        return None
    if not done:
        return Reason("new", N_("not set up by semai yet"))
    if done[:_HALF] != digest[:_HALF]:
        return Reason("settings", _SUBJECTS[role])
    return Reason("source", N_("this semai does it otherwise than the one that set it up"))
