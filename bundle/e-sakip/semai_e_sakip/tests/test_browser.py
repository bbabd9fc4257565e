"""Screens in Debian's chromium: measuring on a telephone, the drawing by keyboard, pages without barriers."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from django.contrib.staticfiles.testing import StaticLiveServerTestCase
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from semai_kit.testing.browser import PHONE, Screens, chromium, wait_for

from ..models import Measurement
from .cases import PDF, PerformanceThreadsCase


@pytest.mark.browser
class BrowserTest(Screens, PerformanceThreadsCase, StaticLiveServerTestCase):
    def test_pages_fit_a_telephone_are_small_and_keep_nobody_out(self) -> None:
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
                self.look_at(driver, path)

    def test_the_drawing_is_walked_by_keyboard(self) -> None:
        with chromium(1000) as driver:
            self.enter_as(driver, "auditor")
            driver.get(f"{self.live_server_url}/pohon/gambar/")
            frame = driver.find_element(By.CSS_SELECTOR, ".drawn-frame")
            frame.send_keys(Keys.TAB)
            assert "Infrastruktur merata" in driver.switch_to.active_element.get_attribute("aria-label")
            driver.switch_to.active_element.send_keys(Keys.TAB)
            driver.switch_to.active_element.send_keys(Keys.ENTER)
            wait_for(driver, lambda page: page.find_element(By.TAG_NAME, "h1").text == "Konektivitas meningkat")

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
            wait_for(driver, lambda page: page.find_element(By.LINK_TEXT, "rekap.pdf"))
            driver.find_element(By.XPATH, "//button[.='Kirim untuk diverifikasi']").click()
            wait_for(
                driver, lambda page: "Menunggu verifikasi" in page.find_element(By.CSS_SELECTOR, "h1 .badge").text
            )
        measurement = Measurement.objects.get()
        assert (measurement.state, str(measurement.realised)) == ("dikirim", "452.40")
