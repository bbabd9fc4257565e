"""The doctor's findings about one host's backups: their age, their last drill, where they lie. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from semai.core.assessment.rules import Ages
from semai.core.doctor import Finding
from semai.core.purging import last_verified, moment_of
from semai.core.receipt import Drilled, HostState
from semai.messages import N_

_CREATE = "semai backup create {app}"
_DRILL = "semai backup drill {app}"


def backup_findings(
    host: str, told: Mapping[str, Any], state: HostState, limit: timedelta, drill: Ages, now: datetime
) -> Iterator[Finding]:
    """Yield what there is to say; `told` is what the host is told of backups, `limit` the age that is too high."""
    here = [name for name in told["keeps"] if state.app(name).receipt]
    for name in here:
        yield _age(host, name, state, limit, now)
        if last_verified([state], name):
            yield _drill(host, name, state, drill, now)
    repository = told["configuration"]["repository"]
    fields = {"host": host, "location": repository["location"]}
    if here and repository["kind"] == "local":
        text = N_("{host}: its backups are kept in {location}, and may be lost together with the host")
        yield Finding("warn", "backup-local", text, fields, "semai region check")
    if here and state.backup and state.backup.last.apps and not state.backup.last.encrypted:
        text = N_("{host}: its backups in {location} are not encrypted")
        yield Finding("warn", "backup-plain", text, fields, "apt install restic", there=True)


def _drill(host: str, app: str, state: HostState, limits: Ages, now: datetime) -> Finding:
    last = state.backup.drilled(app) if state.backup else Drilled()
    passed, command = moment_of(last.passed or ""), _DRILL.format(app=app)
    days = (now - passed).days if passed else 0
    fields = {"app": app, "host": host, "days": days, "moment": last.moment}
    if last.verdict == "failed":
        text = N_("{app} on {host}: the drill of its backup at {moment} failed")
        return Finding("bad", "drill-failed", text, fields, command)
    if passed is None:
        text = N_("{app} on {host}: its backup was never drilled")
        return Finding("warn", "drill-missing", text, fields, command)
    text = N_("{app} on {host}: its backup was drilled {days} days ago")
    if days > limits.advise:
        return Finding("bad" if days > limits.refuse else "warn", "drill-old", text, fields, command)
    return Finding("ok", "drill", text, fields)


def _age(host: str, app: str, state: HostState, limit: timedelta, now: datetime) -> Finding:
    made = last_verified([state], app)
    fields = {"app": app, "host": host, "hours": round((now - made).total_seconds() / 3600) if made else ""}
    command = _CREATE.format(app=app)
    if made is None:
        receipt = state.app(app).receipt
        since = moment_of(receipt.activated_at) if receipt else None
        text = N_("{app} on {host} has no verified backup")
        late = since is not None and now - since > limit
        return Finding("bad" if late else "warn", "backup-missing", text, fields, command)
    text = N_("{app} on {host}: its newest verified backup is {hours} hours old")
    if now - made > limit:
        return Finding("bad", "backup-old", text, fields, command)
    return Finding("ok", "backup", text, fields)
