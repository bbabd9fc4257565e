"""A year of a region in a real browser, on a telephone, through the four apps as `make demo` installs them.

Whoever has something to do finds it on the first page and goes on by links and buttons alone; every page on the way
is looked over by `Screen`: no English, no error, no page without a way on.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.demo.conftest import Demo
from tests.demo.pages import Screen
from tests.demo.year import budgeting, grants, performance, planning
from tests.demo.year.story import BUDGETING, GRANTS, PERFORMANCE, PLANNING, USULAN, Agreed, Story

pytestmark = [pytest.mark.demo, pytest.mark.browser]


def enter(window: Screen, demo: Demo, app: str, name: str) -> None:
    """Come as one of the sample people."""
    window.enter(demo.address(app), name, demo.password(app))


def test_administrator_must_change_the_first_password(demo: Demo, desk: Screen) -> None:
    login = demo.openings[PLANNING]["login"]
    desk.enter(demo.address(PLANNING), login["name"], login["password"])
    assert desk.heading == "Ganti kata sandi"
    desk.open("/akun/")
    assert desk.heading == "Ganti kata sandi", "no other page before the password is changed"
    desk.fill(old=login["password"], new="pendek", again="pendek")
    desk.press("Ganti kata sandi", refused=True)
    assert "setidaknya 10 karakter" in desk.text
    own = "rahasia-ruteng-2027"
    desk.fill(old=login["password"], new=own, again=own)
    desk.press("Ganti kata sandi")
    assert "Kata sandi sudah diganti." in desk.text
    desk.enter(demo.address(PLANNING), login["name"], login["password"])
    assert "tidak cocok" in desk.text
    desk.enter(demo.address(PLANNING), login["name"], own)
    desk.open("/akun/")
    assert "bappeda" in desk.text


@pytest.mark.pictures
def test_a_year_is_walked_from_usulan_to_lkjip_and_from_filing_to_lpj(
    demo: Demo, phone: Screen, tmp_path: Path
) -> None:
    """Every official with a login of their own, on a telephone; figures go on from app to app untyped."""
    story = Story(demo, phone, tmp_path)
    rkpd_of_the_year(story)
    agreed = dpa_of_the_year(story)
    performance_of_the_year(story, agreed)
    grant_of_the_year(story, agreed)
    planning.bappeda_and_agency_follow_it(story)
    auditor_reads_every_trail(story)


def rkpd_of_the_year(story: Story) -> None:
    planning.village_enters(story)
    planning.desks_verify(story)
    planning.agency_takes_it_into_its_work_plan(story)
    planning.bappeda_approves_every_work_plan(story)
    planning.head_determines_the_rkpd(story)


def dpa_of_the_year(story: Story) -> Agreed:
    budgeting.budget_fetches_the_work_plan(story)
    budgeting.agency_budgets_within_the_pagu(story)
    budgeting.agency_sets_money_aside_for_a_grant(story)
    budgeting.rka_is_sent_returned_and_sent_again(story)
    budgeting.versions_are_compared(story)
    budgeting.asistensi_and_tapd_agree(story)
    return budgeting.apbd_makes_the_dpa(story)


def performance_of_the_year(story: Story, agreed: Agreed) -> None:
    performance.work_goes_on_while_budgeting_is_off(story)
    performance.figures_catch_up(story, agreed)
    performance.agreement_takes_the_budget_of_the_dpa(story, agreed)
    performance.measurement_is_sent_and_verified(story)
    performance.agency_enters_what_was_spent(story, agreed)
    performance.report_is_drafted_from_it(story, agreed)
    performance.report_is_reviewed_and_final(story, agreed)


def grant_of_the_year(story: Story, agreed: Agreed) -> None:
    number, code = grants.somebody_files(story)
    grants.line_of_the_dpa_is_there(story, agreed)
    grants.desks_decide(story, agreed)
    grants.head_signs_the_list(story)
    grants.agreement_and_payment(story)
    grants.recipient_reports(story, number, code)
    grants.report_is_accepted_and_everyone_reads_it(story, number)


def auditor_reads_every_trail(story: Story) -> None:
    phone = story.enter(PLANNING, "auditor")
    trail_of(phone, USULAN, who="bappeda")
    assert "Siapa bappeda (Verifikator Bappeda)" in phone.text
    assert ("Status", "Masuk RKPD", "Masuk APBD") in phone.rows()
    phone = story.enter(BUDGETING, "auditor")
    trail_of(phone, budgeting.LINE, who="opd")
    assert "Siapa opd (" in phone.text
    assert ("Koefisien 1", "12,5", "10") in phone.rows()
    assert ("Jumlah", "Rp2.500.000.000", "Rp2.000.000.000") in phone.rows()
    phone = story.enter(PERFORMANCE, "auditor")
    trail_of(phone, performance.INDICATOR, who="organisasi")
    assert ("Status", "Menunggu verifikasi", "Terverifikasi") in phone.rows()


def trail_of(phone: Screen, record: str, who: str) -> None:
    """Open the newest entry of one person about one record."""
    phone.open("/audit/")
    phone.unfold("Saringan lain")
    phone.fill(who=who, record=record)
    phone.press("Saring")
    first = next(path for path in phone.links("main table") if re.fullmatch(r"/audit/\d+/", path))
    phone.open(first)


@pytest.mark.parametrize(
    ("app", "name"), [(PLANNING, "bappeda"), (BUDGETING, "bpkad"), (PERFORMANCE, "organisasi"), (GRANTS, "tapd")]
)
def test_every_kind_of_page_that_links_lead_to_is_fit_for_a_telephone(
    demo: Demo, phone: Screen, app: str, name: str
) -> None:
    enter(phone, demo, app, name)
    waiting, met = phone.links("body"), {"/#"}
    while waiting:
        path = waiting.pop(0)
        kind = re.sub(r"\d+", "N", path.partition("?")[0])
        if (
            kind in met
            or not kind.startswith("/")
            or kind.startswith("/lampiran/")
            or "/ekspor/" in kind
            or kind.endswith("/pdf/")
        ):
            continue
        met.add(kind)
        phone.open(path)
        waiting += phone.links("main")
    assert len(met) > 15, met
