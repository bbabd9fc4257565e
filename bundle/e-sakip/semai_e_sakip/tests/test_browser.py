"""Screens in Debian's chromium: a measurement by hand on a telephone, the drawing by keyboard, pages that fit."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.staticfiles.testing import StaticLiveServerTestCase
from selenium import webdriver
from selenium.common.exceptions import WebDriverException
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait

from ..models import Measurement
from .cases import PDF, PerformanceThreadsCase

FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-dev-shm-usage",
)
PHONE = 360


@contextmanager
def chromium(width: int) -> Iterator[webdriver.Chrome]:
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        options = webdriver.ChromeOptions()
        options.binary_location = "/usr/bin/chromium"
        for flag in (*FLAGS, f"--user-data-dir={profile}"):
            options.add_argument(flag)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        driver = webdriver.Chrome(options=options, service=webdriver.ChromeService("/usr/bin/chromedriver"))
        screen = {"width": width, "height": 800, "deviceScaleFactor": 1, "mobile": width < 600}
        driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", screen)
        try:
            yield driver
        finally:
            driver.quit()


@pytest.mark.browser
class BrowserTest(PerformanceThreadsCase, StaticLiveServerTestCase):
    def enter_as(self, driver: webdriver.Chrome, username: str) -> None:
        self.as_(username)
        driver.get(f"{self.live_server_url}/healthz")
        cookie = self.client.cookies[settings.SESSION_COOKIE_NAME].value
        driver.add_cookie({"name": settings.SESSION_COOKIE_NAME, "value": cookie, "path": "/"})

    def test_pages_fit_a_telephone_and_keep_to_the_content_policy(self) -> None:
        self.budget()
        agreement, measurement, evaluation = self.signed(), self.verified(), self.finished()
        paths = (
            "/",
            "/pohon/",
            "/pohon/gambar/",
            "/indikator/",
            f"/indikator/{measurement.indicator_id}/",
            f"/indikator/{measurement.indicator_id}/ubah/",
            "/indikator/impor/",
            "/rencana-aksi/",
            "/pengukuran/",
            f"/pengukuran/{measurement.pk}/",
            "/anggaran/",
            "/perjanjian/",
            f"/perjanjian/{agreement.pk}/",
            f"/perjanjian/{agreement.pk}/cetak/",
            "/penanda-tangan/tambah/",
            "/evaluasi/",
            f"/evaluasi/{evaluation.pk}/",
            "/lkjip/",
            "/tindak-lanjut/",
        )
        with chromium(PHONE) as driver:
            self.enter_as(driver, "organisasi")
            for path in paths:
                with self.subTest(path=path):
                    driver.get(self.live_server_url + path)
                    assert len(driver.find_elements(By.TAG_NAME, "h1")) == 1
                    assert driver.execute_script("return document.documentElement.scrollWidth") <= PHONE
                    complaints = [entry["message"] for entry in driver.get_log("browser")]
                    assert not [text for text in complaints if "Content Security Policy" in text]

    def test_the_drawing_is_walked_by_keyboard(self) -> None:
        with chromium(1000) as driver:
            self.enter_as(driver, "auditor")
            driver.get(f"{self.live_server_url}/pohon/gambar/")
            frame = driver.find_element(By.CSS_SELECTOR, ".drawn-frame")
            frame.send_keys(Keys.TAB)
            assert "Infrastruktur merata" in driver.switch_to.active_element.get_attribute("aria-label")
            driver.switch_to.active_element.send_keys(Keys.TAB)
            driver.switch_to.active_element.send_keys(Keys.ENTER)
            assert driver.find_element(By.TAG_NAME, "h1").text == "Konektivitas meningkat"

    def test_an_agency_measures_with_evidence_on_a_telephone(self) -> None:
        evidence = Path(tempfile.mkdtemp(prefix="semai-test-")) / "rekap.pdf"
        evidence.write_bytes(PDF)
        with chromium(PHONE) as driver:
            self.enter_as(driver, "opd")
            driver.get(f"{self.live_server_url}/pengukuran/")
            driver.find_element(By.LINK_TEXT, "Ukur").click()
            driver.find_element(By.NAME, "realised").send_keys("452,4")
            driver.find_element(By.CSS_SELECTOR, ".form-buttons button").click()
            driver.find_element(By.NAME, "file").send_keys(str(evidence))
            driver.find_element(By.XPATH, "//button[.='Unggah bukti']").click()
            wait = WebDriverWait(driver, 30, 0.1, ignored_exceptions=[WebDriverException])
            wait.until(lambda page: page.find_element(By.LINK_TEXT, "rekap.pdf"))
            driver.find_element(By.XPATH, "//button[.='Kirim untuk diverifikasi']").click()
            wait.until(lambda page: "Menunggu verifikasi" in page.find_element(By.CSS_SELECTOR, "h1 .badge").text)
        measurement = Measurement.objects.get()
        assert (measurement.state, str(measurement.realised)) == ("dikirim", "452.40")
