"""What hosts answer about a drill of backups, and the certificate made of it: what an auditor may rely on. Pure.

The certificate is sealed by the sha256 of its canonical JSON; whoever changes a word of it changes that digest.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from semai.core.catalog import Wire, digest_of
from semai.core.host_words import spoken
from semai.core.purging import moment_of

Result = Literal["ok", "failed", "not-checked", "not-counted", "not-declared"]
PASSED, FAILED = "passed", "failed"


class Fault(Wire):
    """Why something could not be done, in the host tool's words."""

    code: str = ""
    message: str = ""
    hint: str = ""


class Ran(Wire):
    """The release that was run on the restored data: the set's, or the present one where that is gone."""

    version: str
    release: str
    of: Literal["set", "present"] = "set"
    borrowed: tuple[str, ...] = ()  # configuration files that the set does not hold


class Table(Wire):
    """One table's rows; a copy made while people wrote may hold any number between `earlier` and `expected`."""

    expected: int | None = None
    earlier: int | None = None
    found: int | None = None
    right: bool = True


class Rows(Wire):
    """All tables of an app."""

    result: Result = "not-checked"
    exact: bool = True
    expected: int | None = None
    found: int | None = None
    tables: Mapping[str, Table] = {}


class Amount(Wire):
    """Files and their bytes."""

    files: int = 0
    bytes: int = 0


class Media(Wire):
    """Uploads, each of which was compared by its digest as well."""

    result: Result = "not-checked"
    expected: Amount | None = None
    found: Amount | None = None


class Looked(Wire):
    """A check that says in words what it saw; `kind` of a login is account or page."""

    result: Result = "not-checked"
    kind: str = ""
    detail: str = ""


class DrilledApp(Wire):
    """One app of a drill."""

    app: str
    mentor: str | None = None
    set: str | None = None
    moment: str | None = None  # of the set
    version: str | None = None
    release: str | None = None
    ran: Ran | None = None
    seconds: Mapping[str, float] = {}
    rows: Rows = Rows()
    media: Media = Media()
    health: Looked = Looked()
    login: Looked = Looked()
    error: Fault | None = None
    verdict: Literal["passed", "failed"] = "failed"

    @property
    def passed(self) -> bool:
        return self.verdict == PASSED

    def age_hours(self, now: datetime) -> float | None:
        """Return how old the set was at `now`."""
        made = moment_of(self.moment or "")
        return round((now - made).total_seconds() / 3600, 1) if made else None


class HostDrill(Wire):
    """What one host answers."""

    engine: str
    encrypted: bool
    moment: str
    seconds: float
    apps: tuple[DrilledApp, ...]


class KeptDrill(HostDrill):
    """What a host kept of its newest drill, and on whose behalf it was: `timer` when it began by itself."""

    by: str = ""

    def known_by(self, host: str) -> str:
        """Return who had it run, with the machine where that was said without one."""
        return self.by if "@" in self.by else f"{self.by}@{host}"


class Kept(Wire):
    """A host's answer about its newest drill."""

    drilled: KeptDrill | None = None


@dataclass(frozen=True)
class Occasion:
    """Who has drills run, when, from which lock (empty: not known), with which semai, and what was asked for."""

    moment: datetime  # UTC
    by: str
    lock: str
    tool: str
    set: str
    apps: tuple[str, ...]


@dataclass(frozen=True)
class Drill:
    """The drills of all hosts; `silent` are hosts that gave no answer, and why."""

    occasion: Occasion
    hosts: Mapping[str, HostDrill]
    silent: Mapping[str, Fault]

    @property
    def passed(self) -> bool:
        """Tell whether every app of every host that was asked passed."""
        return not self.silent and all(app.passed for _, app in self.apps)

    @property
    def apps(self) -> Sequence[tuple[str, DrilledApp]]:
        """Return each app with its host."""
        return [(host, app) for host, told in sorted(self.hosts.items()) for app in told.apps]

    @property
    def name(self) -> str:
        """Return the name of its files without their endings."""
        return f"drill-{self.occasion.moment:%Y%m%dT%H%M%SZ}"


def certificate(drill: Drill, region: Mapping[str, str]) -> dict[str, Any]:
    """Return the certificate as plain values with its `digest`; `region` says name, short_name, code, inventory."""
    occasion = drill.occasion
    plain: dict[str, Any] = {
        "schema": 1,
        "kind": "backup-drill",
        "region": dict(region),
        "moment": f"{occasion.moment:%Y-%m-%dT%H:%M:%SZ}",
        "by": occasion.by,
        "tool": occasion.tool,
        "lock": occasion.lock,
        "asked": {"set": occasion.set or None, "apps": list(occasion.apps)},
        "verdict": PASSED if drill.passed else FAILED,
        "hosts": [_host(name, told) for name, told in sorted(drill.hosts.items())]
        + [{"host": name, "error": fault.model_dump(mode="json")} for name, fault in sorted(drill.silent.items())],
        "apps": [_app(host, app, occasion.moment) for host, app in drill.apps],
    }
    return {**plain, "digest": digest_of(plain)}


def _host(name: str, told: HostDrill) -> dict[str, Any]:
    return {"host": name, **told.model_dump(mode="json", exclude={"apps"}), "error": None}


def _app(host: str, app: DrilledApp, now: datetime) -> dict[str, Any]:
    return {"host": host, **app.model_dump(mode="json"), "age_hours": app.age_hours(now)}


def reasons(app: DrilledApp) -> list[str]:
    """Return what is wrong with an app in the reader's language; empty when it passed."""
    found = [spoken(app.error.message)] if app.error else []
    wrong = sorted(name for name, table in app.rows.tables.items() if not table.right)
    return [*found, *(_wrong(name, app.rows.tables[name]) for name in wrong), *_of_checks(app)]


def _wrong(name: str, table: Table) -> str:
    expected, found = ("-" if count is None else count for count in (table.expected, table.found))
    return f"{name}: {expected} -> {found}"


def _of_checks(app: DrilledApp) -> list[str]:
    found = []
    if app.media.result == "failed" and app.media.expected and app.media.found:
        expected, there = app.media.expected, app.media.found
        found.append(f"media: {expected.files} ({expected.bytes} B) -> {there.files} ({there.bytes} B)")
    for check in (app.health, app.login):
        if check.result == "failed" and not (app.error and check.detail == app.error.message):
            found.append(spoken(check.detail))
    return found
