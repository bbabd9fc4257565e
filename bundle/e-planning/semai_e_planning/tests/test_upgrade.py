"""Upgrading: an RKPD determined before versions were kept gets one, and older versions stay as they are."""

from __future__ import annotations

import datetime
from importlib import import_module

from django.apps import apps
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from semai_kit import append_only

from ..models import AnnualPlan, AnnualPlanVersion
from ..models.versions import VERSION_TABLES
from ..services import work_plans
from .cases import MILLION, Determined, PlanningCase, PlanningThreadsCase

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


class SchemaTest(PlanningThreadsCase):
    def tearDown(self) -> None:
        self.migrate(*MigrationExecutor(connection).loader.graph.leaf_nodes("semai_e_planning"))
        super().tearDown()

    def migrate(self, *wanted: tuple[str, str]) -> None:
        MigrationExecutor(connection).migrate(list(wanted))

    def test_versions_from_before_targets_were_kept_hold_none_and_stay_guarded(self) -> None:
        before = ("semai_e_planning", "0006_work_plan_targets")
        self.migrate(before)
        old = MigrationExecutor(connection).loader.project_state([before]).apps
        plan = old.get_model("semai_e_planning", "AnnualPlan").objects.create(
            fiscal_year_id=self.year.pk, state="ditetapkan"
        )
        old.get_model("semai_e_planning", "AnnualPlanVersion").objects.create(
            plan=plan, number=0, decree="Perbup 21", enacted_on=datetime.date(2026, 6, 30), total=MILLION
        )

        self.migrate(*MigrationExecutor(connection).loader.graph.leaf_nodes("semai_e_planning"))

        version = AnnualPlanVersion.objects.get()
        assert (version.decree, version.target_count, version.keeps_targets) == ("Perbup 21", None, False)
        assert append_only.missing(connection, VERSION_TABLES) == []
