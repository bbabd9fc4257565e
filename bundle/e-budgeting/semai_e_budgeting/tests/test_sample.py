"""Sample data: from the wire, within pagu, repeatable, kept away from real work; honest when planning is down."""

from decimal import Decimal

import pytest
from semai_kit.models import Account, Agency, FiscalYear
from semai_kit.sample import SampleRefused
from semai_kit.testing import PASSWORD, KitTestCase

from semai_e_budgeting.models import CeilingDocument, DpaVersion, PlanItem, Rka, RkaLine, RkaVersion
from semai_e_budgeting.selectors.dpa import cash_plan
from semai_e_budgeting.selectors.recap import recap_by_agency
from semai_e_budgeting.selectors.standards import labelled, usable_items
from semai_e_budgeting.selectors.versions import compare
from semai_e_budgeting.services.lines import used_of
from semai_e_budgeting.services.reference import load_packaged_reference
from semai_e_budgeting.services.sample import load_sample, sample_content
from semai_e_budgeting.services.sample_standards import add_standards
from semai_e_budgeting.tests.base import wired
from semai_e_budgeting.tests.provider import PublishedPlan, planning_server, published_item


class Sample(KitTestCase):
    @classmethod
    def make_personas(cls) -> None:
        load_packaged_reference()
        cls.year = FiscalYear.objects.get(year=2027)

    def load(self) -> str:
        names = {1: {}, 2: {"activity_name": "Administrasi umum", "sub_activity_name": "Rapat koordinasi"}}
        items = [
            published_item(agency_code=code, sub_activity_code=f"{code}.{number}", pagu="400000000.00", **name)
            for code in ("1.01", "1.02", "1.03", "5.01")
            for number, name in names.items()
        ]
        plan = PublishedPlan(items)
        with planning_server(plan), wired(plan.base_url):
            return load_sample(PASSWORD)

    def test_lines_stay_within_pagu_in_several_states(self) -> None:
        self.load()
        assert set(Rka.objects.values_list("state", flat=True)) == {"dikirim", "draf", "tapd", "kunci"}
        assert RkaVersion.objects.filter(rka__agency__code="1.01").count() == 2
        assert all(0 < used_of(item) <= item.pagu for item in PlanItem.objects.all())
        assert recap_by_agency(Account.objects.get(username="tapd"), self.year).balanced

    def test_the_locked_rka_has_a_dpa_and_one_pergeseran_that_moved_money(self) -> None:
        self.load()
        first, second = DpaVersion.objects.order_by("number")
        assert (first.label, second.label, first.rka.state) == ("DPA", "DPA Pergeseran 1", "kunci")
        assert first.total == second.total
        assert [line.kind for line in compare(first.rka_version, second.rka_version).lines].count("same") > 0
        assert compare(first.rka_version, second.rka_version).kinds["added"] == 1
        assert CeilingDocument.objects.get().is_agreed
        assert cash_plan(second).balanced

    def test_lines_are_priced_by_standards_and_keep_their_price_when_one_changes(self) -> None:
        self.load()
        lines = RkaLine.objects.filter(standard__isnull=False)
        assert set(lines.values_list("standard__standard__kind", flat=True)) >= {"SSH", "SBU"}
        paper = lines.filter(description__startswith="Kertas F4").first()
        assert paper is not None
        assert (paper.unit_price, usable_items(2027).get(code=paper.standard.code).price) == (62500, 65000)

    def test_every_recipe_line_keeps_to_the_standard_it_names(self) -> None:
        desk = self.persona("desk", "bpkad")
        add_standards(self.year, desk)
        content = sample_content()
        lines = [line for recipe in content["recipes"] for line in recipe["lines"] if "standard" in line]
        assert {line["standard"].partition(" ")[0] for line in lines} == {"SSH", "SBU", "HSPK", "ASB"}
        for line in lines:
            with self.subTest(line["text"]):
                item = labelled(usable_items(2027), line["standard"])
                assert item is not None
                assert item.usable_for(line["account"])
                assert Decimal(line["price"]) <= item.price

    def test_personas_can_log_in(self) -> None:
        self.load()
        for username in ("opd", "opd2", "verifikator", "tapd", "bpkad", "auditor"):
            assert Account.objects.get(username=username).check_password(PASSWORD)

    def test_second_load_adds_nothing(self) -> None:
        self.load()
        before = RkaLine.objects.count()
        assert "sudah ada" in self.load()
        assert RkaLine.objects.count() == before

    def test_without_planning_there_are_personas_and_no_lines_and_it_says_so(self) -> None:
        said = load_sample(PASSWORD)
        assert "belum dapat diambil" in said
        assert not RkaLine.objects.exists()
        assert Account.objects.filter(username="opd", is_sample=True).exists()

    def test_real_lines_keep_sample_data_out(self) -> None:
        real = Account.objects.create(username="nyata", full_name="Pegawai")
        Rka.objects.create(fiscal_year=self.year, agency=Agency.objects.first(), created_by=real)
        with pytest.raises(SampleRefused):
            self.load()
