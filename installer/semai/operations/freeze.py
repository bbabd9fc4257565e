"""Keep routine changes out of a region's freeze periods; a security release or a stated reason passes."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timezone

from semai.adapters.region_files import RegionFiles
from semai.core.catalog import AppKey
from semai.core.freeze import Frozen, announced, in_force
from semai.core.lockfile import Lock
from semai.core.plan import Plan, StepKind
from semai.errors import InvalidInput, Locked
from semai.messages import N_, translate

# What only brings back a state that was decided before: it never waits.
MENDING = (StepKind.start, StepKind.recover)


def freezes(files: RegionFiles, now: datetime | None = None, *, lenient: bool = False) -> tuple[Frozen, ...]:
    """Return the periods that are running or begin within two weeks, by this machine's clock unless `now` is given.

    `lenient` finds none in a region.yml that is under edit and cannot be read.
    """
    try:
        region = files.load_region()
    except InvalidInput:
        if lenient:
            return ()
        raise
    return announced(region, now or datetime.now(timezone.utc))


def routine_changes(plan: Plan, lock: Lock | None) -> tuple[str, ...]:
    """Return the apps ("" for the machines) in which `plan` changes something that can wait."""
    secure = {key.id for key in _security(lock)}
    waits = [
        step.app
        for step in plan.changes
        if step.kind not in MENDING and not (step.kind is StepKind.upgrade and step.app in secure)
    ]
    return tuple(dict.fromkeys(waits))


def require_thawed(
    files: RegionFiles, apps: Iterable[str], override: str = "", now: datetime | None = None
) -> None:
    """Raise Locked `frozen` when a period holds one of `apps` and no reason is given to `override` it."""
    held = in_force(freezes(files, now), tuple(apps))
    if not held or override.strip():
        return
    app, period = held[0]
    raise Locked(
        "frozen",
        "{app} is not to change until {until}: {why}",
        hint="wait until then; if it cannot wait: --override REASON",
        details=[f"{other or translate(N_('the machines'))}: {p.last}, {p.reason}" for other, p in held[1:]],
        app=app or translate(N_("the machines")),
        until=f"{period.until:%Y-%m-%d %H:%M:%S %Z}",
        why=period.reason,
    )


def spoken_verb(verb: str, override: str) -> str:
    """Return the verb as the audit trail has it; raises as `require_reason` does."""
    reason = require_reason("--override", override)
    return f"{verb} (override: {reason})" if reason else verb


def require_reason(option: str, reason: str) -> str:
    """Return the reason given with `option`, "" when the option was not given.

    Raises InvalidInput `reason-empty` for one of spaces only.
    """
    if reason and not reason.strip():
        raise InvalidInput(
            "reason-empty", "{option} needs a reason in words", hint="{option} 'REASON'", option=option
        )
    return reason.strip()


def _security(lock: Lock | None) -> list[AppKey]:
    apps = lock.apps.items() if lock else ()
    return [AppKey.parse(text) for text, app in apps if app.release.manifest.lifecycle.security]
