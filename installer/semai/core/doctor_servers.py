"""The doctor's findings about one server: exposure of apps, units, certificates, clock, release, updates. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from semai.core.assessment.rules import Rules
from semai.core.doctor import Certificate, Examined, Finding
from semai.core.receipt import HostState
from semai.messages import N_

EXPOSURE_LIMIT = 2.0
RENEWED_BEFORE = timedelta(days=30)  # semai renews from here on
ALARMED_BEFORE = timedelta(days=7)
OUR_UNITS = ("semai-", "nginx.", "postgresql", "mariadb.", "nftables.", "ssh.", "php")
UPGRADE = "unattended-upgrade -v"


def server_findings(host: str, state: HostState, found: Examined, rules: Rules, now: datetime) -> Iterator[Finding]:
    """Yield everything there is to say about a server that answered."""
    yield from _exposures(host, state)
    yield from _units(host, found)
    yield from _certificates(host, found, now)
    yield from _clock(host, found)
    yield from _system(host, state, rules, now)
    yield from _updates(host, found, rules)


def _exposures(host: str, state: HostState) -> Iterator[Finding]:
    for name, app in sorted(state.apps.items()):
        unit = f"semai-{name}.service"
        fields = {"app": name, "host": host, "exposure": app.service.exposure, "limit": EXPOSURE_LIMIT}
        if app.service.state == "absent":
            continue  # told as an app that is not well
        if app.service.exposure is None:
            text = N_("{app} on {host}: its exposure is not known")
            yield Finding("warn", "exposure-unknown", text, fields, f"systemd-analyze security {unit}", there=True)
        elif app.service.exposure > EXPOSURE_LIMIT:
            text = N_("{app} on {host}: exposure {exposure}, more than {limit}")
            yield Finding("bad", "exposure-high", text, fields, f"systemctl cat {unit}", there=True)
        else:
            text = N_("{app} on {host}: exposure {exposure} (limit {limit})")
            yield Finding("ok", "exposure", text, fields)


def _units(host: str, found: Examined) -> Iterator[Finding]:
    for unit in found.failed_units:
        text, fields = N_("{host}: {unit} has failed"), {"host": host, "unit": unit}
        command = f"journalctl -n 50 -u {unit}"
        if unit.startswith(OUR_UNITS):
            yield Finding("bad", "unit-failed", text, fields, command, there=True)
        else:
            yield Finding("warn", "other-unit-failed", text, fields, command, there=True)
    if not found.failed_units:
        yield Finding("ok", "units", N_("{host}: no unit has failed"), {"host": host})


def _certificates(host: str, found: Examined, now: datetime) -> Iterator[Finding]:
    for name in found.unreadable_certificates:
        text = N_("{host}: the certificate of {site} cannot be read")
        yield Finding("bad", "certificate-unreadable", text, {"host": host, "site": name}, "semai apply")
    for certificate in found.certificates:
        yield _certificate(host, certificate, now)


def _certificate(host: str, certificate: Certificate, now: datetime) -> Finding:
    left = certificate.ends - now
    fields = {"host": host, "site": certificate.name, "ends": f"{certificate.ends:%Y-%m-%d}", "days": left.days}
    if left <= timedelta(0):
        text = N_("{host}: the certificate of {site} ended on {ends}")
        return Finding("bad", "certificate-ended", text, fields, "semai apply")
    text = N_("{host}: the certificate of {site} ends on {ends} ({days} days)")
    if left < RENEWED_BEFORE:
        return Finding("bad" if left < ALARMED_BEFORE else "warn", "certificate-ends", text, fields, "semai apply")
    return Finding("ok", "certificate", text, fields)


def _clock(host: str, found: Examined) -> Iterator[Finding]:
    if found.clock.synchronised or found.clock.service:
        text = N_("{host}: its clock is kept by {service}")
        yield Finding("ok", "clock", text, {"host": host, "service": found.clock.service or "-"})
    elif found.container:
        yield Finding("ok", "clock", N_("{host}: its clock is that of the machine it runs on"), {"host": host})
    else:
        text = N_("{host}: nothing keeps its clock right")
        yield Finding("warn", "clock-unkept", text, {"host": host}, "timedatectl set-ntp true", there=True)


def _system(host: str, state: HostState, rules: Rules, now: datetime) -> Iterator[Finding]:
    system = state.host.os
    release = rules.systems.systems.get(_platform(system.id, system.version_id))
    if release is None:
        text = N_("{host} runs {system}, which semai does not know")
        name = f"{system.name} {system.version_id}".strip()
        yield Finding("warn", "system-unknown", text, {"host": host, "system": name or "?"}, "semai assess")
        return
    fields = {"host": host, "system": release.name, "until": str(release.until)}
    if release.until < now.date():
        text = N_("{host}: {system} has had no security updates since {until}")
        yield Finding("bad", "system-ended", text, fields, "semai assess")
        return
    text = N_("{host}: {system} gets security updates until {until}")
    if (release.until - now.date()).days < rules.thresholds.os_warn_days.advise:
        yield Finding("warn", "system-ends", text, fields, "semai assess")
    else:
        yield Finding("ok", "system", text, fields)


def _platform(system: str, version: str) -> str:
    """Return the key of systems.json: Debian counts whole numbers, Ubuntu year and month."""
    return f"{system}-{version}" if system == "ubuntu" else f"{system}-{version.partition('.')[0]}"


def _updates(host: str, found: Examined, rules: Rules) -> Iterator[Finding]:
    updates, refresh = found.updates, "apt-get update"
    if updates.security is None:
        text = N_("{host}: pending updates are not known")
        yield Finding("warn", "updates-unknown", text, {"host": host}, refresh, there=True)
    elif updates.security:
        text = N_("{host}: {count} security updates wait")
        fields = {"host": host, "count": updates.security}
        yield Finding("warn", "updates-security", text, fields, UPGRADE, there=True)
    else:
        yield Finding("ok", "updates", N_("{host}: no security update waits"), {"host": host})
    age, limit = updates.lists_age_hours, rules.thresholds.lists_age_hours.advise
    if age is not None and age > limit:
        text = N_("{host}: its package lists are {days} days old")
        yield Finding("warn", "lists-old", text, {"host": host, "days": round(age / 24)}, refresh, there=True)
    if found.reboot.required:
        text = N_("{host} waits for a restart")
        yield Finding("warn", "reboot-pending", text, {"host": host}, "systemctl reboot", there=True)
