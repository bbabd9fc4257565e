"""RKPD: review, enactment, the usulan it takes along, and what follows. test_amendments.py has its Perubahan."""

from __future__ import annotations

import datetime

import pytest
from semai_kit.roles import Denied
from semai_kit.workflow import TransitionRefused

from ..errors import RuleBroken
from ..models import AnnualPlan, Proposal
from ..services import annual_plans, review, work_plans
from .cases import PlanningCase

ENACTMENT = annual_plans.Enactment("Peraturan Bupati Nomor 21 Tahun 2026", datetime.date(2026, 6, 30))


class AnnualPlanTest(PlanningCase):
    def setUp(self) -> None:
        self.planned = self.item()
        self.taken = work_plans.take_proposal(self.account("opd"), self.planned, self.proposal_at("diterima"))
        self.plan = annual_plans.open_annual_plan(self.account("bappeda"), self.year)

    def approve(self) -> None:
        plan = work_plans.move(self.account("opd"), self.planned.work_plan, "diajukan")
        work_plans.move(self.account("bappeda"), plan, "disetujui")

    def enact(self) -> AnnualPlan:
        self.approve()
        plan = annual_plans.move(self.account("bappeda"), self.plan, "reviu")
        plan = annual_plans.move(self.account("inspektorat"), plan, "siap", "Sesuai kaidah")
        return annual_plans.move(self.account("kepala_daerah"), plan, "ditetapkan", "", ENACTMENT)

    def test_unapproved_renja_are_named(self) -> None:
        with pytest.raises(RuleBroken, match="belum disetujui: DPU"):
            annual_plans.move(self.account("bappeda"), self.plan, "reviu")

    def test_enactment_takes_the_usulan_along(self) -> None:
        plan = self.enact()

        self.taken.refresh_from_db()
        assert self.taken.state == "masuk_rkpd"
        assert (plan.state, plan.decree, plan.enacted_on) == (
            "ditetapkan",
            ENACTMENT.decree,
            ENACTMENT.enacted_on,
        )

    def test_enactment_needs_the_decree_and_changes_nothing_without_it(self) -> None:
        self.approve()
        plan = annual_plans.move(self.account("bappeda"), self.plan, "reviu")
        plan = annual_plans.move(self.account("inspektorat"), plan, "siap", "Sesuai kaidah")

        with pytest.raises(RuleBroken, match="nomor peraturan"):
            annual_plans.move(self.account("kepala_daerah"), plan, "ditetapkan")

        self.taken.refresh_from_db()
        assert self.taken.state == "masuk_renja"

    def test_review_is_inspektorats_and_needs_its_note(self) -> None:
        self.approve()
        plan = annual_plans.move(self.account("bappeda"), self.plan, "reviu")

        with pytest.raises(Denied):
            annual_plans.move(self.account("bappeda"), plan, "siap", "Sendiri saja")
        with pytest.raises(TransitionRefused):
            annual_plans.move(self.account("inspektorat"), plan, "siap")

    def test_renja_stays_locked_while_the_rkpd_is_reviewed(self) -> None:
        self.approve()
        annual_plans.move(self.account("bappeda"), self.plan, "reviu")
        self.planned.work_plan.refresh_from_db()

        with pytest.raises(RuleBroken, match="Renja tetap terkunci"):
            work_plans.move(self.account("bappeda"), self.planned.work_plan, "draf", "Terlambat")

    def test_after_the_rkpd_comes_the_budget_and_the_result(self) -> None:
        self.enact()
        proposal = Proposal.objects.get(pk=self.taken.pk)

        proposal = review.move(self.account("bappeda"), proposal, "masuk_apbd")
        proposal = review.move(self.account("opd"), proposal, "realisasi", "Selesai 100 persen")

        assert proposal.state == "realisasi"

    def test_usulan_dropped_after_the_rkpd_leaves_its_sub_activity(self) -> None:
        self.enact()
        proposal = Proposal.objects.get(pk=self.taken.pk)

        dropped = review.move(self.account("bappeda"), proposal, "ditunda", "Tidak masuk PPAS")

        assert dropped.work_plan_item is None
