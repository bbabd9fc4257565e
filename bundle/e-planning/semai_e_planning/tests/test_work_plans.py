"""Renja: pagu control, taking usulan in, approval, and two writers at once."""

from __future__ import annotations

import threading
from decimal import Decimal

import pytest
from django.db import connection
from hypothesis import given, settings
from hypothesis import strategies as st
from semai_kit.models import Account, Agency
from semai_kit.refusals import Refused
from semai_kit.roles import Denied
from semai_kit.workflow import TransitionRefused

from ..errors import CeilingExceeded, RuleBroken, StageClosed
from ..models import PlanNode, WorkPlan, WorkPlanItem
from ..services import ceilings, five_year_plans, work_plans
from .cases import MILLION, PlanningCase, PlanningPropertyCase, PlanningThreadsCase, close_calendar


class CeilingTest(PlanningCase):
    def test_item_beyond_the_pagu_is_refused_with_both_figures_and_the_excess(self) -> None:
        plan = self.work_plan(1000 * MILLION)
        node = self.sub_activity()

        with pytest.raises(CeilingExceeded) as caught:
            work_plans.add_item(self.account("opd"), plan, self.item_content(node, 1001 * MILLION))

        for figure in ("Rp1.001.000.000", "Rp1.000.000.000", "lebih Rp1.000.000"):
            assert figure in caught.value.message
        assert not plan.items.exists()

    def test_exactly_the_pagu_fits(self) -> None:
        item = self.item(1000 * MILLION)

        assert ceilings.planned_sum(self.year, self.works) == item.pagu

    def test_growing_an_item_counts_the_others_but_not_itself(self) -> None:
        item = self.item(300 * MILLION)

        grown = work_plans.change_item(
            self.account("opd"), item, self.item_content(item.sub_activity, 1000 * MILLION)
        )

        assert grown.pagu == 1000 * MILLION
        with pytest.raises(CeilingExceeded):
            work_plans.change_item(
                self.account("opd"), item, self.item_content(item.sub_activity, 1000 * MILLION + Decimal("0.01"))
            )

    def test_ceiling_cannot_sink_below_what_is_planned(self) -> None:
        self.item(300 * MILLION)

        with pytest.raises(CeilingExceeded, match="Rp299.000.000.*Rp300.000.000.*kurang Rp1.000.000"):
            ceilings.set_ceiling(self.account("bappeda"), self.year, self.works, 299 * MILLION)

    def test_no_pagu_no_items(self) -> None:
        node = self.sub_activity()
        plan = work_plans.open_work_plan(self.account("opd"), self.year, self.works)

        with pytest.raises(RuleBroken, match="belum ditetapkan Bappeda"):
            work_plans.add_item(self.account("opd"), plan, self.item_content(node))

    def test_only_bappeda_sets_ceilings(self) -> None:
        with pytest.raises(Denied):
            ceilings.set_ceiling(self.account("opd"), self.year, self.works, MILLION)


class CeilingPropertyTest(PlanningPropertyCase):
    """Whatever amounts are tried, the sum of the Renja never passes the pagu."""

    @settings(max_examples=10, deadline=None)
    @given(
        st.integers(1, 10**11),
        st.lists(st.tuples(st.booleans(), st.integers(1, 10**11)), min_size=1, max_size=8),
    )
    def test_accepted_amounts_stay_below_the_ceiling(self, ceiling_sen, attempts) -> None:
        ceiling = Decimal(ceiling_sen).scaleb(-2) + 1
        plan = self.work_plan(ceiling)
        first = self.sub_activity()
        account = self.account("opd")
        kept: list[WorkPlanItem] = []
        for number, (change, sen) in enumerate(attempts):
            amount = Decimal(sen).scaleb(-2) + 1
            try:
                if change and kept:
                    kept[-1] = work_plans.change_item(
                        account, kept[-1], self.item_content(kept[-1].sub_activity, amount)
                    )
                else:
                    node = self._sibling(first, number)
                    kept.append(work_plans.add_item(account, plan, self.item_content(node, amount)))
            except CeilingExceeded:
                continue
            assert ceilings.planned_sum(self.year, self.works) == sum(item.pagu for item in kept)
            assert sum(item.pagu for item in kept) <= ceiling

    def _sibling(self, first: PlanNode, number: int) -> PlanNode:
        details = five_year_plans.NodeContent(f"{first.code}.{number}", f"Sub {number}", None)
        return five_year_plans.add_node(self.account("bappeda"), first.period, first.parent, details)


class ItemTest(PlanningCase):
    def test_sub_activity_of_another_opd_is_refused(self) -> None:
        plan = self.work_plan()
        foreign = self.sub_activity("1.01.02.2.01.0002", Agency.objects.get(code="1.01"))

        with pytest.raises(RuleBroken, match="bukan milik"):
            work_plans.add_item(self.account("opd"), plan, self.item_content(foreign))

    def test_only_the_lowest_level_can_be_planned(self) -> None:
        plan = self.work_plan()
        node = self.sub_activity()

        with pytest.raises(RuleBroken, match="jenjang sub kegiatan"):
            work_plans.add_item(self.account("opd"), plan, self.item_content(node.parent))

    def test_planner_of_another_opd_is_denied(self) -> None:
        item = self.item()

        with pytest.raises(Denied):
            work_plans.remove_item(self.account("opd-lain"), item)

    def test_closed_stage_stops_editing(self) -> None:
        item = self.item()
        close_calendar()

        with pytest.raises(StageClosed):
            work_plans.remove_item(self.account("opd"), item)


class TakingTest(PlanningCase):
    def test_accepted_usulan_enters_the_renja_and_leaves_it_with_a_reason(self) -> None:
        item = self.item()
        proposal = self.proposal_at("diterima")

        taken = work_plans.take_proposal(self.account("opd"), item, proposal)
        assert (taken.state, taken.work_plan_item) == ("masuk_renja", item)

        released = work_plans.release_proposal(self.account("opd"), taken, "Pagu tidak cukup")
        assert (released.state, released.work_plan_item) == ("diterima", None)

    def test_releasing_needs_a_reason(self) -> None:
        taken = work_plans.take_proposal(self.account("opd"), self.item(), self.proposal_at("diterima"))

        with pytest.raises(TransitionRefused):
            work_plans.release_proposal(self.account("opd"), taken, " ")

        taken.refresh_from_db()
        assert taken.work_plan_item is not None

    def test_unaccepted_usulan_is_refused_and_stays_unlinked(self) -> None:
        proposal = self.proposal_at("verifikasi_bappeda")

        with pytest.raises(TransitionRefused):
            work_plans.take_proposal(self.account("opd"), self.item(), proposal)

        proposal.refresh_from_db()
        assert proposal.work_plan_item is None

    def test_usulan_for_another_opd_is_refused(self) -> None:
        proposal = self.proposal_at("diterima")
        proposal.agency = Agency.objects.get(code="1.01")
        proposal.save()

        with pytest.raises(RuleBroken, match="bukan ke Renja ini"):
            work_plans.take_proposal(self.account("opd"), self.item(), proposal)

    def test_item_that_holds_usulan_is_not_removed(self) -> None:
        item = self.item()
        work_plans.take_proposal(self.account("opd"), item, self.proposal_at("diterima"))

        with pytest.raises(RuleBroken, match="masih menampung 1 usulan"):
            work_plans.remove_item(self.account("opd"), item)


class ApprovalTest(PlanningCase):
    def test_approved_renja_is_locked_until_unlocked_with_a_reason(self) -> None:
        item = self.item()
        plan = work_plans.move(self.account("opd"), item.work_plan, "diajukan")
        plan = work_plans.move(self.account("bappeda"), plan, "disetujui")
        assert plan.approved_at is not None

        with pytest.raises(RuleBroken, match="tidak dapat diubah"):
            work_plans.change_item(self.account("opd"), item, self.item_content(item.sub_activity))

        plan = work_plans.move(self.account("bappeda"), plan, "draf", "Ada pergeseran prioritas")
        assert (plan.state, plan.approved_at) == ("draf", None)

    def test_empty_renja_is_not_submitted(self) -> None:
        with pytest.raises(RuleBroken, match="masih kosong"):
            work_plans.move(self.account("opd"), self.work_plan(), "diajukan")

    def test_opd_does_not_approve_itself(self) -> None:
        plan = work_plans.move(self.account("opd"), self.item().work_plan, "diajukan")

        with pytest.raises(Denied):
            work_plans.move(self.account("opd"), plan, "disetujui")


class TwoWritersTest(PlanningThreadsCase):
    def test_two_planners_at_once_cannot_exceed_the_pagu(self) -> None:
        plan = self.work_plan(1000 * MILLION)
        first = self.sub_activity()
        second = five_year_plans.add_node(
            self.account("bappeda"), first.period, first.parent, five_year_plans.NodeContent("x.2", "Kedua", None)
        )
        start = threading.Barrier(2)
        refused: list[Refused] = []

        def add(node: PlanNode) -> None:
            try:
                start.wait(10)
                work_plans.add_item(
                    Account.objects.get(username="opd"),
                    WorkPlan.objects.get(pk=plan.pk),
                    self.item_content(node, 600 * MILLION),
                )
            except CeilingExceeded as refusal:
                refused.append(refusal)
            finally:
                connection.close()

        threads = [threading.Thread(target=add, args=(node,)) for node in (first, second)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)

        assert len(refused) == 1
        assert ceilings.planned_sum(self.year, self.works) == 600 * MILLION
