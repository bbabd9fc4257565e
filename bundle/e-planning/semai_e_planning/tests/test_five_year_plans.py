"""The RPJMD tree, its indicators and ceilings, and the check against Renja."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from semai_kit.models import Agency
from semai_kit.roles import Denied

from ..errors import RuleBroken
from ..models import PlanNode
from ..selectors import five_year_plans as reading
from ..services import five_year_plans, work_plans
from .cases import MILLION, PlanningCase

INDICATOR = five_year_plans.IndicatorContent(
    "Panjang jalan mantap", "kilometer", Decimal(412), "higher", {2026: Decimal(446), 2027: Decimal("464.5")}
)


class TreeTest(PlanningCase):
    def setUp(self) -> None:
        self.leaf = self.sub_activity()
        self.program = self.leaf.parent.parent
        self.bappeda = self.account("bappeda")

    def test_levels_follow_one_another(self) -> None:
        levels = list(PlanNode.objects.order_by("pk").values_list("level", flat=True))

        assert levels == ["misi", "tujuan", "sasaran", "program", "kegiatan", "sub_kegiatan"]

    def test_nothing_goes_below_a_sub_activity(self) -> None:
        with pytest.raises(RuleBroken, match="tidak ada jenjang"):
            five_year_plans.add_node(
                self.bappeda, self.leaf.period, self.leaf, five_year_plans.NodeContent("x", "Lebih bawah", None)
            )

    def test_agency_of_a_program_reaches_its_sub_activities(self) -> None:
        other = Agency.objects.get(code="1.02")
        details = five_year_plans.NodeContent(self.program.code, self.program.title, other)

        five_year_plans.change_node(self.bappeda, self.program, details)

        self.leaf.refresh_from_db()
        assert self.leaf.agency == other

    def test_program_needs_an_agency(self) -> None:
        details = five_year_plans.NodeContent("9.99", "Program tanpa OPD", None)

        with pytest.raises(RuleBroken, match="OPD pelaksana"):
            five_year_plans.add_node(self.bappeda, self.program.period, self.program.parent, details)

    def test_planned_program_keeps_its_agency_and_stays(self) -> None:
        plan = self.work_plan()

        work_plans.add_item(self.account("opd"), plan, self.item_content(self.leaf))
        details = five_year_plans.NodeContent(self.program.code, "Baru", Agency.objects.get(code="1.02"))

        with pytest.raises(RuleBroken, match="sudah dipakai di Renja"):
            five_year_plans.change_node(self.bappeda, self.program, details)
        with pytest.raises(RuleBroken, match="sudah dipakai di Renja"):
            five_year_plans.delete_node(self.bappeda, self.leaf)

    def test_node_with_children_is_not_deleted(self) -> None:
        with pytest.raises(RuleBroken, match="masih memiliki butir"):
            five_year_plans.delete_node(self.bappeda, self.program)

    def test_code_is_used_once_below_a_parent(self) -> None:
        details = five_year_plans.NodeContent(self.leaf.code, "Kembar", None)

        with pytest.raises(ValidationError):
            five_year_plans.add_node(self.bappeda, self.leaf.period, self.leaf.parent, details)

    def test_only_bappeda_edits(self) -> None:
        for username in ("opd", "desa", "auditor", "inspektorat"):
            with self.subTest(username=username), pytest.raises(Denied):
                five_year_plans.delete_node(self.account(username), self.leaf)

    def test_targets_outside_the_period_are_refused(self) -> None:
        wrong = five_year_plans.IndicatorContent("Jalan", "km", None, "higher", {2035: Decimal(1)})

        with pytest.raises(RuleBroken, match="2035 di luar"):
            five_year_plans.save_indicator(self.bappeda, self.program, None, wrong)

    def test_emptied_target_is_removed(self) -> None:
        indicator = five_year_plans.save_indicator(self.bappeda, self.program, None, INDICATOR)
        fewer = five_year_plans.IndicatorContent("Jalan", "km", None, "higher", {2027: Decimal(470)})

        five_year_plans.save_indicator(self.bappeda, self.program, indicator, fewer)

        assert [(t.year, t.value) for t in indicator.targets.all()] == [(2027, Decimal(470))]

    def program_shown(self, opened: int | None) -> reading.Branch:
        roots = reading.tree(self.leaf.period, opened)
        assert [root.node.level for root in roots] == ["misi"]
        return roots[0].children[0].children[0].children[0]

    def test_program_is_closed_until_it_or_what_lies_in_it_is_opened(self) -> None:
        assert self.program_shown(None).is_closed
        assert self.program_shown(None).children == []
        for opened in (self.program.pk, self.leaf.parent_id, self.leaf.pk):
            program = self.program_shown(opened)
            assert program.children[0].children[0].node == self.leaf
        assert self.program_shown(self.program.parent_id).is_closed
        assert self.program_shown(10**6).is_closed

    def test_tree_takes_a_fixed_number_of_queries(self) -> None:
        five_year_plans.save_indicator(self.bappeda, self.program, None, INDICATOR)

        with self.assertNumQueries(6):
            program = self.program_shown(self.leaf.pk)

        assert [cell.value for cell in program.indicators[0].targets][1:3] == [Decimal(446), Decimal("464.50")]


class ConsistencyTest(PlanningCase):
    def verdict(self, ceiling: Decimal | None, planned: Decimal | None) -> str:

        leaf = self.sub_activity()
        program = leaf.parent.parent
        if ceiling is not None:
            five_year_plans.set_node_ceilings(self.account("bappeda"), program, {2027: ceiling})
        if planned is not None:
            work_plans.add_item(self.account("opd"), self.work_plan(), self.item_content(leaf, planned))
        return reading.consistency(self.account("bappeda"), self.year)[0].verdict

    def test_renja_within_the_rpjmd_agrees(self) -> None:
        assert self.verdict(500 * MILLION, 300 * MILLION) == "selaras"

    def test_renja_beyond_the_rpjmd_is_named(self) -> None:
        assert self.verdict(200 * MILLION, 300 * MILLION) == "melebihi RPJMD"

    def test_program_without_renja_is_named(self) -> None:
        assert self.verdict(200 * MILLION, None) == "belum ada di Renja"

    def test_renja_without_rpjmd_ceiling_is_named(self) -> None:
        assert self.verdict(None, 300 * MILLION) == "tanpa pagu RPJMD"
