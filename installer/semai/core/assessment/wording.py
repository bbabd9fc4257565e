"""An assessment as plain values in the reader's language: for JSON, the terminal and the printed report. Pure."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from semai.core.assessment.assessing import CONTROLLER, AppReport, Assessment, HostReport, severity
from semai.core.assessment.finding import Finding, Severity, Verdict
from semai.core.assessment.meanings_services import MEANINGS
from semai.messages import N_, translate

VERDICTS = {
    Verdict.ready: N_("ready"),
    Verdict.conditions: N_("ready with conditions"),
    Verdict.not_ready: N_("not ready"),
}
PARTS = {"proxy": N_("proxy"), "app": N_("apps"), "database": N_("database")}


@dataclass(frozen=True)
class Told:
    """A finding in words."""

    code: str
    severity: Severity
    host: str
    app: str
    text: str
    meaning: str
    fix: str
    reference: str

    @property
    def about(self) -> str:
        """Return the app, else the host, else nothing."""
        return self.app or self.host


def told(finding: Finding) -> Told:
    """Return the finding in the reader's language."""
    meaning = MEANINGS[finding.code]
    values = {name: _word(value) for name, value in finding.values.items()}
    text, why, fix = (translate(each, **values) for each in (meaning.text, meaning.meaning, meaning.fix))
    return Told(finding.code, severity(finding), finding.host, finding.app, text, why, fix, meaning.reference)


def _word(value: object) -> object:
    """Name the controller in words where it stands among those who looked a name up."""
    if not isinstance(value, str) or CONTROLLER not in value.split(", "):
        return value
    here = translate(N_("this machine"))
    return ", ".join(here if part == CONTROLLER else part for part in value.split(", "))


def as_plain(assessment: Assessment) -> dict[str, Any]:
    """Return the shape of `semai assess --json`; docs/kesiapan.id.md describes it."""
    return {
        "schema": 1,
        "at": f"{assessment.question.now:%Y-%m-%dT%H:%M:%SZ}",
        "region": assessment.question.region,
        "users": assessment.question.users,
        "verdict": assessment.verdict.value,
        "hosts": [_host(host) for host in assessment.hosts],
        "apps": [_app(app) for app in assessment.apps],
        "placement": {app.app.key: app.host or None for app in assessment.apps},
        "findings": [asdict(told(finding)) for finding in assessment.findings],
    }


def _host(host: HostReport) -> dict[str, Any]:
    return {
        "host": host.name,
        "parts": list(host.parts),
        "verdict": host.verdict.value,
        "capacity": asdict(host.capacity) if host.capacity else None,
        "measured": host.measured.model_dump(mode="json"),
        "findings": [asdict(told(finding)) for finding in host.findings],
    }


def _app(app: AppReport) -> dict[str, Any]:
    return {
        "app": app.app.key,
        "title": app.app.title,
        "version": app.app.version or None,
        "site": app.app.site or None,
        "verdict": app.verdict.value,
        "host": app.host or None,
        "estimate": asdict(app.estimate) if app.estimate else None,
        "findings": [asdict(told(finding)) for finding in app.findings],
    }


def size(megabytes: float) -> str:
    """Return a size as people say it, with the decimal sign of the language."""
    if megabytes < 1000:
        return f"{megabytes:.0f} MB"
    return translate(N_("{whole}.{part} GB"), **_parts(megabytes / 1024))


def _parts(number: float) -> dict[str, str]:
    whole, _, part = f"{number:.1f}".partition(".")
    return {"whole": whole, "part": part}
