"""Screens in Debian's chromium: no page is wider than a telephone, large, or keeps anybody out."""

from datetime import date
from decimal import Decimal

import pytest
from django.contrib.staticfiles.testing import StaticLiveServerTestCase
from semai_kit.testing.browser import PHONE, Screens, chromium

from semai_e_budgeting.models import DpaVersion, PackCode
from semai_e_budgeting.selectors.dpa import cash_plan
from semai_e_budgeting.services.ceilings import create_document
from semai_e_budgeting.services.flow import add_remark, move_rka
from semai_e_budgeting.services.lines import add_line, change_line
from semai_e_budgeting.services.standards import (
    ItemEntry,
    StandardEntry,
    create_standard,
    enforce_standard,
    fill_standard,
)
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
               f"{rka}banding/", f"{rka}impor/", f"{rka}tahun-lalu/")  # fmt: skip
        region = (
            "/rekap/",
            "/rekap/rekening/",
            "/rekap/sumber-dana/",
            "/referensi/",
            "/referensi/sumber-dana/",
            "/referensi/standar-harga/",
            "/referensi/standar-harga/keputusan/",
            f"/referensi/standar-harga/keputusan/{self.recorded_standard()}/",
            "/referensi/pemetaan/",
        )
        with chromium(PHONE) as driver:
            for username, paths in (("opd", own), ("tapd", region)):
                self.enter_as(driver, username)
                for path in paths:
                    self.look_at(driver, path)

    def recorded_standard(self) -> int:
        day, desk = date(2026, 6, 1), self.account("bpkad")
        standard = create_standard(
            StandardEntry("SSH", "Peraturan Bupati Nomor 12 Tahun 2026", day, day, 2027), desk
        )
        paper = ItemEntry("1.1.7.01.0001", "Kertas F4", "Rim", Decimal(62500), accounts=("5.1.02.01.01",))
        fill_standard(standard.pk, [paper], desk)
        enforce_standard(standard.pk, desk)
        return standard.pk

    def test_pages_before_and_after_the_rka_are_as_fit(self) -> None:
        line = add_line(self.rka.pk, self.entry(), self.account("opd"))
        document = create_document(self.year, "murni", "", self.account("bpkad"))
        self.lock()
        decree = self.decide()
        self.shift()
        change_line(line.pk, self.entry("600000"), self.account("opd"))
        paper = PackCode.objects.get(code="5.1.02.01.01.0025").pk
        add_line(self.rka.pk, self.entry("400000", account_id=paper), self.account("opd"))
        self.lock()
        self.decide("pergeseran", "Perkada 3/2027")
        dpa, ceilings = f"/dpa/{self.rka.pk}/", f"/kua-ppas/{document.pk}/"
        item = cash_plan(DpaVersion.objects.get(number=2)).rows[0].item.pk
        paths = ("/kua-ppas/", ceilings, f"{ceilings}plafon/", "/kua-ppas/pantauan/", "/dpa/", dpa, f"{dpa}2/",
                 f"{dpa}banding/", f"{dpa}2/kas/{item}/", f"{dpa}pergeseran/buka/", "/penetapan/",
                 f"/penetapan/{decree.pk}/", "/penetapan/baru/")  # fmt: skip
        with chromium(PHONE) as driver:
            self.enter_as(driver, "bpkad")
            for path in paths:
                self.look_at(driver, path)
