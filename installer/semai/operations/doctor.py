"""Examine this machine and the region's hosts: each finding has a severity, what it means and one thing to do."""

from __future__ import annotations

import shutil
import stat
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path

from semai.adapters.assess_rules import assess_rules
from semai.core.doctor import Finding, Severity
from semai.core.doctor_backups import backup_findings
from semai.core.doctor_servers import server_findings
from semai.core.doctor_verdict import verdict_findings
from semai.core.receipt import HostState
from semai.errors import HostRefused, SemaiError
from semai.messages import N_, translate
from semai.operations.mentor_list import MentorRow, list_mentors
from semai.operations.plan import Outlook, expected_backups, expected_machines, look
from semai.operations.probe import Site, begin, require_lock
from semai.operations.status import AppStatus, status

OLDEST_PYTHON = (3, 10)
LOW_DISK_MB = 500
CLOCK_TOLERANCE = timedelta(minutes=5)


@dataclass(frozen=True)
class Diagnosis:
    """All findings, this machine first."""

    findings: tuple[Finding, ...]

    def require_well(self) -> None:
        """Raise HostRefused (`doctor-red`) when something is bad."""
        bad = [finding for finding in self.findings if finding.severity == "bad"]
        if bad:
            raise HostRefused(
                "doctor-red",
                "{count} of {all} findings need attention",
                hint=bad[0].command,
                count=len(bad),
                all=len(self.findings),
            )


def doctor(state_dir: Path, site: Site | None, now: datetime | None = None) -> Diagnosis:
    """Examine; without a site (no region yet) only this machine."""
    moment = now or datetime.now(timezone.utc)
    findings = [*_python(), *_uv(), *_disk(state_dir), *_mentors(state_dir, moment)]
    if site is not None:
        findings += [*_vault(site), *_hosts(site, moment)]
    return Diagnosis(tuple(findings))


def _python() -> Iterator[Finding]:
    found = "{}.{}.{}".format(*sys.version_info[:3])
    if sys.version_info[:2] < OLDEST_PYTHON:
        yield Finding("bad", "python-old", N_("Python {found} is too old"), {"found": found}, "make setup")
    else:
        yield Finding("ok", "python", N_("Python {found}"), {"found": found})


def _uv() -> Iterator[Finding]:
    beside = Path(sys.executable).with_name("uv")
    path = str(beside) if beside.is_file() else shutil.which("uv")
    if path:
        yield Finding("ok", "uv", N_("uv is at {path}"), {"path": path})
    else:
        yield Finding("warn", "uv-missing", N_("uv is missing; mentors need it to build"), {}, "uv --version")


def _disk(state_dir: Path) -> Iterator[Finding]:
    place = next(folder for folder in (state_dir, *state_dir.parents) if folder.is_dir())
    free = shutil.disk_usage(place).free // (1 << 20)
    fields = {"free": free, "path": str(place)}
    severity: Severity = "ok" if free >= LOW_DISK_MB else "bad"
    command = "" if severity == "ok" else f"df -h {place}"
    yield Finding(severity, "disk", N_("{free} MB are free in {path}"), fields, command)


def _mentors(state_dir: Path, now: datetime) -> Iterator[Finding]:
    try:
        rows = list_mentors(state_dir, now)
    except SemaiError as error:
        yield Finding("bad", error.code, error.message, dict(error.fields), translate(error.hint, **error.fields))
        return
    for row in rows:
        yield from _mentor(row, now)


def _mentor(row: MentorRow, now: datetime) -> Iterator[Finding]:
    fields = {"mentor": row.id, "expires": row.age.expires[:10]}
    update = "semai catalog update"
    if row.age.state == "missing":
        yield Finding("warn", "catalog-missing", N_("the catalog of {mentor} was never fetched"), fields, update)
    elif row.age.state == "expired":
        text = N_("the catalog of {mentor} expired on {expires}; installed apps go on, new locks are refused")
        yield Finding("bad", "catalog-expired", text, fields, update)
    elif row.age.state == "soon":
        text = N_("the catalog of {mentor} expires on {expires}; ask the mentor to sign it again")
        yield Finding("warn", "catalog-expires-soon", text, fields, update)
    else:
        yield Finding("ok", "catalog", N_("the catalog of {mentor} holds until {expires}"), fields)
    if row.checked and row.checked > (now + CLOCK_TOLERANCE).strftime("%Y-%m-%dT%H:%M:%SZ"):
        text = N_("this clock is behind: {mentor} was last checked at {checked}")
        yield Finding("bad", "clock-behind", text, {"mentor": row.id, "checked": row.checked}, "timedatectl")


def _vault(site: Site) -> Iterator[Finding]:
    path = site.vault_password
    fields = {"path": str(path)}
    if not site.files.vault.exists():
        return
    if not path.exists():
        text = N_("the vault password {path} is missing")
        yield Finding("bad", "vault-password-missing", text, fields, "--vault-password-file FILE")
        return
    mode = stat.S_IMODE(path.stat().st_mode)
    if mode & 0o077 and not mode & 0o100:
        text = N_("others can read the vault password {path} (mode {mode})")
        yield Finding("bad", "vault-password-open", text, {**fields, "mode": f"{mode:04o}"}, f"chmod 600 {path}")
        return
    try:
        site.vault.read()
    except SemaiError as error:
        yield Finding("bad", error.code, error.message, dict(error.fields), translate(error.hint, **error.fields))
        return
    yield Finding("ok", "vault", N_("the vault opens with {path}"), fields)


def _hosts(site: Site, now: datetime) -> Iterator[Finding]:
    try:
        require_lock(site.files)
        servers = bool(expected_machines(site))
        outlook = look(site, begin(site, playbook="examine" if servers else "probe"))
    except SemaiError as error:
        yield Finding("bad", error.code, error.message, dict(error.fields), translate(error.hint, **error.fields))
        return
    for unready in outlook.probed.unready:
        fields = {"host": unready.host, **unready.fields}
        yield Finding("bad", unready.code, unready.text, fields, translate(unready.hint, **fields))
    backups = expected_backups(site.files)
    thresholds = assess_rules().thresholds
    limit = timedelta(hours=thresholds.backup_age_hours.advise)
    for host, state in sorted(outlook.states.items()):
        yield from _host(host, state, now)
        if (told := backups.get(host)) is not None:
            yield from backup_findings(host, told, state, limit, thresholds.drill_age_days, now)
        if (found := outlook.probed.examined.get(host)) is not None:
            yield from server_findings(host, state, found, assess_rules(), now)
            if host in backups:  # the app hosts, which the host tool looks after
                yield from verdict_findings(host, state, assess_rules().thresholds.disk_forecast_days, now)
    yield from _apps(outlook)


def _host(host: str, state: HostState, now: datetime) -> Iterator[Finding]:
    for filesystem in state.filesystems:
        fields = {"host": host, "free": filesystem.free_mb, "path": filesystem.path}
        severity: Severity = "ok" if filesystem.free_mb >= LOW_DISK_MB else "bad"
        command = "" if severity == "ok" else f"df -h {filesystem.path}"
        yield Finding(severity, "host-disk", N_("{host}: {free} MB are free in {path}"), fields, command)
    for cut in state.journal if state.lock is None else ():
        text = N_("{host}: an earlier {verb} of {app} was cut at step {step}")
        fields = {"host": host, "verb": cut.verb, "app": cut.app, "step": cut.step}
        yield Finding("bad", "run-cut", text, fields, "semai apply")
    if state.host.time and abs(_parsed(state.host.time) - now) > CLOCK_TOLERANCE:
        text = N_("{host}: its clock says {time}")
        yield Finding("bad", "host-clock", text, {"host": host, "time": state.host.time}, "timedatectl")


def _parsed(moment: str) -> datetime:
    return datetime.fromisoformat(moment.replace("Z", "+00:00"))


def _apps(outlook: Outlook) -> Iterator[Finding]:
    for shortage in outlook.shortages():
        fields = {"host": shortage.host, "needed": shortage.needed, "found": shortage.found, "path": shortage.path}
        yield Finding("bad", shortage.code, shortage.text, fields)
    for app in status(outlook):
        yield _app(app)


def _app(app: AppStatus) -> Finding:
    fields = {"app": app.app, "host": app.host, "version": app.version, "detail": app.detail}
    if app.receipt_error:
        text = N_("{app} on {host}: its receipt cannot be read: {why}")
        return Finding("bad", "receipt-unreadable", text, {**fields, "why": app.receipt_error}, "semai apply")
    if app.drift:
        text = N_("{app} on {host}: {paths} was edited there")
        return Finding("warn", "drift", text, {**fields, "paths": ", ".join(app.drift)}, "semai plan --diff")
    if not app.version:
        return Finding("warn", "not-installed", N_("{app} is not on {host} yet"), fields, "semai apply")
    if app.service == "stopped":
        text = N_("{app} on {host} was stopped on purpose")
        return Finding("warn", "app-stopped", text, fields, f"semai service start {app.app}")
    if app.service != "running" or app.health != "ok":
        text = N_("{app} {version} on {host} is not well: {service}, {health} {detail}")
        more = {**fields, "service": app.service, "health": app.health}
        remedy = "semai apply" if app.service == "absent" else f"semai logs {app.app}"
        return Finding("bad", "app-unwell", text, more, remedy)
    if app.step != "unchanged":
        text = N_("{app} {version} on {host} is well; apply would {step} it")
        return Finding("warn", "app-pending", text, {**fields, "step": app.step}, "semai plan")
    return Finding("ok", "app", N_("{app} {version} on {host} is well"), fields)
