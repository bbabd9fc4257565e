"""What the printed report of `semai assess` shows: values for the template, worded in Indonesian. Pure.

The caller has chosen Indonesian as the language of messages before it judges and asks for these values.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta, timezone
from typing import Any

from semai.core.assessment.assessing import AppReport, Assessment, HostReport
from semai.core.assessment.finding import Severity, Verdict
from semai.core.assessment.rules import Rules
from semai.core.assessment.wording import PARTS, VERDICTS, size, told
from semai.core.region import Region
from semai.messages import translate

MONTHS = (
    "Januari",
    "Februari",
    "Maret",
    "April",
    "Mei",
    "Juni",
    "Juli",
    "Agustus",
    "September",
    "Oktober",
    "November",
    "Desember",
)
ZONES = {
    "Asia/Jakarta": (7, "WIB"),
    "Asia/Pontianak": (7, "WIB"),
    "Asia/Makassar": (8, "WITA"),
    "Asia/Jayapura": (9, "WIT"),
}
SENTENCES = {
    Verdict.ready: "Semua server dan aplikasi yang dipilih dapat dipasang sekarang.",
    Verdict.conditions: "Pemasangan dapat dimulai; syarat di bawah ini sebaiknya dipenuhi lebih dahulu.",
    Verdict.not_ready: "Temuan yang menghalangi di bawah ini harus diselesaikan sebelum pemasangan.",
}
GRADES: Mapping[Severity, str] = {"bad": "Menghalangi", "warn": "Syarat", "note": "Catatan"}


@dataclass(frozen=True)
class Segment:
    """One part of a bar: its width in percent of the whole."""

    kind: str  # taken, apps, spare or free
    label: str
    text: str
    percent: float


@dataclass(frozen=True)
class Bar:
    """Memory or disk of one host."""

    host: str
    title: str
    whole: str
    lacking: str  # what does not fit, empty when all does
    segments: tuple[Segment, ...]


def page_values(assessment: Assessment, region: Region, logo: str | None, rules: Rules) -> dict[str, Any]:
    """Return what the template shows; `logo` is SVG text."""
    question = assessment.question
    hours, zone = ZONES[region.time_zone]
    moment = question.now.astimezone(timezone(timedelta(hours=hours)))
    findings = [told(finding) for finding in assessment.all_findings]
    counts = {grade: sum(f.severity == grade for f in findings) for grade in GRADES}
    return {
        "region": region,
        "logo": base64.b64encode(logo.encode()).decode() if logo else "",
        "date": day(moment),
        "time": f"{moment:%H.%M} {zone}",
        "users": question.users,
        "verdict": assessment.verdict.value,
        "verdict_text": translate(VERDICTS[assessment.verdict]),
        "sentence": SENTENCES[assessment.verdict],
        "counts": [(GRADES[grade], grade, counts[grade]) for grade in GRADES if counts[grade]],
        "hosts": [_host(host, rules) for host in assessment.hosts],
        "apps": [_app(app) for app in assessment.apps],
        "bars": list(_bars(assessment, rules)),
        "findings": findings,
        "grades": GRADES,
        "figures": rules.growth.figures,
        "as_of": day(datetime.combine(rules.growth.as_of, time())),
    }


def day(moment: datetime) -> str:
    """Return a date as letters write it: 21 November 2026."""
    return f"{moment.day} {MONTHS[moment.month - 1]} {moment.year}"


def _host(host: HostReport, rules: Rules) -> dict[str, Any]:
    found = host.measured
    release = rules.systems.systems.get(found.os.platform)
    place = found.below(found.inventory.root)
    return {
        "name": host.name,
        "address": found.inventory.ansible_host,
        "parts": ", ".join(translate(PARTS[part]) for part in host.parts),
        "measured": found.measured,
        "system": found.os.name,
        "until": day(datetime.combine(release.until, time())) if release else "",
        "machine": found.machine,
        "virtual": found.virtualisation,
        "cpus": found.cpus,
        "memory": size(found.memory_mb),
        "disk": size(place.free_mb) if place else "–",
        "line": f"{found.line.latency_ms:.0f} ms · {_decimal(found.line.upload_mb_s)} MB/s" if found.line else "–",
        "verdict": host.verdict.value,
        "verdict_text": translate(VERDICTS[host.verdict]),
    }


def _decimal(number: float) -> str:
    return f"{number:.1f}".replace(".", ",")


def _app(app: AppReport) -> dict[str, Any]:
    taken = app.estimate
    return {
        "key": app.app.key,
        "title": app.app.title,
        "version": app.app.version,
        "host": app.host,
        "memory_start": size(taken.memory_start_mb) if taken else "–",
        "memory": size(taken.memory_mb) if taken else "–",
        "disk_start": size(taken.disk_start_mb) if taken else "–",
        "disk": size(taken.disk_year_mb) if taken else "–",
        "verdict": app.verdict.value,
        "verdict_text": translate(VERDICTS[app.verdict]),
    }


def _bars(assessment: Assessment, rules: Rules) -> Iterator[Bar]:
    reserve = rules.growth.figures.reserve_percent.value / 100
    for host in assessment.hosts:
        found, room = host.measured, host.capacity
        if room is None or not found.memory_mb:
            continue
        taken = [app.estimate for app in assessment.apps if app.host == host.name and app.estimate]
        memory = sum(each.memory_mb for each in taken)
        spare = found.memory_mb * reserve
        parts = {"taken": found.memory_mb - spare - room.memory_mb, "apps": memory, "spare": spare}
        yield _bar(host.name, "Memori", found.memory_mb, parts)
        if place := found.below(found.inventory.root):
            spare = place.free_mb * reserve
            parts = {"taken": place.total_mb - spare - room.disk_mb, "apps": 0, "spare": spare}
            parts["apps"] = sum(each.disk_year_mb for each in taken)
            yield _bar(host.name, f"Disk {found.inventory.root}", place.total_mb, parts)


def _bar(host: str, title: str, whole: float, parts: Mapping[str, float]) -> Bar:
    labels = {"taken": "sistem dan layanan", "apps": "aplikasi", "spare": "cadangan", "free": "bebas"}
    scale = max(whole, sum(parts.values()))  # what does not fit makes the bar longer than the host
    amounts = {**parts, "free": scale - sum(parts.values())}
    segments = tuple(
        Segment(kind, labels[kind], size(amount), round(100 * amount / scale, 2))
        for kind, amount in amounts.items()
        if amount > 0
    )
    lacking = sum(parts.values()) - whole
    return Bar(host, title, size(whole), size(lacking) if lacking >= 1 else "", segments)
