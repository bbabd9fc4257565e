"""Judge one host's line, rights, system and hardware against the thresholds. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from semai.core.assessment.finding import Finding
from semai.core.assessment.measurement import FileSystem, Measurement
from semai.core.assessment.rules import Limit, Rules
from semai.messages import N_, translate

_CHANGED, _UNKNOWN = "HOST IDENTIFICATION HAS CHANGED", "Host key verification failed"
_REFUSED = ("Permission denied", "Too many authentication failures", "password is incorrect")
_NOISE = ("Failed to connect to the host via ssh:", "Warning: Permanently added")


def judge_line(host: str, found: Measurement, rules: Rules) -> Iterator[Finding]:
    """Say whether and how well the host can be reached."""
    if found.unreachable:
        yield _unreachable(host, found)
    if found.failed:
        yield Finding("measure-failed", host, fields={"said": found.failed})
    if found.python_problem:
        yield Finding("python-unusable", host, fields={"said": found.python_problem})
    if found.line is not None:
        limits = rules.thresholds.line
        if found.line.latency_ms > limits.slow_ms:
            yield Finding("line-far", host, fields={"found": round(found.line.latency_ms)})
        if found.line.upload_mb_s < limits.slow_mb_s:
            yield Finding("line-slow", host, fields={"found": found.line.upload_mb_s})


def _unreachable(host: str, found: Measurement) -> Finding:
    entry, said = found.inventory, found.unreachable
    user = entry.ansible_user or "USER"
    fields: dict[str, object] = {"user": user, "address": entry.ansible_host or host, "said": _telling(said)}
    if _CHANGED in said:
        return Finding("host-key-changed", host, fields=fields)
    if _UNKNOWN in said:
        return Finding("host-key-unknown", host, fields=fields)
    if any(mark in said for mark in _REFUSED):
        return Finding("login-refused", host, fields=fields)
    return Finding("host-unreachable", host, fields=fields)


def _telling(said: str) -> str:
    """Return the last line of what ssh said, without what it says every time."""
    lines = [line.strip() for line in said.replace("\r", "").splitlines() if line.strip()]
    last = lines[-1] if lines else said
    for noise in _NOISE:
        last = last.removeprefix(noise).strip()
    return last[:200]


def judge_rights(host: str, found: Measurement) -> Iterator[Finding]:
    """Say whether the user may become the administrator, and what could not be seen without."""
    fields: dict[str, object] = {"user": found.inventory.ansible_user or "USER", "said": found.sudo.said or "-"}
    codes = {
        "missing": "sudo-missing",
        "refused": "sudo-refused",
        "password": "sudo-password",
        "password-wrong": "sudo-password-wrong",
    }
    if code := codes.get(found.sudo.state):
        yield Finding(code, host, fields=fields)
    if "port-programs" in found.unknown:
        yield Finding("partly-unknown", host)
    if found.protection.selinux == "enforcing":
        yield Finding("selinux-enforcing", host)


def judge_system(host: str, found: Measurement, rules: Rules, now: datetime) -> Iterator[Finding]:
    """Say whether release, processor type and systemd suit."""
    allowed, release = rules.systems.allowed, rules.systems.systems.get(found.os.platform)
    name = found.os.name or found.os.platform
    if release is None or not release.supported:
        ended = release is not None and release.until < now.date()
        fields = {"found": name, "allowed": allowed, "until": str(release.until) if release else ""}
        yield Finding("os-ended" if ended else "os-unsupported", host, fields=fields)
    elif release.until < now.date():
        fields = {"found": name, "allowed": allowed, "until": str(release.until)}
        yield Finding("os-ended", host, fields=fields)
    elif (release.until - now.date()).days < rules.thresholds.os_warn_days.advise:
        yield Finding("os-ends-soon", host, fields={"found": name, "until": str(release.until)})
    elif release.full_until < now.date():
        yield Finding("os-in-lts", host, fields={"found": name, "until": str(release.until)})
    if found.machine not in rules.thresholds.machines:
        machines = ", ".join(rules.thresholds.machines)
        yield Finding("machine-unsupported", host, fields={"found": found.machine, "allowed": machines})
    if found.server and not found.systemd:
        yield Finding("no-systemd", host)
    if found.server and found.reboot.required:
        yield Finding("reboot-pending", host)


def judge_clock(host: str, found: Measurement, rules: Rules, now: datetime) -> Iterator[Finding]:
    """Say whether the clock is right (against this machine's) and kept right; no measure, no word."""
    limits, line = rules.thresholds.clock, found.line
    offset = 0.0 if line is None or line.clock_offset is None else abs(line.clock_offset) - line.clock_error
    if offset > limits.tolerate_seconds:
        code = "clock-wrong" if offset > limits.refuse_seconds else "clock-off"
        fields = {"found": _span(offset), "now": f"{now:%Y-%m-%d %H:%M:%S}"}
        yield Finding(code, host, fields=fields)
    if found.server and found.clock.synchronised is False and not found.clock.service:
        yield Finding("clock-unkept", host)


def _span(seconds: float) -> str:
    units = ((86400, N_("{number} days")), (3600, N_("{number} hours")), (60, N_("{number} minutes")))
    for size, text in units:
        if seconds >= 2 * size:
            return translate(text, number=round(seconds / size))
    return translate(N_("{number} seconds"), number=round(seconds))


def judge_hardware(host: str, found: Measurement, rules: Rules) -> Iterator[Finding]:
    """Say whether processors, memory and swap are enough for anything at all."""
    limits = rules.thresholds.limits
    if found.cpus and found.cpus < limits.cpus.advise:
        yield Finding("cpus-few", host, fields={"found": found.cpus, "advised": round(limits.cpus.advise)})
    memory = limits.memory_mb
    fields = {"found": found.memory_mb, "needed": round(memory.need), "advised": round(memory.advise)}
    if found.memory_mb < memory.need:
        yield Finding("memory-small", host, fields=fields)
    elif found.memory_mb < memory.advise:
        yield Finding("memory-tight", host, fields=fields)
    if not found.swap_mb and found.memory_mb < memory.advise:
        yield Finding("swap-missing", host, fields={"found": found.memory_mb})


def judge_disks(host: str, found: Measurement, rules: Rules) -> Iterator[Finding]:
    """Say for each file system whether it has room and inodes; what shares a disk is named once."""
    limits = rules.thresholds.limits
    wanted = {"/": limits.root_free_mb, "/var": limits.var_free_mb, "/tmp": limits.tmp_free_mb}
    if found.server and not found.container:
        wanted["/boot"] = limits.boot_free_mb
    seen: set[int | str] = set()
    for place in sorted(found.filesystems, key=lambda f: -(wanted[f.path].need if f.path in wanted else 0)):
        if place.path in wanted and place.device not in seen:
            seen.add(place.device)
            yield from _room(host, place, wanted[place.path])
    counted: set[int | str] = set()
    for place in found.filesystems:
        if place.device not in counted:
            counted.add(place.device)
            yield from _state(host, place, limits.inodes_free_percent)


def _room(host: str, place: FileSystem, limit: Limit) -> Iterator[Finding]:
    if place.free_mb >= limit.advise:
        return
    fields = {
        "found": place.free_mb,
        "needed": round(limit.need),
        "advised": round(limit.advise),
        "path": place.path,
    }
    yield Finding("disk-full" if place.free_mb < limit.need else "disk-tight", host, fields=fields)


def _state(host: str, place: FileSystem, limit: Limit) -> Iterator[Finding]:
    if place.read_only:
        yield Finding("disk-read-only", host, fields={"path": place.path})
    if not place.inodes:  # btrfs and vfat count none
        return
    percent = round(100 * place.inodes_free / place.inodes)
    if percent < limit.advise:
        code = "inodes-few" if percent < limit.need else "inodes-tight"
        yield Finding(code, host, fields={"found": percent, "path": place.path})
