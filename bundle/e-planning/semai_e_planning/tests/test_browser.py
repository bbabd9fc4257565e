"""Screens in Debian's chromium: the forms work by hand, and nothing is wider than a telephone."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.contrib.staticfiles.testing import StaticLiveServerTestCase
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import Select
from semai_kit.testing.browser import PHONE, Screens, chromium, wait_for

from ..models import Proposal
from .cases import MILLION, WHY, Determined, PlanningThreadsCase, WithTargets

PATHS = (
    "/",
    "/usulan/",
    "/usulan/baru/",
    "/usulan/impor/",
    "/rpjmd/",
    "/renja/",
    "/rkpd/",
    "/usulan/peta/",
    "/kalender/",
    "/kalender/ubah/",
)


@pytest.mark.browser
class BrowserTest(Screens, WithTargets, Determined, PlanningThreadsCase, StaticLiveServerTestCase):
    def test_pages_fit_a_telephone_are_small_and_keep_nobody_out(self) -> None:
        self.sub_activity()
        self.proposal_at("verifikasi_bappeda", latitude=Decimal("-8.61"), longitude=Decimal("120.46"))
        with chromium(PHONE) as driver:
            self.enter_as(driver, "bappeda")
            for path in PATHS:
                self.look_at(driver, path)

    def test_versions_and_their_comparison_fit_too(self) -> None:
        self.determine()
        self.begin()
        self.change(400 * MILLION)
        self.set_targets({self.roads.pk: Decimal(440), self.poor.pk: None}, WHY)
        with chromium(PHONE) as driver:
            self.enter_as(driver, "opd")
            for path in (
                "/rkpd/versi/0/",
                "/rkpd/perbandingan/",
                "/rkpd/perbandingan/?semua=1",
                f"/renja/{self.work_plan_row.pk}/indikator/",
            ):
                self.look_at(driver, path)

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
            place = {"latitude": -8.61, "longitude": 120.46, "accuracy": 12}
            driver.execute_cdp_cmd("Emulation.setGeolocationOverride", place)
            origin = {"origin": self.live_server_url, "permissions": ["geolocation"]}
            driver.execute_cdp_cmd("Browser.grantPermissions", origin)
            driver.find_element(By.CSS_SELECTOR, "[data-locate] button").click()
            said = driver.find_element(By.CSS_SELECTOR, "[data-locate] [role=status]")
            wait_for(driver, lambda _: said.text.startswith("Lokasi terisi, ketelitian sekitar 12"))
            for name in ("kind", "theme", "agency"):
                Select(driver.find_element(By.NAME, name)).select_by_index(1)
            driver.find_element(By.CSS_SELECTOR, ".form-buttons button").click()
            driver.find_element(By.XPATH, "//button[.='Ajukan ke kecamatan']").click()
            wait_for(driver, lambda page: "Diajukan" in page.find_element(By.CSS_SELECTOR, "h1 .badge").text)

        proposal = Proposal.objects.get()
        assert proposal.coordinates == "-8.610000, 120.460000"
        assert (proposal.state, str(proposal.volume), str(proposal.estimate)) == (
            "diajukan",
            "12.50",
            "87500000.00",
        )
