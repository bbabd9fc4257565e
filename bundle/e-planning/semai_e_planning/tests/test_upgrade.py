"""Upgrading: an RKPD that was determined before versions were kept gets its version."""

from __future__ import annotations

import datetime
from importlib import import_module

from django.apps import apps

from ..models import AnnualPlan, AnnualPlanVersion
from ..services import work_plans
from .cases import MILLION, Determined, PlanningCase

MIGRATION = import_module("semai_e_planning.migrations.0003_versions_written_once")


class UpgradeTest(Determined, PlanningCase):
    def test_determined_rkpd_is_kept_as_it_stands_and_may_be_changed(self) -> None:
        self.first = self.item()
        self.work_plan_row = self.first.work_plan
        work_plans.take_proposal(self.account("opd"), self.first, self.proposal_at("diterima"))
        self.step(self.work_plan_row, "opd", "diajukan")
        self.step(self.work_plan_row, "bappeda", "disetujui")
        day = datetime.date(2026, 6, 30)
        self.plan = AnnualPlan.objects.create(
            fiscal_year=self.year, state="ditetapkan", decree="Perbup 21", enacted_on=day
        )

        MIGRATION.keep_determined(apps, None)

        version = AnnualPlanVersion.objects.get()
        assert (version.number, version.decree, version.enacted_on) == (0, "Perbup 21", day)
        assert (version.total, version.agencies.get().ceiling) == (300 * MILLION, 1000 * MILLION)
        assert [note["estimate"] for note in version.items.get().proposals] == ["210000000.00"]
        self.begin()
        assert self.comparison().changed == []
