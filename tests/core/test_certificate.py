"""The certificate of a drill: sealed, self-contained, escaped, and plain about what failed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timezone
from typing import Any

import pytest
from semai.adapters.letters import certificate_template
from semai.core.catalog import digest_of
from semai.core.certificate import page_values
from semai.core.drills import Drill, Fault, HostDrill, Occasion, certificate, reasons
from semai.core.region import Region
from semai.core.render import render_page
from semai.messages import choose_language, preferred_language

from tests.core.test_assess_page import REGION

ABOUT = {"name": "Kabupaten Manggarai", "short_name": "Manggarai", "code": "53.10", "inventory": "manggarai"}
SET = "20261128T173000Z-e-planning-a1b2c3"
APP: dict[str, Any] = {
    "app": "e-planning", "mentor": "batang", "set": SET, "moment": "2026-11-28T17:30:00Z",
    "version": "2026.11.0", "release": "a" * 64,
    "ran": {"version": "2026.11.0", "release": "a" * 64, "of": "set", "borrowed": []},
    "seconds": {"extract": 4.0, "restore": 20.5, "count": 1.0, "migrate": 2.0, "start": 3.0, "login": 1.0},
    "rows": {
        "result": "ok", "exact": True, "expected": 12345, "found": 12345,
        "tables": {"usulan": {"expected": 12345, "found": 12345, "right": True}},
    },
    "media": {"result": "ok", "expected": {"files": 2, "bytes": 900}, "found": {"files": 2, "bytes": 900}},
    "health": {"result": "ok", "detail": "HTTP 200, database ok"},
    "login": {"result": "ok", "kind": "account", "detail": "akun sementara masuk lewat /masuk/"},
    "error": None, "verdict": "passed",
}  # fmt: skip
BAD: dict[str, Any] = {
    "verdict": "failed",
    "rows": {
        "result": "failed", "exact": False, "expected": 9, "found": 4,
        "tables": {"usulan": {"expected": 9, "earlier": 8, "found": 4, "right": False}},
    },
    "login": {"result": "failed", "kind": "account", "detail": "<script>alert(1)</script>"},
    "error": {"code": "app-ended", "message": "release 2026.11.0 ended before it answered: exit code 1"},
}  # fmt: skip


@pytest.fixture(autouse=True)
def indonesian() -> Iterator[None]:
    before = preferred_language()
    choose_language("id")
    yield
    choose_language(before)


def drilled(*apps: dict[str, Any], silent: dict[str, Fault] | None = None, **host: Any) -> Drill:
    told = {"engine": "restic", "encrypted": True, "moment": "2026-11-28T18:00:00Z", "seconds": 95.0}
    hosts = {"satu": HostDrill.model_validate({**told, **host, "apps": apps})} if apps else {}
    moment = datetime(2026, 11, 28, 18, 0, 5, tzinfo=timezone.utc)
    return Drill(Occasion(moment, "siti@kantor", "b" * 64, "2026.11.0", "", ()), hosts, silent or {})


def page(drill: Drill, **region: Any) -> str:
    made = Region.model_validate({**REGION, **region})
    return render_page(certificate_template(), page_values(drill, certificate(drill, ABOUT), made, None))


def test_certificate_is_sealed_and_tells_who_when_what_and_with_which() -> None:
    plain = certificate(drilled(APP), ABOUT)
    assert plain["digest"] == digest_of({key: value for key, value in plain.items() if key != "digest"})
    assert (plain["verdict"], plain["by"], plain["moment"]) == ("passed", "siti@kantor", "2026-11-28T18:00:05Z")
    (app,) = plain["apps"]
    assert (app["host"], app["set"], app["age_hours"]) == ("satu", SET, 0.5)
    assert (app["mentor"], app["release"], app["seconds"]["restore"]) == ("batang", "a" * 64, 20.5)
    assert drilled(APP).name == "drill-20261128T180005Z"


def test_page_of_a_passed_drill_says_so_and_shows_the_digest() -> None:
    text = page(drilled(APP))
    assert '<div class="verdict ready">' in text
    assert "<strong>Lulus</strong>" in text
    assert "GAGAL" not in text
    assert certificate(drilled(APP), ABOUT)["digest"] in text
    assert "29 November 2026, pukul 02.00 WITA" in text
    assert "12.345 dari 12.345 baris di 1 tabel" in text
    assert "29,5 detik" in text
    assert "restic, terenkripsi" in text


def test_failed_drill_says_failed_plainly_with_each_reason() -> None:
    text = page(drilled(APP, {**APP, **BAD, "app": "e-budgeting"}))
    assert '<div class="verdict not-ready">' in text
    assert "<strong>Gagal</strong>" in text
    assert "Pemulihan TIDAK terbukti untuk: e-budgeting." in text
    assert "usulan: 9 -&gt; 4" in text
    assert "exit code 1" in text
    assert "TIDAK SESUAI" in text
    assert certificate(drilled({**APP, **BAD}), ABOUT)["verdict"] == "failed"


def test_host_without_an_answer_fails_the_drill() -> None:
    silent = drilled(APP, silent={"dua": Fault(code="host-unreachable", message="no route to dua")})
    assert not silent.passed
    assert "no route to dua" in page(silent)
    assert {host["host"] for host in certificate(silent, ABOUT)["hosts"]} == {"satu", "dua"}


def test_what_apps_and_regions_say_cannot_become_markup() -> None:
    text = page(drilled({**APP, **BAD}), address="<script>alert(2)</script>")
    assert "<script" not in text
    assert text.count("&lt;script&gt;") >= 2


def test_page_needs_no_other_file_and_no_network() -> None:
    text = page(drilled(APP))
    assert re.findall(r'(?:src|href)="', text) == []
    assert "@import" not in text
    assert "url(" not in text
    assert "<!-- letterhead -->" not in text
    assert "letter.css" not in text


def test_login_that_is_not_declared_is_said_and_no_reason_to_fail() -> None:
    app = {**APP, "login": {"result": "not-declared", "kind": "", "detail": ""}}
    assert reasons(drilled(app).apps[0][1]) == []
    assert "aplikasi ini tidak menyatakan cara memeriksanya" in page(drilled(app))


def test_app_without_a_backup_has_a_row() -> None:
    unknown = {"app": "e-hibah", "verdict": "failed", "error": {"code": "no-set", "message": "no verified backup"}}
    text = page(drilled(APP, unknown))
    assert "tidak ada cadangan" in text
    assert "tidak diperiksa" in text
