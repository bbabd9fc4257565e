"""What must change on which host: expected apps against what hosts say, decided by digests. Pure.

Order: removals first, then apps so that a provider of a contract comes before its consumers. An app whose receipt,
managed files and service are as expected is `unchanged` and costs nothing more.
"""

from __future__ import annotations

import enum
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from packaging.version import Version

from semai.core.receipt import AppState, HostState
from semai.core.upgrade_path import may_follow
from semai.messages import N_


class StepKind(str, enum.Enum):
    """What happens to an app; the value is what --json shows."""

    server = "server"  # a role of the machine itself, not of an app
    install = "install"
    upgrade = "upgrade"
    configure = "configure"
    start = "start"
    remove = "remove"
    recover = "recover"
    unchanged = "unchanged"


@dataclass(frozen=True)
class Placement:
    """What one host is told otherwise of an app it carries."""

    bind: str = ""
    config: str = ""
    leader: bool = True


@dataclass(frozen=True)
class DeployedApp:
    """What the lock and the region's answers expect of one app on a host (an item of `semai_apps`)."""

    name: str
    present: bool = True
    purge: bool = False
    mentor: str = ""
    version: str = ""
    release: str = ""
    config: str = ""
    bind: str = ""
    files: tuple[str, ...] = ()
    ram_mb: int = 0
    disk_mb: int = 0
    python: str = ""
    sample_data: bool = False
    providers: tuple[str, ...] = ()  # apps whose contracts this one reads
    change: str = ""
    upgrade_from: tuple[str, ...] = ()
    site: str = ""  # servers: the name people reach it by
    placed: Mapping[str, Placement] | None = None  # servers: the hosts that carry it; None: every host does

    @property
    def hosts(self) -> tuple[str, ...]:
        """Return the hosts that carry it; empty means every app host."""
        return tuple(self.placed or ())

    @property
    def leader(self) -> str:
        """Return the host whose runs own the data; empty where every host is on its own."""
        return next((name for name, place in (self.placed or {}).items() if place.leader), "")

    def on(self, host: str) -> DeployedApp:
        """Return what is expected on one host: absent where others carry the app."""
        if self.placed is None or not self.present:
            return self
        place = self.placed.get(host)
        if place is None:
            return replace(self, present=False, purge=False)
        return replace(self, bind=place.bind or self.bind, config=place.config or self.config)

    @classmethod
    def from_item(cls, item: Mapping[str, Any]) -> DeployedApp:
        """Read an item of `semai_apps`; absent items carry only a name and `purge`."""
        if item.get("state", "present") == "absent":
            return cls(name=item["name"], present=False, purge=bool(item.get("purge", False)))
        needs = item.get("needs", {})
        commands = item.get("commands", {})
        contracts = item.get("environment", {}).get("SEMAI_CONTRACTS") or {}
        consumed = contracts.get("consumes", {}) if isinstance(contracts, Mapping) else {}
        return cls(
            name=item["name"],
            mentor=item.get("mentor", ""),
            version=item["version"],
            release=item["release"],
            config=item["config"],
            bind=item.get("bind", ""),
            files=tuple(sorted(item.get("files", {}))),
            ram_mb=int(needs.get("ram_mb", 0)),
            disk_mb=int(needs.get("disk_mb", 0)),
            python=needs.get("python", ""),
            sample_data=bool(commands.get("sample_data")),
            providers=tuple(sorted({c["provider"] for c in consumed.values() if c.get("provider")})),
            change=item.get("change", ""),
            upgrade_from=tuple(item.get("upgrade_from") or ()),
            site=item.get("site", ""),
            placed=_placed(item.get("hosts")),
        )


def _placed(hosts: Mapping[str, Any] | None) -> Mapping[str, Placement] | None:
    if hosts is None:
        return None
    return {
        name: Placement(entry.get("bind", ""), entry.get("config", ""), bool(entry.get("leader", True)))
        for name, entry in hosts.items()
    }


@dataclass(frozen=True)
class Reason:
    """Why a step is there: a stable code and a message with {fields}, translated when shown."""

    code: str
    text: str
    fields: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Step:
    """One app on one host; or one role of the host itself, then `app` is empty."""

    host: str
    app: str
    kind: StepKind
    version: str = ""
    previous: str = ""
    reasons: tuple[Reason, ...] = ()
    purge: bool = False
    role: str = ""

    @property
    def changes(self) -> bool:
        """Tell whether the step does anything."""
        return self.kind is not StepKind.unchanged

    @property
    def drifted(self) -> bool:
        """Tell whether someone edited what the installer wrote."""
        return any(reason.code == "drift" for reason in self.reasons)


@dataclass(frozen=True)
class Move:
    """An app that hosts.yml took from the host that owns its data; nothing carries data over, so it is refused."""

    app: str
    old: str
    new: str


@dataclass(frozen=True)
class Jump:
    """An upgrade over releases that must be passed through; a host refuses it, `semai upgrade` goes hop by hop."""

    app: str
    host: str
    old: str
    new: str


@dataclass(frozen=True)
class Plan:
    """Steps in the order they are performed, apps on hosts that nobody selected; moves and jumps are refused."""

    steps: tuple[Step, ...]
    unknown: tuple[tuple[str, str], ...] = ()  # (host, app)
    moves: tuple[Move, ...] = ()
    jumps: tuple[Jump, ...] = ()

    @property
    def changes(self) -> tuple[Step, ...]:
        """Return the steps that do something."""
        return tuple(step for step in self.steps if step.changes)

    @property
    def apps(self) -> tuple[str, ...]:
        """Return the names of apps that change on any host, in order."""
        return tuple(dict.fromkeys(step.app for step in self.changes if step.app))

    @property
    def roles(self) -> dict[str, list[str]]:
        """Return the roles that have something to do, by host."""
        return {host: [s.role for s in self.changes if s.host == host and s.role] for host in self.hosts}

    @property
    def hosts(self) -> tuple[str, ...]:
        """Return the hosts on which something changes."""
        return tuple(dict.fromkeys(step.host for step in self.changes))


def plan(
    expected: Sequence[DeployedApp],
    states: Mapping[str, HostState],
    machines: Sequence[Step] = (),
    overwrite: Collection[str] = (),
) -> Plan:
    """Return what brings every host in `states` to `expected`; `machines` are the steps of their roles.

    `overwrite` names files (each app/path) that are written though an administrator edited them on the host.
    """
    ordered = in_contract_order(expected)
    known = {app.name for app in ordered}
    steps = [
        step
        for app in ordered
        for host, state in _leader_first(app, states)
        if (step := _step(app.on(host), host, state, overwrite)) is not None
    ]
    unknown = [
        (host, name)
        for host, state in sorted(states.items())
        for name, found in sorted(state.apps.items())
        if name not in known and found.receipt is not None
    ]
    jumps = _jumps(steps, {app.name: app for app in ordered})
    return Plan((*machines, *steps), tuple(unknown), tuple(_moves(ordered, states)), tuple(jumps))


def _jumps(steps: Iterable[Step], apps: Mapping[str, DeployedApp]) -> Iterator[Jump]:
    for step in steps:
        older = step.kind is StepKind.upgrade and Version(step.previous) < Version(step.version)
        if older and not may_follow(apps[step.app].upgrade_from, Version(step.previous)):
            yield Jump(step.app, step.host, step.previous, step.version)


def _moves(apps: Iterable[DeployedApp], states: Mapping[str, HostState]) -> Iterator[Move]:
    for app in apps:
        for host, state in sorted(states.items()):
            left = app.present and app.placed is not None and host not in app.placed
            if left and _is_there(state.app(app.name)) and state.app(app.name).leader:
                yield Move(app.name, host, app.leader)


def _is_there(found: AppState) -> bool:
    gone = found.service.state in ("absent", "unknown")
    return found.receipt is not None or found.receipt_error is not None or not gone


def _leader_first(app: DeployedApp, states: Mapping[str, HostState]) -> list[tuple[str, HostState]]:
    return sorted(states.items(), key=lambda entry: (entry[0] != app.leader, entry[0]))


def in_contract_order(apps: Iterable[DeployedApp]) -> list[DeployedApp]:
    """Return removals first, then providers before consumers; by name where contracts do not decide."""
    listed = sorted(apps, key=lambda app: app.name)
    ordered = [app for app in listed if not app.present]
    waiting = {app.name: app for app in listed if app.present}
    while waiting:
        ready = [a for a in waiting.values() if not any(p in waiting and p != a.name for p in a.providers)]
        for app in ready[:1] or list(waiting.values())[:1]:
            ordered.append(waiting.pop(app.name))
    return ordered


def _step(app: DeployedApp, host: str, state: HostState, overwrite: Collection[str]) -> Step | None:
    found = state.app(app.name)
    if not app.present:
        return _removal(app, host, found)
    previous = found.receipt.version if found.receipt else ""
    cut = [entry for entry in state.journal if entry.app == app.name]
    kind, reasons = _decide(app, found, overwrite)
    if cut:
        text = N_("an earlier {verb} was cut at step {step}; it is finished or undone first")
        reasons = (Reason("unfinished", text, {"verb": cut[0].verb or "run", "step": cut[0].step or "?"}), *reasons)
        kind = StepKind.recover if kind is StepKind.unchanged else kind
    return Step(host, app.name, kind, app.version, previous, reasons)


def _removal(app: DeployedApp, host: str, found: AppState) -> Step | None:
    if not _is_there(found):
        return None
    text = N_("no longer selected; its data is deleted") if app.purge else N_("no longer selected; its data stays")
    if app.placed is not None:
        text = N_("another host carries it now; its data stays")
    version = found.receipt.version if found.receipt else ""
    return Step(host, app.name, StepKind.remove, "", version, (Reason("removed", text),), purge=app.purge)


def _decide(app: DeployedApp, found: AppState, overwrite: Collection[str]) -> tuple[StepKind, tuple[Reason, ...]]:
    receipt = found.receipt
    if found.receipt_error is not None:
        reason = Reason("receipt-unreadable", N_("its receipt cannot be read: {why}"), {"why": found.receipt_error})
        return StepKind.install, (reason,)
    if receipt is None:
        return StepKind.install, (Reason("new", N_("not on this host yet")),)
    if receipt.release != app.release:
        return StepKind.upgrade, (_release_reason(receipt.version, app.version),)
    if reasons := _configuration_reasons(app, found, overwrite):
        return StepKind.configure, reasons
    return _service_step(found)


def _release_reason(old: str, new: str) -> Reason:
    fields = {"old": old, "new": new}
    if old == new:
        return Reason("rebuilt", N_("version {new} was published with other files"), fields)
    if Version(new) < Version(old):
        return Reason("downgrade", N_("version {old} -> {new} (older)"), fields)
    return Reason("version", N_("version {old} -> {new}"), fields)


def _configuration_reasons(app: DeployedApp, found: AppState, overwrite: Collection[str]) -> tuple[Reason, ...]:
    assert found.receipt is not None
    reasons = []
    if found.receipt.config != app.config:
        reasons.append(Reason("configuration", N_("its configuration or secrets changed")))
    drift = found.receipt.drift(found.files)
    for path in drift:
        reasons.append(Reason("drift", _drift_text(app, found, path, overwrite), {"app": app.name, "path": path}))
    for path in sorted(found.receipt.edited):
        if path not in drift and f"{app.name}/{path}" in overwrite:
            reasons.append(Reason("overwrite", N_("{path}, edited on the host, is written anew"), {"path": path}))
    return tuple(reasons)


def _drift_text(app: DeployedApp, found: AppState, path: str, overwrite: Collection[str]) -> str:
    assert found.receipt is not None
    there, written = found.files.get(path), found.receipt.files[path]
    if there is None:
        return N_("{path} is missing on the host")
    if there.sha256 == written.sha256:
        return N_("{path} has other permissions on the host")
    if f"{app.name}/{path}" in overwrite:
        return N_("{path} was edited on the host; it is written anew")
    return N_("{path} was edited on the host; the edit stays (to replace it: semai apply --overwrite {app}/{path})")


def _service_step(found: AppState) -> tuple[StepKind, tuple[Reason, ...]]:
    if not found.service.wanted:
        return StepKind.unchanged, (Reason("stopped", N_("stopped on purpose (semai service start)")),)
    if found.service.state != "running":
        text = N_("its service is {state}")
        return StepKind.start, (Reason("not-running", text, {"state": found.service.state}),)
    if found.health.status in ("failing", "unreachable"):
        fields = {"status": found.health.status, "detail": found.health.detail or ""}
        return StepKind.start, (Reason("unhealthy", N_("its health is {status} {detail}"), fields),)
    return StepKind.unchanged, ()
