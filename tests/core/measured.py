"""Made measurements of hosts for tests of semai's judgement: a good server, and what is changed in it."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

from semai.adapters.assess_rules import assess_rules
from semai.core.assessment.assessing import Assessment, Question, WantedApp, assess
from semai.core.assessment.finding import Finding
from semai.core.assessment.measurement import Measurement
from semai.core.catalog import Manifest, Release

NOW = datetime(2026, 11, 21, 3, 0, tzinfo=timezone.utc)
GOOD: dict[str, Any] = {
    "hostname": "satu",
    "machine": "x86_64",
    "kernel": "6.12.0-3-amd64",
    "python": "3.13",
    "os": {"id": "debian", "version_id": "13", "name": "Debian GNU/Linux 13 (trixie)", "codename": "trixie"},
    "systemd": True,
    "cpus": 4,
    "memory_mb": 7900,
    "memory_free_mb": 7400,
    "swap_mb": 1024,
    "virtualisation": "kvm",
    "filesystems": [
        {"path": path, "device": 1, "total_mb": 80000, "free_mb": 70000, "inodes": 5000000, "inodes_free": 4900000}
        for path in ("/", "/var", "/var/lib", "/srv", "/boot", "/srv/semai")
    ]
    + [{"path": "/tmp", "device": 2, "total_mb": 2000, "free_mb": 2000, "inodes": 400_000, "inodes_free": 399_000}],
    "clock": {"zone": "Asia/Makassar", "service": "systemd-timesyncd", "synchronised": True},
    "sudo": {"state": "works"},
    "ports": [{"port": 22, "address": "0.0.0.0", "program": "sshd"}],
    "updates": {"security": 0, "all": 0, "lists_age_hours": 3.0},
    "mirrors": [{"url": "http://deb.debian.org/debian/dists/trixie/InRelease", "ok": True, "ms": 40}],
    "line": {"latency_ms": 20.0, "upload_mb_s": 30.0, "clock_offset": 0.02, "clock_error": 0.01},
    "inventory": {
        "ansible_host": "10.77.0.11",
        "ansible_user": "admin",
        "groups": ["proxy", "app", "database"],
        "root": "/srv/semai",
    },
}  # fmt: skip


def measured(**changes: Any) -> Measurement:
    """Return a good server with whole keys replaced."""
    return Measurement.model_validate({**GOOD, **changes})


def in_groups(*groups: str, **changes: Any) -> Measurement:
    """Return a good server with other parts."""
    return measured(**{"inventory": {**GOOD["inventory"], "groups": groups}, **changes})


def disks(**free: int) -> list[dict[str, Any]]:
    """Return the file systems with those named (`var=300`) on disks of their own."""
    named = {f"/{name}" if name != "root" else "/": free_mb for name, free_mb in free.items()}
    return [
        {**entry, "device": f"own-{entry['path']}", "free_mb": named[entry["path"]]}
        if entry["path"] in named
        else entry
        for entry in GOOD["filesystems"]
    ]


def wanted(
    app: str = "e-planning", *, ram_mb: int = 140, disk_mb: int = 120, port: int = 8101, **more: Any
) -> WantedApp:
    """Return an app with a release; `more` are further keys of its manifest."""
    manifest = Manifest.model_validate(
        {
            "version": "2026.11.0",
            "needs": {"ram_mb": ram_mb, "disk_mb": disk_mb},
            "commands": {"serve": ["x"]},
            **more,
        }
    )
    site = f"{app}.manggaraikab.go.id"
    return WantedApp(
        f"batang/{app}", app.title(), Release(manifest=manifest, digest="0" * 64), port=port, site=site
    )


def judged(*apps: WantedApp, users: int = 50, proxies: tuple[str, ...] = (), **hosts: Measurement) -> Assessment:
    """Judge hosts by name for apps."""
    question = Question(apps=apps, users=users, now=NOW, region="Kabupaten Manggarai", proxies=proxies)
    return assess(hosts or {"satu": measured()}, question, assess_rules())


def codes(findings: tuple[Finding, ...]) -> list[str]:
    """Return the codes of findings, sorted."""
    return sorted(finding.code for finding in findings)


def host_codes(**changes: Any) -> list[str]:
    """Return what is found on a good server with these changes."""
    return codes(judged(satu=measured(**changes)).hosts[0].findings)
