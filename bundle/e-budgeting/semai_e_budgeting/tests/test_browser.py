"""Screens in Debian's chromium: no page is wider than a telephone, large, or keeps anybody out."""

import pytest
from django.contrib.staticfiles.testing import StaticLiveServerTestCase
from semai_kit.testing.browser import PHONE, Screens, chromium

from semai_e_budgeting.services.flow import add_remark, move_rka
from semai_e_budgeting.services.lines import add_line
from semai_e_budgeting.tests.base import BudgetThreadsCase


@pytest.mark.browser
class BrowserTest(Screens, BudgetThreadsCase, StaticLiveServerTestCase):
    def test_pages_fit_a_telephone_are_small_and_keep_nobody_out(self) -> None:
        line = add_line(self.rka.pk, self.entry(), self.account("opd"))
        for _ in range(2):
            move_rka(self.rka.pk, "dikirim", self.account("opd"))
            move_rka(self.rka.pk, "asistensi", self.account("verifikator"))
            add_remark(self.rka.pk, "Harga?", self.account("verifikator"), line_id=line.pk)
            move_rka(self.rka.pk, "kembali", self.account("verifikator"), "perbaiki harga")
        rka = f"/rka/{self.rka.pk}/"
        item = f"{rka}sub/{self.item.pk}/"
        own = ("/", "/rka/", rka, f"{rka}langkah/dikirim/", f"{rka}perubahan/", item, f"{item}rincian/baru/",
               f"{item}rincian/{line.pk}/ubah/", f"{item}rincian/{line.pk}/hapus/", f"{rka}versi/1/",
               f"{rka}banding/", f"{rka}impor/")  # fmt: skip
        region = ("/rekap/", "/rekap/rekening/", "/rekap/sumber-dana/", "/referensi/", "/referensi/sumber-dana/")
        with chromium(PHONE) as driver:
            for username, paths in (("opd", own), ("tapd", region)):
                self.enter_as(driver, username)
                for path in paths:
                    self.look_at(driver, path)
