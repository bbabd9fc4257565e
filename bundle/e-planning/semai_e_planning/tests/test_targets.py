"""Targets of indicators in a Renja, and their agreement with the RPJMD by the direction of each indicator."""

from __future__ import annotations

import io
from decimal import Decimal

import pytest
from openpyxl import load_workbook
from semai_kit import audit
from semai_kit.roles import Denied

from ..errors import RuleBroken
from ..models import NodeIndicator, WorkPlanTarget
from ..selectors import targets as reading
from ..services import targets, work_plans
from .cases import PlanningCase

HIGHER, LOWER = NodeIndicator.Direction.HIGHER, NodeIndicator.Direction.LOWER
URL = "/rpjmd/keselarasan/indikator/"


class TargetsTest(PlanningCase):
    def setUp(self) -> None:
        self.program = self.sub_activity().parent.parent
        self.plan = self.work_plan()
        self.roads = self.indicator(self.program, "Jalan mantap", HIGHER, {2027: Decimal(464), 2028: Decimal(482)})
        self.poor = self.indicator(self.program.parent, "Kemiskinan", LOWER, {2027: Decimal("12.5")})

    def set(self, values: dict, username: str = "opd") -> None:
        targets.set_targets(self.account(username), self.plan, values)

    def findings(self) -> dict[str, str]:
        return {c.indicator.name: c.finding for c in reading.consistency(self.account("bappeda"), self.year)}

    def test_direction_decides_whether_a_difference_is_better(self) -> None:
        assert self.findings() == {"Jalan mantap": "unset", "Kemiskinan": "unset"}
        for roads, poor, expected in (
            ("464", "12.5", ("equal", "equal")),
            ("470", "13", ("better", "worse")),
            ("460", "12", ("worse", "better")),
        ):
            with self.subTest(roads=roads, poor=poor):
                self.set({self.roads.pk: Decimal(roads), self.poor.pk: Decimal(poor)})
                assert self.findings() == dict(zip(("Jalan mantap", "Kemiskinan"), expected, strict=True))

    def test_an_indicator_without_target_of_the_year_is_named(self) -> None:
        bare = self.indicator(self.program, "Jembatan", HIGHER, {2028: Decimal(4)})
        assert self.findings()["Jembatan"] == "empty"

        self.set({bare.pk: Decimal(3)})

        assert self.findings()["Jembatan"] == "unplanned"

    def test_emptied_target_goes_and_the_audit_trail_knows_both(self) -> None:
        with audit.acting(self.account("opd")):
            self.set({self.roads.pk: Decimal(470)})
            row = WorkPlanTarget.objects.get()
            self.set({self.roads.pk: None})

        assert not WorkPlanTarget.objects.exists()
        assert [entry.get_action_display() for entry in audit.entries(row)] == ["delete", "create"]

    def test_other_opd_other_indicators_and_other_states_are_refused(self) -> None:
        with pytest.raises(Denied):
            self.set({self.roads.pk: Decimal(1)}, "opd-lain")
        foreign = self.indicator(self.program.parent.parent, "Indeks", HIGHER, {})
        with pytest.raises(RuleBroken, match="bukan milik program"):
            self.set({foreign.pk: Decimal(1)})
        work_plans.add_item(self.account("opd"), self.plan, self.item_content(self.sub_activity_of_program()))
        work_plans.move(self.account("opd"), self.plan, "diajukan")
        with pytest.raises(RuleBroken, match="tidak dapat diubah"):
            self.set({self.roads.pk: Decimal(1)})
        assert not WorkPlanTarget.objects.exists()

    def sub_activity_of_program(self):
        return self.program.children.get().children.get()

    def test_form_page_and_sheet(self) -> None:
        address = f"/renja/{self.plan.pk}/indikator/"
        assert address in self.as_("opd").get(f"/renja/{self.plan.pk}/").content.decode()
        page = self.client.get(address).content.decode()
        assert "RPJMD: 12,5 persen, makin rendah makin baik" in page
        wrong = self.client.post(address, {f"i{self.roads.pk}": "banyak"})
        assert wrong.status_code == 422
        sent = {f"i{self.roads.pk}": "464", f"i{self.poor.pk}": "13,25"}
        assert self.client.post(address, sent).status_code == 302

        shown = self.client.get(URL).content.decode()
        assert "1 dari 2 target berbeda" in shown
        assert "Kemiskinan" in shown
        assert "Jalan mantap" not in shown
        assert "Jalan mantap" in self.client.get(f"{URL}?semua=1").content.decode()
        book = load_workbook(io.BytesIO(self.client.get(f"{URL}?export=xlsx").content))
        rows = [tuple(cell.value for cell in row) for row in book.worksheets[0].iter_rows(min_row=2)]
        assert [row[4:] for row in rows] == [
            ("Jalan mantap", "persen", "makin tinggi makin baik", 464, 464, 0, "sesuai"),
            ("Kemiskinan", "persen", "makin rendah makin baik", 12.5, 13.25, 0.75, "belum mencapai RPJMD"),
        ]

    def test_no_indicator_says_so(self) -> None:
        NodeIndicator.objects.all().delete()

        assert "Belum ada indikator" in self.as_("bappeda").get(URL).content.decode()
