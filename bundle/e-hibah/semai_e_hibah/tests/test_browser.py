"""Screens in Debian's chromium: a group files from a telephone, and no page keeps anybody out."""

from __future__ import annotations

import pytest
from django.contrib.staticfiles.testing import StaticLiveServerTestCase
from django.urls import reverse
from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By
from semai_kit.testing.browser import PHONE, Screens, chromium, wait_for

from ..models import Application, FilingWindow
from ..services import codes
from .cases import GrantsThreadsCase

PUBLIC = ("/", "/ajukan/", "/ajukan/hibah-kelompok/", "/status/", "/penerima/", "/belum-lapor/")
LISTS = ("/", "/permohonan/", "/daftar-penerima/", "/laporan/", "/pagu/")
# Pages about one application, each at the desk that works there.
DESKS = (
    ("tata_usaha", ("application", "renew-code", "reveal")),
    ("tim_pertimbangan", ("classify",)),
    ("opd", ("recommend", "record-agreement", "close")),
    ("tapd", ("decide",)),
    ("bpkad", ("pay",)),
)


@pytest.mark.browser
class BrowserTest(Screens, GrantsThreadsCase, StaticLiveServerTestCase):
    def test_pages_without_an_account_keep_nobody_out(self) -> None:
        application = self.at("dicairkan")
        with chromium(PHONE) as driver:
            for path in PUBLIC:
                self.look_at(driver, path)
            self.open_as_applicant(driver, application)
            for path in self.of_applicant(application):
                self.look_at(driver, path)

    def open_as_applicant(self, driver: Chrome, application: Application) -> None:
        driver.get(f"{self.live_server_url}/status/")
        driver.find_element(By.NAME, "number").send_keys(application.number)
        driver.find_element(By.NAME, "code").send_keys(codes.renew(self.account("tata_usaha"), application))
        driver.find_element(By.CSS_SELECTOR, "main form[method=post] button").click()
        wait_for(driver, lambda page: application.number in page.find_element(By.TAG_NAME, "main").text)

    def of_applicant(self, application: Application) -> list[str]:
        number, report = application.number, application.agreement.disbursements.get().report
        return [
            reverse("grants:mine", args=[number]),
            reverse("grants:report-mine", args=[number, report.pk]),
            reverse("grants:report-file", args=[number, report.pk]),
        ]

    def test_pages_of_the_desks_keep_nobody_out(self) -> None:
        application = self.at("dicairkan")
        report = application.agreement.disbursements.get().report
        about = {name: reverse(f"grants:{name}", args=[application.pk]) for _, names in DESKS for name in names}
        window = FilingWindow.objects.get(fiscal_year=self.year)
        with chromium(PHONE) as driver:
            for username, names in DESKS:
                self.enter_as(driver, username)
                for name in names:
                    self.look_at(driver, about[name])
            self.enter_as(driver, "tapd")
            line = reverse("grants:change-line", args=[application.grant_line_id])
            listed = reverse("grants:award-list", args=[application.award_list_id])
            for path in (*LISTS, listed, reverse("grants:create-award-list"), reverse("grants:add-line"), line):
                self.look_at(driver, path)
            self.look_at(driver, reverse("grants:report", args=[report.pk]))
            self.enter_as(driver, "tata_usaha")
            for path in ("/masa-pengajuan/", reverse("grants:change-window", args=[window.pk])):
                self.look_at(driver, path)
