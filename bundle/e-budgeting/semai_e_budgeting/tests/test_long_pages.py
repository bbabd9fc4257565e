"""Pages of a large OPD: each table turns its own pages, and a page stays short however much the OPD has."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from decimal import Decimal

from django.urls import reverse

from semai_e_budgeting.models import Ceiling, CeilingDocument, DpaVersion, RkaLine, RkaVersionLine
from semai_e_budgeting.services.ceilings import create_document
from semai_e_budgeting.services.lines import add_line
from semai_e_budgeting.tests.base import BudgetCase
from semai_e_budgeting.tests.pricing import PAPER, Pricing

CODE = re.compile(r">(9\.\d{4})<")


class LongReviews(Pricing, BudgetCase):
    """Prices of an OPD that takes everything from a standard, which a newer decree then replaced."""

    def setUp(self) -> None:
        self.standard()
        item = self.item_of()
        line = add_line(self.rka.pk, self.by_standard(), self.account("opd"))
        plain = {field.attname: getattr(line, field.attname) for field in line._meta.concrete_fields[1:]}
        for number in range(120):
            words = {"description": f"9.{number:04d}", "unit_price": item.price + number}
            RkaLine.objects.create(**{**plain, **words})
        self.standard(replace(PAPER, price=Decimal(50000)), decree="Perbup 20/2026", effective_on=date(2026, 9, 1))

    def test_lines_above_and_lines_outdated_turn_each_by_their_own(self) -> None:
        address = reverse("budget:rka", args=[self.rka.pk])
        pages = [self.as_("verifikator").get(f"{address}?di-atas={n}&usang=1").content.decode() for n in (1, 2)]
        above = [CODE.findall(page.partition('id="di-atas"')[2].partition('id="usang"')[0]) for page in pages]
        assert [*above[0], *above[1]] == [f"9.{number:04d}" for number in range(1, 120)]
        assert len(above[0]) == 100
        assert "di-atas=1&amp;usang=2#usang" in pages[0]
        assert pages[1].count("Sekarang Rp50.000 (Perbup 20/2026).") == 100


class LongPages(BudgetCase):
    def setUp(self) -> None:
        add_line(self.rka.pk, self.entry(), self.account("opd"))
        self.lock()
        self.decide()
        self.shift("perubahan")
        self.lock()
        self.decide("perubahan", "Perda 8/2027", partial=True)
        for dpa in DpaVersion.objects.all():
            self.spread(dpa)

    def spread(self, dpa: DpaVersion) -> None:
        """Give a DPA 150 accounts, of which 120 change from the first to the second."""
        (line,) = RkaVersionLine.objects.filter(version=dpa.rka_version_id)
        plain = {field.attname: getattr(line, field.attname) for field in line._meta.concrete_fields[1:]}
        for number in range(150):
            changed = {"account_code": f"9.{number:04d}", "line_id": 10_000 + number}
            if number < 120:
                changed["total"] = Decimal(dpa.number * 1000)
            RkaVersionLine.objects.create(**{**plain, **changed})

    def page(self, name: str, *words: object, query: str = "") -> str:
        address = reverse(f"budget:{name}", args=[self.rka.pk, *words])
        return self.as_("bpkad").get(f"{address}?{query}").content.decode()

    def test_sums_per_account_of_a_dpa_turn_by_a_parameter_of_their_own(self) -> None:
        first, second = (CODE.findall(self.page("dpa-version", 2, query=f"rekening={n}")) for n in (1, 2))
        assert [*first, *second] == [f"9.{number:04d}" for number in range(150)]
        assert (len(first), len(second)) == (99, 51)  # the account of the line itself stands before them

    def test_what_stayed_takes_no_place_among_the_sums_that_changed(self) -> None:
        first, second = (CODE.findall(self.table(query=f"rekening={n}")) for n in (1, 2))
        assert [*first, *second] == [f"9.{number:04d}" for number in range(120)]
        second = CODE.findall(self.table(query="semua=1&rekening=2"))
        assert second == [f"9.{number:04d}" for number in range(99, 150)]

    def table(self, query: str) -> str:
        """The sums per account, without the lines below."""
        return self.page("compare-dpas", query=query).partition('id="rekening"')[2].partition("</table>")[0]

    def test_turning_one_table_leaves_the_other_and_the_choices_where_they_are(self) -> None:
        page = self.page("compare-dpas", query="semua=1&lama=1&page=1")
        assert 'href="?semua=1&amp;lama=1&amp;page=1&amp;rekening=2#rekening"' in page
        assert 'aria-label="Halaman: Per kode rekening"' in page
        assert "export=xlsx" in page
        (exported,) = re.findall(r'href="([^"]*export=xlsx)"', self.page("compare-dpas", query="rekening=2&page=1"))
        assert exported == "?export=xlsx"

    def test_ceilings_come_in_pages(self) -> None:
        document = create_document(self.year, CeilingDocument.Stage.INITIAL, "", self.account("bpkad"))
        agency = self.rka.agency
        for number in range(120):
            words = {"level": "program", "code": f"9.{number:04d}", "name": "Program", "amount": Decimal(number)}
            Ceiling.objects.create(document=document, agency=agency, **words)
        address = reverse("budget:ceilings", args=[document.pk])
        pages = [self.as_("auditor").get(f"{address}?page={n}").content.decode() for n in (1, 2)]
        assert [code for page in pages for code in CODE.findall(page)] == [
            f"9.{number:04d}" for number in range(120)
        ]
