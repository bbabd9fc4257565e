"""Screens in Debian's chromium: the forms work by hand, and nothing is wider than a telephone."""

from __future__ import annotations

import pytest
from django.conf import settings
from django.contrib.staticfiles.testing import StaticLiveServerTestCase
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import Select
from semai_kit.testing.browser import barriers, chromium, first_load

from ..models import Proposal
from .cases import PlanningThreadsCase

PHONE = 360
PATHS = (
    "/",
    "/usulan/",
    "/usulan/baru/",
    "/usulan/impor/",
    "/rpjmd/",
    "/renja/",
    "/rkpd/",
    "/kalender/",
    "/kalender/ubah/",
)


@pytest.mark.browser
class BrowserTest(PlanningThreadsCase, StaticLiveServerTestCase):
    def enter_as(self, driver: webdriver.Chrome, username: str) -> None:
        self.as_(username)
        driver.get(f"{self.live_server_url}/healthz")
        cookie = self.client.cookies[settings.SESSION_COOKIE_NAME].value
        driver.add_cookie({"name": settings.SESSION_COOKIE_NAME, "value": cookie, "path": "/"})

    def test_pages_fit_a_telephone_and_keep_to_the_content_policy(self) -> None:
        self.sub_activity()
        self.proposal_at("verifikasi_bappeda")
        with chromium(PHONE) as driver:
            self.enter_as(driver, "bappeda")
            for path in PATHS:
                with self.subTest(path=path):
                    driver.get(self.live_server_url + path)
                    assert driver.find_element(By.TAG_NAME, "h1").text
                    assert driver.execute_script("return document.documentElement.scrollWidth") <= PHONE
                    complaints = [entry["message"] for entry in driver.get_log("browser")]
                    assert not [text for text in complaints if "Content Security Policy" in text]
                    assert barriers(driver) == []

    def test_the_first_load_of_a_page_stays_below_150_kb(self) -> None:
        self.proposal_at("verifikasi_bappeda")
        with chromium(PHONE) as driver:
            self.enter_as(driver, "bappeda")
            for path in PATHS:
                with self.subTest(path=path):
                    assert first_load(driver, self.live_server_url + path) < 150_000

    def test_operator_enters_and_submits_an_usulan_on_a_telephone(self) -> None:
        with chromium(PHONE) as driver:
            self.enter_as(driver, "desa")
            driver.get(f"{self.live_server_url}/usulan/baru/")
            for name, text in (
                ("title", "Jembatan kecil Dusun Barat"),
                ("volume", "12,5"),
                ("unit", "meter"),
                ("estimate", "87.500.000"),
                ("proposer", "Karang Taruna"),
            ):
                driver.find_element(By.NAME, name).send_keys(text)
            for name in ("kind", "theme", "agency"):
                Select(driver.find_element(By.NAME, name)).select_by_index(1)
            driver.find_element(By.CSS_SELECTOR, ".form-buttons button").click()
            driver.find_element(By.XPATH, "//button[.='Ajukan ke kecamatan']").click()
            assert "Diajukan" in driver.find_element(By.CSS_SELECTOR, "h1 .badge").text

        proposal = Proposal.objects.get()
        assert (proposal.state, str(proposal.volume), str(proposal.estimate)) == (
            "diajukan",
            "12.50",
            "87500000.00",
        )
