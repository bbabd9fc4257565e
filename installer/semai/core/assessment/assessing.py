"""Put measurements and apps together: findings per host and app, placement, and the verdict. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from semai.core.assessment.estimate import Capacity, Estimate, capacity, estimate
from semai.core.assessment.finding import Finding, Severity, Verdict, verdict_of
from semai.core.assessment.machine_checks import (
    judge_clock,
    judge_disks,
    judge_hardware,
    judge_line,
    judge_rights,
    judge_system,
)
from semai.core.assessment.meanings_services import MEANINGS
from semai.core.assessment.measurement import Measurement
from semai.core.assessment.name_checks import judge_names
from semai.core.assessment.rules import Rules
from semai.core.assessment.service_checks import judge_neighbours, judge_packages, judge_ports, port_needs
from semai.core.candidates import Platform, unfit
from semai.core.catalog import Release
from semai.core.placement import Load, Room, place
from semai.core.sites import driver_of
from semai.messages import N_, translate

CONTROLLER = "controller"
DATABASES = "/var/lib"  # where Debian keeps PostgreSQL and MariaDB


@dataclass(frozen=True)
class WantedApp:
    """An app to be judged; without a release `reason` says why there is none."""

    key: str  # "batang/e-planning"
    title: str
    release: Release | None = None
    reason: str = ""
    port: int = 0  # 0: not chosen yet
    site: str = ""  # the name people open, empty without a domain

    @property
    def version(self) -> str:
        """Return the release's version, empty without one."""
        return self.release.manifest.version if self.release else ""


@dataclass(frozen=True)
class Question:
    """What is to be judged: the set, the number of users, and what this machine saw by itself."""

    apps: tuple[WantedApp, ...]
    users: int
    now: datetime
    server: bool = True
    region: str = ""
    names_here: Mapping[str, Sequence[str]] = field(default_factory=dict)  # name -> addresses, from the controller
    proxies: tuple[str, ...] = ()  # addresses people reach
    further: tuple[Finding, ...] = ()  # about mentors and the region


@dataclass(frozen=True)
class HostReport:
    """One host judged."""

    name: str
    measured: Measurement
    findings: tuple[Finding, ...]
    capacity: Capacity | None  # None: not measured

    @property
    def verdict(self) -> Verdict:
        """Return what its findings add up to."""
        return verdict_of(severity(finding) for finding in self.findings)

    @property
    def parts(self) -> tuple[str, ...]:
        """Return its parts among proxy, app and database."""
        return tuple(part for part in ("proxy", "app", "database") if self.measured.serves(part))


@dataclass(frozen=True)
class AppReport:
    """One app judged; `host` is the proposed place, empty when there is none."""

    app: WantedApp
    host: str
    estimate: Estimate | None
    findings: tuple[Finding, ...]
    verdict: Verdict


@dataclass(frozen=True)
class Assessment:
    """The whole answer."""

    question: Question
    hosts: tuple[HostReport, ...]
    apps: tuple[AppReport, ...]
    findings: tuple[Finding, ...]  # about neither a host nor an app alone

    @property
    def verdict(self) -> Verdict:
        """Return the verdict on the chosen set: the worst of all."""
        return verdict_of(severity(finding) for finding in self.all_findings)

    @property
    def all_findings(self) -> tuple[Finding, ...]:
        """Return every finding, the gravest first."""
        every = [*self.findings]
        every += [finding for host in self.hosts for finding in host.findings]
        every += [finding for app in self.apps for finding in app.findings]
        order = ("bad", "warn", "note")
        return tuple(sorted(every, key=lambda finding: order.index(severity(finding))))


def severity(finding: Finding) -> Severity:
    """Return how grave a finding is."""
    return MEANINGS[finding.code].severity


def assess(measured: Mapping[str, Measurement], question: Question, rules: Rules) -> Assessment:
    """Judge hosts, then apps on them."""
    releases = [app.release for app in question.apps if app.release]
    drivers = frozenset(driver_of(release.manifest, server=question.server) for release in releases)
    hosts = tuple(_host(name, found, question, drivers, rules) for name, found in sorted(measured.items()))
    names: list[Finding] = []
    if question.server:
        seen = {CONTROLLER: question.names_here}
        seen |= {host.name: host.measured.names for host in hosts if host.measured.names}
        sites = {app.key: app.site for app in question.apps if app.site}
        names = list(judge_names(sites, question.proxies, seen))
    apps = _apps(hosts, question, rules, names)
    judged = tuple(_with_databases(host, apps, question.users) for host in _overfull(hosts, apps))
    return Assessment(question, judged, apps, (*question.further, *names))


def _host(name: str, found: Measurement, question: Question, drivers: frozenset[str], rules: Rules) -> HostReport:
    findings = list(judge_line(name, found, rules))
    if not found.measured:
        return HostReport(name, found, tuple(findings), None)
    if found.server:
        findings += judge_rights(name, found)
    findings += judge_system(name, found, rules, question.now)
    findings += judge_hardware(name, found, rules)
    findings += judge_disks(name, found, rules)
    findings += judge_clock(name, found, rules, question.now)
    carried = found.inventory.semai_carries
    app_ports = [(a.key, a.port) for a in question.apps if a.port and (carried is None or a.key in carried)]
    needs = port_needs(found, app_ports if found.serves("app") else (), drivers)
    findings += judge_ports(name, found, needs)
    if found.server:
        findings += judge_neighbours(name, found)
        findings += judge_packages(name, found, rules)
    return HostReport(name, found, tuple(findings), capacity(found, drivers, rules.growth.figures))


def _with_databases(host: HostReport, apps: Sequence[AppReport], users: int) -> HostReport:
    """Say whether a year of databases fits where they lie, unless they were counted with the apps beside them."""
    found = host.measured
    place, beside = found.below(DATABASES), found.below(found.inventory.root)
    if not found.server or not found.serves("database") or place is None:
        return host
    if found.serves("app") and beside is not None and beside.device == place.device:
        return host
    needed = sum(app.estimate.database_year_mb for app in apps if app.estimate)
    if needed <= place.free_mb:
        return host
    fields = {"path": DATABASES, "found": place.free_mb, "needed": needed, "users": users}
    return replace(host, findings=(*host.findings, Finding("database-tight", host.name, fields=fields)))


@dataclass(frozen=True)
class _Fit:
    """An app with the hosts that could run it, and why others could not."""

    app: WantedApp
    release: Release
    estimate: Estimate
    hosts: tuple[HostReport, ...]
    reasons: tuple[str, ...]

    def load(self, *, grown: bool) -> Load:
        """Return what to pack: with all users after a year, or only what starting takes; not on unready hosts."""
        allowed = frozenset(host.name for host in self.hosts if host.verdict is not Verdict.not_ready)
        taken = self.estimate
        if grown:
            return Load(self.app.key, taken.memory_mb, taken.disk_year_mb, allowed)
        return Load(self.app.key, taken.memory_start_mb, taken.disk_start_mb, allowed)


def _apps(
    hosts: tuple[HostReport, ...], question: Question, rules: Rules, names: Sequence[Finding]
) -> tuple[AppReport, ...]:
    fits = {a.key: _fit(a, a.release, hosts, question, rules) for a in question.apps if a.release}
    proposed, tight = _proposal(tuple(fits.values()), hosts)
    reports = []
    for app in question.apps:
        named = [finding for finding in names if app.key in finding.app.split(", ")]
        if app.key not in fits:
            missing = Finding("app-no-release", app=app.key, fields={"reason": app.reason})
            reports.append(_report(app, "", None, (missing,), named, hosts))
            continue
        fit, host = fits[app.key], proposed.get(app.key, "")
        own = tuple(_problems(fit, host, question.users, tight=app.key in tight))
        reports.append(_report(app, host, fit.estimate, own, named, hosts))
    return tuple(reports)


def _proposal(fits: Sequence[_Fit], hosts: Sequence[HostReport]) -> tuple[Mapping[str, str], frozenset[str]]:
    """Return app -> host, and the apps that can start there but lack room for all users and a year.

    First everybody gets a year's room; what is left over gets room to start beside them; only when that fails too
    everything is packed anew with room to start.
    """
    rooms = [Room(h.name, h.capacity.memory_mb, h.capacity.disk_mb) for h in hosts if h.capacity]
    grown = place([fit.load(grown=True) for fit in fits], rooms)
    if not grown.left_over:
        return grown.hosts, frozenset()
    loads = [(fit.load(grown=True), grown.hosts.get(fit.app.key)) for fit in fits]
    left = [_less(room, [load for load, host in loads if host == room.host]) for room in rooms]
    rest = place([fit.load(grown=False) for fit in fits if fit.app.key in grown.left_over], left)
    if not rest.left_over:
        return {**grown.hosts, **rest.hosts}, frozenset(rest.hosts)
    start = place([fit.load(grown=False) for fit in fits], rooms)
    return start.hosts, frozenset(start.hosts)


def _less(room: Room, loads: Iterable[Load]) -> Room:
    taken = tuple(loads)
    memory, disk = sum(load.memory_mb for load in taken), sum(load.disk_mb for load in taken)
    return Room(room.host, room.memory_mb - memory, room.disk_mb - disk)


def _overfull(hosts: Sequence[HostReport], apps: Sequence[AppReport]) -> tuple[HostReport, ...]:
    """Say which of several app hosts would carry more than they can give, and what to carry instead."""
    carrying = [host for host in hosts if host.measured.serves("app")]
    if len(carrying) < 2:
        return tuple(hosts)
    return tuple(_with_overload(host, apps) if host in carrying else host for host in hosts)


def _with_overload(host: HostReport, apps: Sequence[AppReport]) -> HostReport:
    carried = host.measured.inventory.semai_carries
    taken = [a.estimate for a in apps if a.estimate and (carried is None or a.app.key in carried)]
    memory, disk = sum(each.memory_mb for each in taken), sum(each.disk_year_mb for each in taken)
    room = host.capacity
    if room is None or (memory <= room.memory_mb and disk <= room.disk_mb):
        return host
    keys = ", ".join(a.app.key for a in apps if a.host == host.name)
    fields = {"needed": memory, "disk": disk, "memory": room.memory_mb, "apps": keys}
    return replace(host, findings=(*host.findings, Finding("carries-too-much", host.name, fields=fields)))


def _fit(app: WantedApp, release: Release, hosts: Sequence[HostReport], question: Question, rules: Rules) -> _Fit:
    """Find the app hosts whose system suits; one that could not be measured may suit."""
    suited, reasons = [], []
    for host in hosts:
        carries = host.measured.inventory.semai_carries
        if not host.measured.serves("app") or (carries is not None and app.key not in carries):
            continue
        reason = ""
        if host.capacity is not None:
            found = host.measured
            platform = Platform(found.python, found.os.platform if found.os.id else "", found.machine)
            reason = unfit(release, platform, pinned=True, locked=app.version)
        if reason:
            reasons.append(f"{host.name}: {reason}")
        else:
            suited.append(host)
    taken = estimate(release.manifest, question.users, rules.growth.figures)
    return _Fit(app, release, taken, tuple(suited), tuple(reasons))


def _problems(fit: _Fit, host: str, users: int, *, tight: bool) -> Iterable[Finding]:
    """Say why the app has no place, or why its place is tight."""
    key, taken = fit.app.key, fit.estimate
    if not host:
        ready = [h.name for h in fit.hosts if h.verdict is not Verdict.not_ready]
        if not fit.hosts:
            reason = "; ".join(fit.reasons) or "-"
            yield Finding("app-unfit", app=key, fields={"version": fit.app.version, "reason": reason})
        elif not ready:
            names = ", ".join(h.name for h in fit.hosts)
            yield Finding("app-host-not-ready", app=key, fields={"hosts": names})
        else:
            fields = {"memory": taken.memory_start_mb, "disk": taken.disk_start_mb}
            yield Finding("app-no-room", app=key, fields=fields)
    elif tight:
        yield Finding("app-tight", host, key, {"users": users, "more": _more(taken)})


def _more(taken: Estimate) -> str:
    """Return what an app takes beyond its start, in words."""
    memory, disk = taken.memory_mb - taken.memory_start_mb, taken.disk_year_mb - taken.disk_start_mb
    words = [translate(N_("{mb} MB of memory"), mb=memory)] if memory else []
    return ", ".join([*words, *([translate(N_("{mb} MB of disk"), mb=disk)] if disk else [])])


def _report(
    app: WantedApp,
    host: str,
    taken: Estimate | None,
    own: tuple[Finding, ...],
    shared: Iterable[Finding],
    hosts: Sequence[HostReport],
) -> AppReport:
    """Judge an app by its own findings, those it shares, its host, and hosts of the other parts every app needs."""
    needed = [h for h in hosts if h.name == host or not set(h.parts) <= {"app"}]
    every = [*own, *shared, *(finding for h in needed for finding in h.findings)]
    return AppReport(app, host, taken, own, verdict_of(severity(finding) for finding in every))
