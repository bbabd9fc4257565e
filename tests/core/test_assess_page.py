"""The printed report and the plain form of an assessment: self-contained, escaped, complete."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timezone
from typing import Any

import pytest
from semai.adapters.assess_rules import assess_rules
from semai.adapters.letters import report_template
from semai.core.assessment.assessing import Assessment
from semai.core.assessment.page import day, page_values
from semai.core.assessment.wording import as_plain, size
from semai.core.region import Region
from semai.core.render import render_page
from semai.messages import choose_language, preferred_language

from tests.core.measured import GOOD, in_groups, judged, measured, wanted

REGION: dict[str, Any] = {
    "code": "53.10",
    "name": "Kabupaten Manggarai",
    "short_name": "Manggarai",
    "kind": "kabupaten",
    "province": "Nusa Tenggara Timur",
    "province_code": "53",
    "time_zone": "Asia/Makassar",
    "head_title": "Bupati",
    "fiscal_year": 2027,
    "domain": "manggaraikab.go.id",
}


@pytest.fixture(autouse=True)
def indonesian(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    before = preferred_language()
    choose_language("id")
    yield
    choose_language(before)


def page(assessment: Assessment, logo: str | None = None, **region: Any) -> str:
    made = Region.model_validate({**REGION, **region})
    return render_page(report_template(), page_values(assessment, made, logo, assess_rules()))


def test_a_ready_set_needs_no_findings_and_the_page_says_so() -> None:
    text = page(judged(wanted()))
    assert '<div class="verdict ready">' in text
    assert "Tidak ada temuan." in text
    assert "21 November 2026, pukul 11.00 WITA" in text


def test_every_finding_is_on_the_page_with_meaning_and_remedy() -> None:
    assessment = judged(wanted(), satu=measured(memory_mb=512, cpus=1, dpkg={"interrupted": True}))
    text = page(assessment)
    assert text.count('<div class="what">') == len(assessment.all_findings) == 4
    assert "sudo dpkg --configure -a &amp;&amp; sudo apt-get -f install" in text
    assert "Menghalangi" in text


def test_what_a_host_or_a_region_says_cannot_become_markup() -> None:
    hostile = "<script>alert(1)</script>"
    found = measured(os={**GOOD["os"], "name": hostile}, hostname=hostile, unknown=[hostile])
    text = page(judged(wanted(), satu=found), address=hostile)
    assert "<script" not in text
    assert "&lt;script&gt;" in text


def test_the_page_needs_no_other_file_and_no_network() -> None:
    text = page(judged(wanted()), logo="<svg xmlns='http://www.w3.org/2000/svg'/>")
    assert re.findall(r'(?:src|href)="(?!data:image/svg\+xml;base64,)', text) == []
    assert "@import" not in text
    assert "url(" not in text


def test_an_unreachable_host_has_a_row_without_figures() -> None:
    text = page(judged(wanted(), satu=measured(unreachable="Connection timed out"), dua=in_groups("app")))
    assert "tidak dapat diukur" in text


def test_bars_say_what_lacks_when_apps_outgrow_the_host() -> None:
    assert "kurang" not in page(judged(wanted()))
    assert re.search(r"kurang [\d,]+ GB", page(judged(wanted(), users=5000, satu=measured())))


def test_sizes_and_dates_are_written_as_people_write_them() -> None:
    assert (size(999), size(1536), size(20_480)) == ("999 MB", "1,5 GB", "20,0 GB")
    assert day(datetime(2026, 1, 5, tzinfo=timezone.utc)) == "5 Januari 2026"


def test_the_plain_form_has_the_documented_shape() -> None:
    plain = as_plain(judged(wanted(), satu=measured(cpus=1)))
    assert list(plain) == ["schema", "at", "region", "users", "verdict", "hosts", "apps", "placement", "findings"]
    assert (plain["schema"], plain["at"], plain["verdict"]) == (1, "2026-11-21T03:00:00Z", "conditions")
    assert plain["placement"] == {"batang/e-planning": "satu"}
    (host,) = plain["hosts"]
    assert list(host) == ["host", "parts", "verdict", "capacity", "measured", "findings"]
    (finding,) = host["findings"]
    assert list(finding) == ["code", "severity", "host", "app", "text", "meaning", "fix", "reference"]
    assert finding["fix"] == "beri mesin virtual itu 2 prosesor"
    assert list(plain["apps"][0]) == ["app", "title", "version", "site", "verdict", "host", "estimate", "findings"]
