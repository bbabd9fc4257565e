"""Measure every host of a region before anything is installed, and judge what may be installed where.

One ansible-playbook run, one module call per host; while it runs this machine looks up the sites' names and tries
the mentors' addresses. Needs no lock: apps come from the lock, else from apps.yml or by name from the catalogs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone

from packaging.specifiers import SpecifierSet
from pydantic import ValidationError

from semai.adapters.ansible import Event, RunResult
from semai.adapters.assess_rules import assess_rules
from semai.adapters.reachability import addresses, unreached
from semai.adapters.trusted_catalogs import TrustedCatalog, read_catalogs
from semai.core.assessment.assessing import Assessment, Question, WantedApp, assess, severity
from semai.core.assessment.finding import Finding
from semai.core.assessment.measurement import Measurement
from semai.core.candidates import Platform, unfit
from semai.core.catalog import App, AppKey, Release, Status
from semai.core.hosts import Host, Hosts
from semai.core.lockfile import Lock
from semai.core.region import Region, SelectedApp, Selection
from semai.errors import HostRefused, SemaiError
from semai.messages import N_, translate
from semai.operations.add import find_app
from semai.operations.probe import Site, why_nothing_ran

DEFAULT_USERS = 50


@dataclass(frozen=True)
class Looked:
    """All that was measured; `judge` may be asked again, in another language or for another number of users."""

    measured: Mapping[str, Measurement]
    question: Question

    def judge(self) -> Assessment:
        """Return the judgement in the language of the moment."""
        return assess(self.measured, self.question, assess_rules())


@dataclass(frozen=True)
class _Choice:
    """An app with where its release may come from."""

    key: AppKey
    page: App | None
    locked: Release | None = None
    versions: str = ""
    port: int = 0
    site: str = ""


def look(site: Site, names: Sequence[str] = (), users: int = DEFAULT_USERS, now: datetime | None = None) -> Looked:
    """Measure the hosts for the apps `names` (default: the region's).

    Raises InvalidInput (files of the region, `unknown-app`, `no-such-host`), OperationFailed when Ansible failed.
    """
    files = site.files
    region, hosts, selection, lock = (
        files.load_region(),
        files.load_hosts(),
        files.load_selection(),
        files.load_lock(),
    )
    choices = _choices(site, names, selection, lock, region)
    wanted_names = sorted({choice.site for choice in choices if choice.site})
    run = site.ansible("assess").start("assess", variables={"semai_assess_names": wanted_names}, limit=site.limit)
    try:
        names_here = addresses(wanted_names) if hosts.server else {}
        further = (*_region_findings(region, hosts, choices), *_mentor_findings(selection))
    except BaseException:
        run.stop()
        raise
    measured = _measured(site, run.wait(), hosts)
    question = Question(
        apps=tuple(_chosen(choice, measured) for choice in choices),
        users=users,
        now=now or datetime.now(timezone.utc),
        server=hosts.server,
        region=region.name,
        names_here=names_here,
        proxies=tuple(host.public for host in hosts.proxies),
        further=further,
    )
    return Looked(measured, question)


def require_ready(assessment: Assessment) -> None:
    """Raise HostRefused `not-ready` when something keeps the set from being installed."""
    bad = [finding for finding in assessment.all_findings if severity(finding) == "bad"]
    if bad:
        raise HostRefused(
            "not-ready",
            "not ready: {count} findings must be settled first",
            hint="settle them, then run: semai assess",
            count=len(bad),
        )


def _choices(
    site: Site, names: Sequence[str], selection: Selection, lock: Lock | None, region: Region
) -> list[_Choice]:
    selected = selection.by_key()
    try:
        catalogs = read_catalogs(site.state.folder)
    except SemaiError:
        if names or not lock:
            raise
        catalogs = {}  # a lock is enough to judge; only the apps' titles are missing
    ranges = dict(_asked(name, selected, catalogs) for name in names)
    if not names:
        keys = [AppKey.parse(text) for text in lock.apps] if lock else list(selected)
        ranges = {key: selected[key].version if key in selected else "" for key in keys}
    return [_choice(key, ranges[key], selection, lock, catalogs, region) for key in sorted(ranges)]


def _asked(
    name: str, selected: Mapping[AppKey, SelectedApp], catalogs: Mapping[str, TrustedCatalog]
) -> tuple[AppKey, str]:
    """Return the app that --app means and its range of versions: a selected one first."""
    for key in selected:
        if name in (key.id, str(key)):
            return key, selected[key].version
    return find_app(catalogs, name)


def _choice(
    key: AppKey,
    versions: str,
    selection: Selection,
    lock: Lock | None,
    catalogs: Mapping[str, TrustedCatalog],
    region: Region,
) -> _Choice:
    selected = selection.by_key().get(key)
    locked = lock.apps.get(str(key)) if lock else None
    site = (selected.site if selected else "") or key.id
    return _Choice(
        key=key,
        page=catalogs[key.mentor].index.app(key.id) if key.mentor in catalogs else None,
        locked=locked.release if locked else None,
        versions=versions,
        port=selected.port if selected else 0,
        site=f"{site}.{region.domain}" if region.domain else "",
    )


def _chosen(choice: _Choice, measured: Mapping[str, Measurement]) -> WantedApp:
    """Return the locked release, else the newest that suits a host, else the newest that may be installed."""
    title = choice.page.page.name if choice.page else choice.key.id
    app = WantedApp(str(choice.key), title, choice.locked, "", choice.port, choice.site)
    if choice.locked:
        return app
    allowed, reason = _installable(choice)
    if not allowed:
        return WantedApp(app.key, title, None, reason, app.port, app.site)
    platforms = [Platform(m.python, m.os.platform, m.machine) for m in measured.values() if m.measured]
    suited = [r for r in allowed if any(not unfit(r, platform, pinned=True, locked="") for platform in platforms)]
    return WantedApp(app.key, title, (suited or allowed)[0], "", app.port, app.site)


def _installable(choice: _Choice) -> tuple[list[Release], str]:
    """Return the releases that may be chosen, best first; else why there is none."""
    if choice.page is None:
        return [], translate(N_("no trusted catalog has it"))
    wanted, allowed, reason = SpecifierSet(choice.versions), [], translate(N_("its catalog lists no release"))
    for release in choice.page.releases:
        if not wanted.contains(release.version, prereleases=True):
            reason = translate(N_("no release is within {range}"), range=choice.versions)
        elif problem := unfit(release, Platform(), pinned=False, locked=""):
            reason = f"{release.manifest.version} {problem}"
        else:
            allowed.append(release)
    allowed.sort(key=lambda r: (r.standing.status is not Status.deprecated, r.version), reverse=True)
    return allowed, reason


def _region_findings(region: Region, hosts: Hosts, choices: Sequence[_Choice]) -> tuple[Finding, ...]:
    missing = hosts.server and choices and not region.domain
    return (Finding("domain-missing"),) if missing else ()


def _mentor_findings(selection: Selection) -> tuple[Finding, ...]:
    urls = {mentor: selected.url for mentor, selected in selection.mentors.items()}
    return tuple(
        Finding("mentor-unreachable", fields={"mentor": mentor, "url": urls[mentor], "said": said})
        for mentor, said in sorted(unreached(urls).items())
    )


def _measured(site: Site, result: RunResult, hosts: Hosts) -> dict[str, Measurement]:
    found = {event.host: _measurement(event) for event in (*result.results("semai_assess"), *result.failures)}
    if not found:
        raise why_nothing_ran(site, result)
    if not any(not measured.measured for measured in found.values()):
        result.log.unlink(missing_ok=True)
    machines = {host.name: host for host in hosts.machines}
    return {name: _placed(name, entry, machines.get(name), hosts) for name, entry in sorted(found.items())}


def _measurement(event: Event) -> Measurement:
    report = event.result.get("report")
    if report is None:
        said = str(event.result.get("msg") or event.result.get("module_stderr") or "?").strip()[-300:]
        return Measurement(unreachable=said) if event.kind == "unreachable" else Measurement(failed=said)
    try:
        return Measurement.model_validate(report)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        return Measurement(failed=f"{'.'.join(map(str, first['loc']))}: {first['msg']}")


def _placed(name: str, found: Measurement, host: Host | None, hosts: Hosts) -> Measurement:
    """Return the measurement with the host's parts as hosts.yml settles them."""
    parts = {"proxy": hosts.proxies, "app": hosts.apps, "database": (hosts.database,)} if hosts.server else {}
    groups = [part for part, members in parts.items() if any(member.name == name for member in members)]
    entry = found.inventory.model_copy(
        update={
            "groups": tuple(groups) if hosts.server else ("app",),
            "semai_profile": hosts.semai_profile,
            "semai_carries": host.carries if host else None,
            "root": hosts.semai_root,
            "ansible_host": found.inventory.ansible_host or (host.reached if host else name),
        }
    )
    return found.model_copy(update={"inventory": entry})
