"""What runs where and how it feels, beside what the lock expects; a host that cannot be asked raises nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from semai.core.host_words import spoken
from semai.core.plan import DeployedApp
from semai.core.purging import last_verified
from semai.core.receipt import AppState, HostState, Past
from semai.operations.plan import Outlook


@dataclass(frozen=True)
class AppStatus:
    """One app on one host."""

    host: str
    app: str
    version: str  # that the host runs, empty when none
    expected: str  # that the lock says, empty when it is to go
    service: str
    health: str
    detail: str
    receipt_error: str  # why a receipt that is there cannot be read, else empty
    since: str
    address: str
    rss_mb: float | None
    disk_mb: float | None
    drift: tuple[str, ...]
    edited: tuple[str, ...]  # by an administrator, known to an apply that let them be
    flows: Mapping[str, str]  # consumed contract -> ok | stale | down | unused
    backup: str  # moment of its newest verified backup there, empty when there is none
    drill: str  # moment of the last drill that passed there, empty when there is none
    ill_since: str  # since when, by the host's own verdict, it has not been well; empty when it is or nobody knows
    step: str  # what apply would do

    @property
    def well(self) -> bool:
        """Tell whether a person need not look at it."""
        stopped = self.service == "stopped" and self.health == "unknown"
        return (self.health == "ok" or stopped) and self.step == "unchanged"


def status(outlook: Outlook) -> tuple[AppStatus, ...]:
    """Return one entry per expected or found app and host."""
    expected = {app.name: app for app in outlook.expected}
    steps = {(step.host, step.app): step.kind.value for step in outlook.plan.steps}
    found = []
    for host, state in sorted(outlook.states.items()):
        names = [name for name, app in expected.items() if app.on(host).present]
        names += [name for name, app in sorted(state.apps.items()) if name not in names and app.receipt]
        found += [_status(host, name, expected.get(name), state, steps) for name in names]
    return tuple(found)


def _status(
    host: str, name: str, app: DeployedApp | None, state: HostState, steps: Mapping[tuple[str, str], str]
) -> AppStatus:
    found = state.app(name)
    receipt = found.receipt
    past = (state.verdict.apps.get(name) if state.verdict else None) or Past()
    bind = receipt.bind if receipt else app.bind if app else ""
    return AppStatus(
        host=host,
        app=name,
        version=receipt.version if receipt else "",
        expected=app.version if app and app.present else "",
        service="maintenance" if name in state.maintenance else found.service.state,
        health=found.health.status,
        detail=spoken(found.health.detail or ""),
        receipt_error=spoken(found.receipt_error or ""),
        since=found.service.since or "",
        address=f"https://{app.site}" if app and app.site else f"http://{bind}" if bind else "",
        rss_mb=found.rss_mb,
        disk_mb=found.disk_mb if found.disk_mb is not None else past.disk_mb,
        drift=receipt.drift(found.files) if receipt else (),
        edited=tuple(sorted(receipt.edited)) if receipt else (),
        flows=_flows(found),
        backup=f"{made:%Y-%m-%dT%H:%M:%SZ}" if (made := last_verified([state], name)) else "",
        drill=(state.backup.drilled(name).passed or "") if state.backup else "",
        ill_since=past.since if past.condition == found.health.status and past.condition != "ok" else "",
        step=steps.get((host, name), "unknown"),
    )


def _flows(found: AppState) -> Mapping[str, str]:
    return dict(sorted(found.health.contracts.items()))
