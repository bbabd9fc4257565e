"""Screens of the sample data that the guides show and no other test comes by: documents, versions, large tables."""

from __future__ import annotations

import re

import pytest
from selenium.webdriver.common.by import By

from tests.demo.conftest import Demo
from tests.demo.pages import Screen

pytestmark = [pytest.mark.demo, pytest.mark.browser, pytest.mark.pictures]

OPD = "Dinas Pekerjaan Umum dan Penataan Ruang"


def enter(window: Screen, demo: Demo, app: str, name: str) -> None:
    """Come as one of the sample people."""
    window.enter(demo.address(app), name, demo.password(app))


def test_planning_has_a_calendar_a_queue_and_a_map(demo: Demo, phone: Screen) -> None:
    enter(phone, demo, "e-planning", "kecamatan")
    phone.open("/usulan/antrean/diajukan/")
    phone.show("e-planning/antrean")
    enter(phone, demo, "e-planning", "bappeda")
    phone.press("Kalender")
    assert "Musrenbang kecamatan" in phone.text
    phone.show("e-planning/kalender")
    phone.open("/usulan/peta/")
    assert "Titik bernomor adalah usulan" in phone.text
    phone.show("e-planning/peta", at="Desa/kelurahan")


def test_amended_rkpd_lies_beside_the_one_determined(demo: Demo, desk: Screen) -> None:
    enter(desk, demo, "e-planning", "bappeda")
    go_to_last_year(desk)
    desk.open("/rkpd/")
    desk.show("e-planning/rkpd-versi", at="Versi yang ditetapkan")
    desk.press("Semula dan menjadi")
    desk.show("e-planning/semula-menjadi")


def go_to_last_year(window: Screen) -> None:
    """Choose the year before the one that is shown."""
    pill = window.driver.find_element(By.CSS_SELECTOR, ".top-tools summary.pill")
    year = re.search(r"\d{4}", pill.text)
    assert year
    pill.click()
    window.press_first(f"{int(year.group()) - 1}")


def test_budget_shows_ceilings_standards_and_versions_of_a_dpa(demo: Demo, phone: Screen, desk: Screen) -> None:
    enter(phone, demo, "e-budgeting", "bpkad")
    phone.open("/referensi/standar-harga/")
    phone.show("e-budgeting/standar-harga")
    enter(desk, demo, "e-budgeting", "bpkad")
    desk.open("/kua-ppas/pantauan/")
    desk.show("e-budgeting/pantauan-pagu")
    desk.press("DPA")
    agency = next(row[0] for row in desk.rows() if "Pergeseran" in row[1])
    desk.press(agency)
    desk.show("e-budgeting/versi-dpa")
    desk.press("Semula dan menjadi")
    desk.show("e-budgeting/dpa-semula-menjadi")


def test_performance_has_a_drawn_tree_and_its_documents(demo: Demo, phone: Screen, desk: Screen) -> None:
    enter(phone, demo, "e-sakip", "organisasi")
    phone.press("LKjIP")
    phone.press(f"LKjIP {OPD}")
    phone.show("e-sakip/lkjip")
    enter(desk, demo, "e-sakip", "organisasi")
    desk.open("/pohon/gambar/")
    desk.show("e-sakip/pohon")
    desk.press("Perjanjian")
    desk.follow("Bupati")
    desk.show("e-sakip/perjanjian")
    desk.press("Evaluasi")
    desk.press(OPD)
    desk.show("e-sakip/evaluasi")


def test_rules_that_hold_an_application_back_are_named(demo: Demo, desk: Screen) -> None:
    enter(desk, demo, "e-hibah", "tata-usaha")
    desk.press("Permohonan")
    desk.press("Ruang belajar anak usia dini")
    assert "Tidak terpenuhi" in desk.text
    desk.show("e-hibah/aturan", at="Kelayakan")
