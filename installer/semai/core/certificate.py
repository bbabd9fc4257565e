"""What the printed certificate of a drill shows: values for its template, worded in Indonesian. Pure.

The caller has chosen Indonesian as the language of messages before it asks for these values.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from typing import Any

from semai.core.assessment.page import ZONES, day
from semai.core.drills import Drill, DrilledApp, Fault, HostDrill, Looked, Media, Rows, reasons
from semai.core.host_words import spoken
from semai.core.purging import moment_of
from semai.core.region import Region

RESULTS = {
    "ok": "sesuai",
    "failed": "TIDAK SESUAI",
    "not-checked": "tidak diperiksa",
    "not-counted": "tidak dihitung",
    "not-declared": "tidak diperiksa",
}
TONES = {"ok": "ready", "failed": "not-ready", "not-checked": "not-ready"}
ENGINES = {"restic": "restic", "archive": "arsip"}
RECOVERY = ("extract", "restore", "migrate", "start")  # what it takes until people can work again


def page_values(drill: Drill, plain: Mapping[str, Any], region: Region, logo: str | None) -> dict[str, Any]:
    """Return what the template shows; `plain` is the sealed certificate, `logo` SVG text."""
    occasion = drill.occasion
    date, time = _local(occasion.moment, region)
    return {
        "region": region,
        "logo": base64.b64encode(logo.encode()).decode() if logo else "",
        "date": date,
        "time": time,
        "utc": f"{occasion.moment:%Y-%m-%d %H:%M:%S} UTC",
        "by": occasion.by,
        "asked": _asked(drill),
        "tool": occasion.tool,
        "inventory": plain["region"]["inventory"],
        "lock": occasion.lock[:16],
        "passed": drill.passed,
        "sentence": _sentence(drill),
        "hosts": [_host(name, told) for name, told in sorted(drill.hosts.items())]
        + [_silent(name, fault) for name, fault in sorted(drill.silent.items())],
        "apps": [_app(host, app, region, occasion.moment) for host, app in drill.apps],
        "file": f"{drill.name}.json",
        "digest": plain["digest"],
    }


def _local(moment: datetime, region: Region) -> tuple[str, str]:
    hours, zone = ZONES[region.time_zone]
    there = moment.astimezone(timezone(timedelta(hours=hours)))
    return day(there), f"{there:%H.%M} {zone}"


def _asked(drill: Drill) -> str:
    apps = ", ".join(drill.occasion.apps) or "semua aplikasi yang dicadangkan"
    return f"{apps}, dari cadangan {drill.occasion.set or 'terbarunya'}"


def _sentence(drill: Drill) -> str:
    if drill.passed:
        return "Semua aplikasi yang diperiksa dapat dipulihkan dari cadangannya dan berjalan di atas data itu."
    names = [app.app for _, app in drill.apps if not app.passed] + list(drill.silent)
    said = f"Pemulihan TIDAK terbukti untuk: {', '.join(names)}."
    return f"{said} Jangan mengandalkan cadangan ini sebelum diperbaiki."


def _host(name: str, told: HostDrill) -> dict[str, Any]:
    passed = all(app.passed for app in told.apps)
    sealed = "terenkripsi" if told.encrypted else "TIDAK terenkripsi"
    return {
        "name": name,
        "engine": f"{ENGINES.get(told.engine, told.engine)}, {sealed}",
        "seconds": _seconds(told.seconds),
        "passed": passed,
        "result": "lulus" if passed else "GAGAL",
    }


def _silent(name: str, fault: Fault) -> dict[str, Any]:
    result = f"GAGAL: {spoken(fault.message)}"
    return {"name": name, "engine": "–", "seconds": "–", "passed": False, "result": result}


def _app(host: str, app: DrilledApp, region: Region, now: datetime) -> dict[str, Any]:
    made, age = moment_of(app.moment or ""), app.age_hours(now)
    stages = [app.seconds[name] for name in RECOVERY if name in app.seconds]
    return {
        "name": app.app,
        "host": host,
        "mentor": app.mentor or "–",
        "set": app.set or "tidak ada cadangan",
        "moment": ", pukul ".join(_local(made, region)) if made else "–",
        "age": f"{_decimal(age)} jam" if age is not None else "",
        "version": f"{app.version} ({app.release[:12]})" if app.version and app.release else "–",
        "ran": _ran(app),
        "recovery": _seconds(sum(stages)) if "start" in app.seconds else "–",
        "passed": app.passed,
        "checks": _checks(app),
        "reasons": reasons(app),
    }


def _ran(app: DrilledApp) -> str:
    if app.ran is None:
        return "tidak dijalankan"
    which = "rilis cadangan itu" if app.ran.of == "set" else "rilis yang sekarang terpasang"
    borrowed = "; sebagian konfigurasi diambil dari aplikasi yang berjalan" if app.ran.borrowed else ""
    return f"dijalankan {app.ran.version} ({which}{borrowed})"


def _checks(app: DrilledApp) -> list[dict[str, str]]:
    return [
        _check("Baris basis data", app.rows.result, _rows(app.rows)),
        _check("Berkas unggahan", app.media.result, _media(app.media)),
        _check("Aplikasi menjawab sehat", app.health.result, spoken(app.health.detail)),
        _check("Masuk (login)", app.login.result, _login(app.login)),
    ]


def _check(title: str, result: str, seen: str) -> dict[str, str]:
    return {"title": title, "result": RESULTS[result], "tone": TONES.get(result, "note"), "seen": seen}


def _rows(rows: Rows) -> str:
    if rows.result == "not-checked":
        return ""
    if rows.expected is None:
        return f"{_whole(rows.found)} baris; cadangan ini dibuat sebelum baris dihitung"
    text = f"{_whole(rows.found)} dari {_whole(rows.expected)} baris di {len(rows.tables)} tabel"
    moved = sum(table.earlier is not None for table in rows.tables.values())
    if not rows.exact:
        text += "; dihitung sebelum dan sesudah penyalinan"
    return text + (f", {moved} tabel ditulisi selama itu" if moved else "")


def _media(media: Media) -> str:
    if media.found is None or media.expected is None:
        return ""
    files = f"{_whole(media.found.files)} dari {_whole(media.expected.files)} berkas"
    return f"{files}, {_whole(media.found.bytes)} bita"


def _login(login: Looked) -> str:
    if login.result == "not-declared":
        return "aplikasi ini tidak menyatakan cara memeriksanya"
    if login.kind == "page":
        return f"halaman masuk dibuka, tanpa masuk: {spoken(login.detail)}"
    return spoken(login.detail)


def _whole(number: int | None) -> str:
    return f"{number or 0:,}".replace(",", ".")


def _decimal(number: float) -> str:
    return f"{number:.1f}".replace(".", ",")


def _seconds(seconds: float) -> str:
    if seconds < 90:
        return f"{_decimal(seconds)} detik"
    return f"{int(seconds) // 60} menit {int(seconds) % 60} detik"
