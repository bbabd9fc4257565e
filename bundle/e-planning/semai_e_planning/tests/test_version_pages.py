"""Pages, spreadsheets and documents of the versions of an RKPD, with the targets of indicators."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.template.loader import render_to_string
from openpyxl import load_workbook
from semai_kit.models import Agency
from semai_kit.testing.queries import BoundedQueries

from ..models import (
    AnnualPlan,
    AnnualPlanVersion,
    ItemChange,
    NodeIndicator,
    PlanNode,
    TargetChange,
    VersionAgency,
    VersionItem,
    VersionTarget,
    WorkPlan,
    WorkPlanItem,
    WorkPlanTarget,
)
from ..services import amendments
from .cases import FIRST, MILLION, WHY, Determined, PlanningCase, WithTargets

COMPARISON = "/rkpd/perbandingan/"


class VersionPagesTest(WithTargets, Determined, PlanningCase):
    def setUp(self) -> None:
        self.determine()

    def sheet(self, address: str, place: int = 1) -> list[tuple[Any, ...]]:
        book = load_workbook(io.BytesIO(self.client.get(address).content))
        return [tuple(cell.value for cell in row) for row in book.worksheets[place].iter_rows(min_row=2)]

    def form(self, **values: str) -> dict[str, str]:
        return {f"i{self.roads.pk}": "470", f"i{self.poor.pk}": "12,25", f"i{self.bridges.pk}": "", **values}

    def test_version_shows_them_beside_the_rpjmds(self) -> None:
        page = self.as_("bappeda").get("/rkpd/versi/0/").content.decode()

        assert "Jalan mantap (persen)" in page
        assert "Sasaran 1.1.1 Butir 1.1.1" in page
        assert '<td class="number">12,5</td><td class="number">12,25</td>' in page
        assert "sebelum target indikator" not in page
        words = ("Dinas Pekerjaan Umum", "Program", "1.03.10", "Butir 1.03.10", "Jalan mantap", "persen")
        assert self.sheet("/rkpd/versi/0/?export=xlsx") == [
            (*words, "makin tinggi makin baik", 464, 470),
            (
                words[0],
                "Sasaran",
                "1.1.1",
                "Butir 1.1.1",
                "Kemiskinan",
                "persen",
                "makin rendah makin baik",
                12.5,
                12.25,
            ),
        ]

    def test_annex_of_an_opd_carries_them(self) -> None:
        document = self.as_("bappeda").get(f"/rkpd/versi/0/opd/{self.works.pk}/")

        assert document.content.startswith(b"%PDF-")
        drawn = render_to_string("semai_e_planning/version_document.html", document.context.flatten())
        assert '<td>Kemiskinan (persen)</td><td class="right">12,5</td><td class="right">12,25</td>' in drawn

    def test_a_target_is_changed_with_its_reason_by_the_form(self) -> None:
        renja = f"/renja/{self.work_plan_row.pk}/"
        address = f"{renja}indikator/"
        assert address not in self.as_("opd").get(renja).content.decode()
        self.begin()
        assert address in self.as_("opd").get(renja).content.decode()
        changed = self.form(**{f"i{self.roads.pk}": "440", f"i{self.bridges.pk}": "3"})
        assert self.client.post(address, changed).status_code == 422
        assert WorkPlanTarget.objects.get(indicator=self.roads).value == 470

        assert self.client.post(address, {**changed, "reason": "Banjir"}).status_code == 302

        assert WorkPlanTarget.objects.get(indicator=self.roads).value == 440
        page = self.client.get(COMPARISON).content.decode()
        for text in (
            "Jalan mantap (persen)",
            "Banjir",
            '<td class="number difference" data-label="Selisih">-30</td>',
        ):
            assert text in page
        assert "Kemiskinan" not in page
        assert "Kemiskinan" in self.client.get(f"{COMPARISON}?semua=1").content.decode()
        assert self.sheet(f"{COMPARISON}?export=xlsx") == [
            ("Dinas Pekerjaan Umum", "Program", "1.03.10", "Butir 1.03.10", "Jalan mantap", "persen", "Berubah",
             "Banjir", 470, 440, -30),
            ("Dinas Pekerjaan Umum", "Program", "1.03.10", "Butir 1.03.10", "Jembatan baik", "persen", "Baru",
             "Banjir", None, 3, None),
        ]  # fmt: skip
        assert [row[6] for row in self.sheet(f"{COMPARISON}?export=xlsx&semua=1")] == ["Berubah", "Baru", "Tetap"]
        assert "Target indikator berubah</dt><dd>2<" in self.as_("bappeda").get("/rkpd/").content.decode()

    def test_of_one_opd_only_its_own_are_compared(self) -> None:
        self.begin()
        self.set_targets({self.roads.pk: Decimal(440)}, "Banjir")
        schools = Agency.objects.get(code="1.01")
        client = self.as_("bappeda")

        assert "Jalan mantap" in client.get(f"{COMPARISON}?opd={self.works.pk}").content.decode()
        assert "Jalan mantap" not in client.get(f"{COMPARISON}?opd={schools.pk}").content.decode()


class VersionQueries(BoundedQueries, PlanningCase):
    """Each number is one OPD with a sub kegiatan and a target in a version and, changed, in the Perubahan of it."""

    def grow(self, start: int, end: int) -> None:
        if start == 0:
            self.node = self.sub_activity()
            plan = AnnualPlan.objects.create(fiscal_year=self.year, state="ditetapkan")
            self.version = AnnualPlanVersion.objects.create(
                plan=plan, number=0, decree=FIRST.decree, enacted_on=FIRST.enacted_on, total=MILLION, target_count=0
            )
            self.amendment = amendments.begin(self.account("bappeda"), plan, WHY)
            plan.state = "perubahan"
            plan.save()
        for number in range(start, end):
            self._office(number)

    def _office(self, number: int) -> None:
        agency = Agency.objects.create(code=f"9.{number:02d}", name=f"Dinas {number:02d}", short_name=f"D{number}")
        node = self.node
        sub = PlanNode.objects.create(
            period=node.period, parent=node.parent, level=node.level, code=f"{node.code}.{number}", title="Uraian",
            agency=agency,
        )  # fmt: skip
        indicator = NodeIndicator.objects.create(
            node=node.parent.parent, name=f"Capaian {number:02d}", unit="persen"
        )
        plan = WorkPlan.objects.create(fiscal_year=self.year, agency=agency)
        output = {"indicator": "Keluaran", "target": Decimal(1), "unit": "paket", "location": "Kecamatan"}
        item = WorkPlanItem.objects.create(work_plan=plan, sub_activity=sub, pagu=2 * MILLION, **output)
        WorkPlanTarget.objects.create(work_plan=plan, indicator=indicator, value=2)
        VersionAgency.objects.create(version=self.version, agency=agency, name=agency.name, total=MILLION)
        VersionItem.objects.create(
            version=self.version, item_id=item.pk, agency=agency, agency_name=agency.name, sub_activity=sub,
            program_code="9", program_name="Program", activity_code="9.1", activity_name="Kegiatan",
            sub_activity_code=sub.code, sub_activity_name=sub.title, pagu=MILLION, **output,
        )  # fmt: skip
        VersionTarget.objects.create(
            version=self.version, agency=agency, agency_name=agency.name, indicator_id=indicator.pk,
            level="program", node_code="9", node_title="Program", name=indicator.name, unit="persen",
            direction="higher", value=1,
        )  # fmt: skip
        why = {"amendment": self.amendment, "agency": agency, "reason": WHY}
        ItemChange.objects.create(sub_activity=sub, **why)
        TargetChange.objects.create(indicator_id=indicator.pk, **why)

    def pages(self) -> Mapping[str, Sequence[str]]:
        return {"bappeda": ["/rkpd/", "/rkpd/versi/0/", COMPARISON, f"{COMPARISON}?semua=1"]}

    def test_pages_turn_and_keep_an_opd_whole(self) -> None:
        self.grow(0, 60)  # two rows each, a hundred to a page
        client = self.as_("bappeda")
        for address in ("/rkpd/versi/0/", f"{COMPARISON}?x=", f"{COMPARISON}?semua=1"):
            mark = "&" if "?" in address else "?"
            first, second = (client.get(f"{address}{mark}page={number}").content.decode() for number in (1, 2))
            with self.subTest(address=address):
                assert "Halaman 1 dari 2" in first
                assert (first.count("<h2>"), second.count("<h2>")) == (50, 10)
                assert ("Capaian 49 (persen)" in first, "Capaian 50 (persen)" in second) == (True, True)

    def test_a_large_opd_is_compared_on_several_pages(self) -> None:
        self.grow(0, 1)
        agency, node = Agency.objects.get(code="9.00"), self.node.parent.parent
        for number in range(120):
            indicator = NodeIndicator.objects.create(node=node, name=f"Capaian {number:03d}", unit="persen")
            WorkPlanTarget.objects.create(work_plan=agency.workplan_set.get(), indicator=indicator, value=1)
        client = self.as_("bappeda")

        first, second = (client.get(f"{COMPARISON}?page={number}").content.decode() for number in (1, 2))

        assert [page.count("(persen)") for page in (first, second)] == [99, 22]
        assert ("Rp2.000.000" in first, "Keluaran" in second, "Capaian 119" in second) == (True, False, True)
