"""What a host noted of itself, as findings of the doctor: how old it is, when disks will be full. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from semai.core.assessment.rules import Limit
from semai.core.doctor import Finding, Severity
from semai.core.forecast import days_left
from semai.core.purging import moment_of
from semai.core.receipt import FilesystemDays, HostState
from semai.messages import N_

LATE = timedelta(hours=1)  # the timer of a server runs every ten minutes


def verdict_findings(host: str, state: HostState, limit: Limit, now: datetime) -> Iterator[Finding]:
    """Yield what a server's last verdict says; `limit` are days until a disk is full."""
    if state.verdict is None:
        text = N_("{host} has not examined itself yet")
        yield Finding("warn", "verdict-missing", text, {"host": host}, "semai apply")
        return
    made = moment_of(state.verdict.time)
    fields = {"host": host, "time": state.verdict.time}
    if made is None or now - made > LATE:
        text = N_("{host} examined itself last at {time}")
        yield Finding("warn", "verdict-old", text, fields, "systemctl list-timers 'semai*'", there=True)
    else:
        yield Finding("ok", "verdict", N_("{host} examined itself at {time}"), fields)
    for filesystem in state.verdict.filesystems:
        yield from _forecast(host, filesystem, limit)


def _forecast(host: str, filesystem: FilesystemDays, limit: Limit) -> Iterator[Finding]:
    left = days_left(filesystem.days)
    if left is None:
        return
    fields = {"host": host, "path": filesystem.path, "days": left}
    text = N_("{host}: {path} will be full in {days} days, if it goes on as until now")
    if left >= limit.advise:
        severity: Severity = "ok"
    else:
        severity = "warn" if left >= limit.need else "bad"
    command = "" if severity == "ok" else f"du -xh --max-depth=2 {filesystem.path} | sort -h | tail"
    yield Finding(severity, "disk-forecast", text, fields, command, there=bool(command))
